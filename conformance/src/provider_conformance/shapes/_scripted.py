"""The shapes of everything that a wire scripts, over the richest answers that it can express.

The requests to reply to are those of the provider itself. What checks add on purpose is left out:
noise, junk, invented fields and unknown words.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from provider_conformance._harness import Harness
from provider_conformance._service import Service
from provider_conformance._text import clip, text_of
from provider_conformance.drivers import SocketDriver
from provider_conformance.drivers._watchdog import watchdog
from provider_conformance.lab._guards import no_exit
from provider_conformance.lab._isolation import capture_output, isolated_environment
from provider_conformance.shapes._fields import FREE_KEY
from provider_conformance.shapes._shapes import PartName, Shapes, UnreadableReplyError
from provider_conformance.wires import (
    Answer,
    Call,
    ErrorKind,
    Failure,
    Finish,
    Frame,
    SeenRequest,
    Tokens,
    Traits,
)
from provider_conformance.wires._checked import WireFaultError

_LIMIT_S = 30.0
_QUESTION = [{"role": "user", "content": "What is 7?"}]
# Every text of the payload holds a digit, so that it is not taken for a word of the protocol.
_MANY_MODELS = [f"org/model-{number}" for number in range(150)]
_FAILED = 400


class IncomparableWireError(ValueError):
    """The wire, or the provider that should ask it, fails; the message says how."""


def scripted_shapes(harness: Harness) -> Shapes:
    """Return the shapes of everything that the harness's wire scripts.

    Raises:
        IncomparableWireError: the provider sends no chat, or the wire cannot reply to one.
    """
    requests = _requests_of(harness)
    if "chat" not in requests and "stream" not in requests:
        raise IncomparableWireError(
            f"{harness.name} sends no chat to its scripted service; "
            "`provider-conformance run` says why"
        )
    shapes = Shapes()
    try:
        _add_all(shapes, harness, requests)
        return shapes
    except IncomparableWireError:
        raise
    except UnreadableReplyError as error:
        problem = f"a reply of the wire cannot be compared: {error}"
    except WireFaultError as fault:
        problem = str(fault)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the wire is the author's code
        problem = f"the wire raised {_description(error)}"
    raise IncomparableWireError(problem)


def _add_all(shapes: Shapes, harness: Harness, requests: Mapping[str, SeenRequest]) -> None:
    wire = harness.wire
    service = Service(wire, None, random.Random(0))
    # A wire without a word for that end has calls only if checks script them too.
    has_calls = "tools" in harness.capabilities or bool(wire.traits.words_for("tool_calls"))
    any_request = next(iter(requests.values()))
    parts: Mapping[str, PartName] = {"chat": "chat answer", "stream": "stream"}
    for name, part in parts.items():
        for answer in _answers(wire.traits, has_calls=has_calls) if name in requests else ():
            reply = service.reply_for(answer, requests[name])
            if reply.status >= _FAILED:
                said = clip(reply.body.decode("utf-8", "replace"), 200)
                raise IncomparableWireError(f"the wire cannot read a chat of the provider: {said}")
            shapes.add(part, reply, wire)
    for failure in _failures():
        shapes.add("failure", service.reply_for(failure, any_request), wire)
        if "stream" in requests:
            reply = wire.stream([wire.failure_frame(failure)])
            shapes.add("failure in a stream", reply, wire)
    if "stream" in requests and wire.traits.keep_alive:
        with contextlib.suppress(UnreadableReplyError):  # a comment is not an event
            shapes.add("stream", wire.stream([Frame("noise", wire.traits.keep_alive)]), wire)
    if "models" in requests:
        reply = wire.models(_MANY_MODELS, requests["models"])
        shapes.add("model list" if reply.status < _FAILED else "failure", reply, wire)
    if "token" in requests:
        shapes.add("account", wire.account(), wire)


def _answers(traits: Traits, *, has_calls: bool) -> Iterator[Answer]:
    counts = Tokens(**dict.fromkeys(traits.counts, 7))
    text = Answer(
        pieces=("payload 1", " payload 2"),
        model="org/model-7",
        usage=counts,
        request_id="req_7",
        served_by="backend-7",
        state="state 7" if traits.state else None,
    )
    calls = [
        Call("call_71", "tool_1", {FREE_KEY: "value 1", "second_2": {FREE_KEY: [1.5, None]}}),
        Call("call_72", "tool_2", {}),
    ]
    yield text
    yield Answer(pieces=text.pieces, model=text.model)
    yield replace(text, reasoning=("thought 1", "thought 2"))
    if has_calls:
        yield replace(text, pieces=(), calls=calls, finish="tool_calls")
        yield replace(text, reasoning=("thought 1",), calls=calls, finish="tool_calls")
    for finish in get_args(Finish):
        for word in traits.words_for(finish):
            yield replace(text, finish=finish, finish_word=word)
    if traits.refusals:
        yield replace(text, pieces=(), refusal="No, not 7.")
    if traits.running_usage:
        yield replace(text, running_usage=(counts, counts))
    if traits.joined_finish:
        yield replace(text, joins_finish=True)
    if has_calls and traits.interleaved_calls:
        yield replace(text, calls=calls, finish="tool_calls", interleaves=True)


def _failures() -> Iterator[Failure]:
    for kind in get_args(ErrorKind):
        yield Failure(kind, "problem 7", request_id="req_7", served_by="backend-7")
    yield Failure("rate_limit", "problem 7", retry_after=7.0)


def _requests_of(harness: Harness) -> dict[str, SeenRequest]:
    """Return a request of the provider for each route, streamed chats apart as ``stream``."""
    credential = None if harness.credential_rule == "none" else "hf_payload7"
    service = Service(harness.wire, credential, random.Random(0))
    try:
        with (
            isolated_environment(harness.provider),
            capture_output(),
            no_exit(),
            watchdog(_LIMIT_S),
            SocketDriver(service) as driver,
        ):
            asyncio.run(asyncio.wait_for(_call_all(harness, driver.address, credential), _LIMIT_S))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - checks tell of it; here only the requests count
        pass
    if service.own_errors:
        raise IncomparableWireError(service.own_errors[0].text)
    found: dict[str, SeenRequest] = {}
    for exchange in service.exchanges:
        streams = exchange.route == "chat" and exchange.reply.streamed
        found.setdefault("stream" if streams else exchange.route, exchange.request)
    return found


async def _call_all(harness: Harness, address: str, credential: str | None) -> None:
    config = {"max_retries": 0} | ({"api_key": credential} if credential else {})
    async with harness.build(address, config) as provider:
        with contextlib.suppress(Exception):
            await provider.chat(_QUESTION, harness.model)
        with contextlib.suppress(Exception):
            async with await provider.chat(_QUESTION, harness.model, stream=True) as stream:
                async for _ in stream:
                    pass
        with contextlib.suppress(Exception):
            await provider.list_models()
        await provider.health_check()


def _description(error: BaseException) -> str:
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    where = ""
    if innermost is not None:
        file = Path(innermost.tb_frame.f_code.co_filename).name
        where = f" ({file}:{innermost.tb_lineno})"
    return f"{type(error).__name__}: {clip(text_of(error), 200)}{where}"
