"""LIFE: closing, cancelling, sharing and starting, for every call that a provider has."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from provider_sdk import BaseProvider, ProviderError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.blocking import blocking_calls
from provider_conformance.lab.calls import every_call
from provider_conformance.lab.clients import marked_client
from provider_conformance.lab.forms import reply_by_question
from provider_conformance.lab.garbage import only_new_garbage
from provider_conformance.lab.reading import cut_off_by, streamed_reply
from provider_conformance.lab.waiting import running_in_background
from provider_conformance.wires._script import Hang, Reply, SeenRequest

_THREADS = 3
_ROUNDS = 3
_SWITCH_S = 0.001
_POLLS = 50
_POLL_S = 0.01


class _LeftError(Exception):
    """What leaves the block of a provider."""


@check("PC-LIFE-030")
async def every_method_refuses_after_closing(lab: Lab) -> None:
    """After aclose() every method refuses, however it was closed.

    Rule: After aclose() every method raises ProviderError (health_check may return False) and sends
    nothing: describe_models() and complete() too, and also if aclose() came before the first
    call, was called several times at once, or ended a block.
    Why: The method that was forgotten opens a new connection, which nobody closes.
    How: Makes every call, then closes providers in each way, and makes every call again; also
    inside `async with` of a closed provider, unless that raises.
    Fix: Check that it is open in one place that every method goes through.
    """
    used, unused, crowded, inside = (lab.provider() for _ in range(4))
    for name, call in every_call(lab, used).items():
        await _require_success(lab, name, call())
    await used.aclose()
    await _require_success(lab, "aclose() before the first call", unused.aclose())
    together = asyncio.gather(*(crowded.aclose() for _ in range(_THREADS)))
    await _require_success(lab, "several aclose() at once", _awaited(together))
    async with inside:
        await _require_success(lab, "aclose() inside a block", inside.aclose())
    ways = {
        "after aclose()": used,
        "after aclose() before the first call": unused,
        "after several aclose() at once": crowded,
        "after a block": inside,
    }
    for when, provider in ways.items():
        await _require_refusals(lab, provider, when)
    with suppress(ProviderError):
        async with used:
            await _require_refusals(lab, used, "in a block after aclose()")


@check("PC-LIFE-031", needs=["streaming"], drivers=("socket",))
async def closing_ends_open_streams(lab: Lab) -> None:
    """aclose() closes the connections of open streams.

    Rule: aclose() closes all connections of the provider, those of streams that are being read
    included; such a stream raises ProviderError, and is never taken for a whole answer.
    Why: The service goes on writing, and bills; and the reader would wait for it for ever.
    How: Opens a stream whose service falls silent in the middle, reads its beginning, and closes
    the provider; on a socket, whose connections are counted.
    Fix: Close the HTTP client in aclose(), not only mark the provider as closed.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(streamed_reply(lab, lab.answer(), cut_off_by(Hang())))
    async with await lab.open_stream(provider) as stream:
        await anext(stream)
        await _require_success(lab, "aclose() with an open stream", provider.aclose())
        for _ in range(_POLLS):
            if lab.driver.connections:
                await asyncio.sleep(_POLL_S)
        lab.equal("connections after aclose()", 0, lab.driver.connections)
        error = await lab.raises(ProviderError, _read(stream), "a stream of a closed provider")
        lab.true("its text", str(error).strip(), "to say something", str(error))


@check("PC-LIFE-032")
async def injected_client_serves_all(lab: Lab) -> None:
    """An injected client is used by every call, shared, and never closed.

    Rule: http_client= is used for every call, may be shared by several providers, keeps nothing of
    them, and is never closed by one. A provider on another HTTP library refuses the keyword with a
    TypeError.
    Why: Its owner configured it, and uses it for other things, also after the provider is closed.
    How: Two providers with credentials of their own share a client that adds a header; each makes
    every call, one is closed, the blocks of two more end, one of them by an exception, and the
    other makes every call again.
    Fix: Send with the injected client wherever you send; put credentials into requests.
    """
    await lab.must_succeed(lab.provider())
    mark, other = payload.word(lab.rng), lab.another_credential()
    lab.service.reply_always(lab.service.unscripted_reply)
    async with marked_client(mark) as client:
        try:
            first = lab.provider(http_client=client)
        except TypeError:
            return
        second = lab.provider(http_client=client, api_key=lab.credential and other)
        for provider, own in ((first, lab.credential), (second, lab.credential and other)):
            await _require_marked_calls(lab, provider, mark, own)
        await first.aclose()
        async with lab.provider(http_client=client) as third:
            await _require_marked_calls(lab, third, mark, lab.credential)
        await _leave_by_exception(lab.provider(http_client=client))
        await _require_marked_calls(lab, second, mark, lab.credential and other)
        lab.true("the injected client", not client.is_closed, "to be open", "closed")
        lab.equal("headers of the injected client", mark, client.headers.get("x-mark"))


@check("PC-LIFE-033")
async def cancelled_calls_let_go(lab: Lab) -> None:
    """A cancelled call lets go of its connection, whichever call it is.

    Rule: A cancelled call leaves no connection behind: chat, complete, the opening of a stream,
    list_models, describe_models and health_check.
    Why: Each holds a place in the pool and a worker of the service, until nothing answers any more.
    How: Makes each call, then once more while the service stalls within its answer, and cancels it.
    Fix: Close the response on the way out, in a finally or a context manager.
    """
    provider = lab.provider()
    for name, call in every_call(lab, provider).items():
        await _require_success(lab, name, call())

    def stalled(request: SeenRequest) -> Reply:
        usual = lab.service.unscripted_reply(request)
        half = usual.body[: len(usual.body) // 2]
        begun = lab.wire.traits.keep_alive if usual.streamed else half
        return replace(usual, steps=(begun, Hang()))

    lab.service.reply_always(stalled)
    for name, call in every_call(lab, provider).items():
        left = await _connections_left_by(lab, call())
        lab.equal(f"connections that a cancelled {name} left open", 0, left)


@check("PC-LIFE-034", "SHOULD")
async def threads_share_a_provider(lab: Lab) -> None:
    """Several threads use one provider at once.

    Rule: One provider may be used from several threads and event loops at once.
    Why: Web servers have a thread per request, and build the provider once.
    How: Three threads, each with an event loop of its own, make calls and read streams at the same
    time; each must get the answers to its own questions.
    Fix: Keep connections per event loop, and the state of a call in the call.
    """
    answers = {lab.text(): lab.answer() for _ in range(_THREADS * _ROUNDS)}
    replying = reply_by_question(lab, answers)

    def reply(request: SeenRequest) -> Reply:
        time.sleep(_SWITCH_S)  # lets the other threads go on
        return lab.service.reply_for(replying, request)

    with only_new_garbage():
        provider = lab.provider()
        await lab.must_succeed(provider)
        lab.service.reply_always(reply, "chat")
        questions = list(answers)
        shares = [questions[thread::_THREADS] for thread in range(_THREADS)]
        threads = (asyncio.to_thread(_ask, lab, provider, share) for share in shares)
        for got in await asyncio.gather(*threads):
            for question, text in got.items():
                lab.equal("the answer to a question in a thread", answers[question].text, text)
        await provider.aclose()
        gc.collect()


@check("PC-LIFE-035")
async def first_calls_do_not_block(lab: Lab) -> None:
    """The first call of a provider blocks the event loop no more than later ones.

    Rule: No call stops the event loop: not the first one either, which must not read files, look
    names up, load certificates or wait for a lock.
    Why: The first request to a new worker would stop all others that it serves.
    How: Builds a provider for each call, and makes that call while every call of C functions is
    watched for sleeps, blocking sockets, held locks, look-ups, certificates and files.
    Fix: Do it in the constructor, or in asyncio.to_thread.
    """
    for name in every_call(lab, lab.provider()):
        provider = lab.provider()
        call = every_call(lab, provider)[name]
        with blocking_calls() as found:
            await _require_success(lab, name, call())
        lab.true(f"{name} as the first call", not found, "not to block", ", ".join(found))


async def _require_success(lab: Lab, what: str, call: Coroutine[Any, Any, Any]) -> Any:
    """Return what a call returns; fail, with the exception, if it raises."""
    try:
        return await call
    except Failed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a provider raises is the finding
        lab.errors.append(error)
        raise Failed(what, "to succeed", f"raised {type(error).__name__}: {error}") from None


async def _require_refusals(lab: Lab, provider: BaseProvider, when: str) -> None:
    sent = len(lab.service.exchanges)
    for name, call in every_call(lab, provider).items():
        # health_check() may return False instead of raising, as it always may.
        if name != "health_check()" or await lab.outcome(call()) is True:
            await lab.raises(ProviderError, call(), f"{name} {when}")
    lab.equal(f"requests sent {when}", 0, len(lab.service.exchanges) - sent)


async def _connections_left_by(lab: Lab, call: Coroutine[Any, Any, Any]) -> int:
    """Cancel a call while it is answered; return how many of its connections stay open."""
    exchanges = lab.service.exchanges
    known = len(exchanges)
    async with running_in_background(call) as task:
        await lab.wait_until(lambda: task.done() or any(e.sent for e in exchanges[known:]))
        await lab.driver.settle()
    own = exchanges[known:]
    await lab.wait_until(lambda: all(exchange.closed for exchange in own))
    return sum(not exchange.closed for exchange in own)


async def _leave_by_exception(provider: BaseProvider) -> None:
    with suppress(_LeftError):
        async with provider:
            raise _LeftError


async def _require_marked_calls(
    lab: Lab, provider: BaseProvider, mark: str, own: str | None
) -> None:
    """Fail unless every call succeeds with the client's header and the provider's credential."""
    for name, call in every_call(lab, provider).items():
        before = len(lab.service.exchanges)
        await _require_success(lab, f"{name} with an injected client", call())
        for exchange in lab.service.exchanges[before:]:
            sent = exchange.request.headers.get("x-mark")
            lab.equal(f"the injected client's header in {name}", mark, sent)
            credential = lab.wire.credential_of(exchange.request)
            known = credential == own or (credential is None and lab.wire.public_models)
            lab.true(f"the credential of {name}", known, "that of the provider", "another")


def _ask(lab: Lab, provider: BaseProvider, questions: list[str]) -> dict[str, str]:
    """Ask questions in an event loop of this thread; return the text of each answer."""

    async def ask() -> dict[str, str]:
        got = {}
        for number, question in enumerate(questions):
            messages = [{"role": "user", "content": question}]
            if number % 2 and "streaming" in lab.capabilities:
                call: Any = lab.stream(provider, messages)
                _, response = await _require_success(lab, "a stream in a thread", call)
            else:
                call = lab.chat(provider, messages)
                response = await _require_success(lab, "a call in a thread", call)
            got[question] = response.text
        return got

    with asyncio.Runner(loop_factory=lab.driver.new_loop) as runner:
        return runner.run(ask())


async def _awaited(future: asyncio.Future[Any]) -> Any:
    return await future


async def _read(stream: Any) -> object:
    async for _ in stream:
        pass
    return stream.response
