"""ERROR: what an error tells besides its class, before a stream and inside it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from provider_sdk import (
    ChatResponse,
    ProviderError,
    ProviderOverloadedError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import chat_calls
from provider_conformance.lab.errors import contract_class, fails_with
from provider_conformance.lab.payload.failures import messages, request_id
from provider_conformance.lab.reading import cut_off_by, read_stream, streamed_reply
from provider_conformance.wires._answer import Answer, ErrorKind, Failure
from provider_conformance.wires._script import Close, Reset, Step

_FACTS = ("message", "provider", "model", "status", "request_id", "served_by", "retry_after")
_KINDS: Mapping[ErrorKind, type[ProviderError]] = {
    "rate_limit": ProviderRateLimitError,
    "overloaded": ProviderOverloadedError,
    "server": ProviderUnavailableError,
}
_REMEDIES: Sequence[ErrorKind] = (
    *("auth", "permission", "rate_limit", "quota", "model_not_found", "bad_request"),
    *("context_length", "overloaded", "server", "timeout"),
)


@check("PC-ERROR-033")
async def error_names_the_back_end(lab: Lab) -> None:
    """An error names the back end that failed.

    Rule: error.served_by is the back end that a router chose, and None if none is named.
    Why: One of a dozen back ends is broken, and only its name tells which to avoid.
    How: Makes an exchange, then has the service fail with a random back end and without one. A
    protocol that does not name back ends is tried only without.
    Fix: Read the name from the reply's headers when you make the error.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    named = payload.mixed_case(lab.rng) if lab.wire.traits.backend_header else ""
    for backend in dict.fromkeys((named, "")):
        failure = Failure("server", lab.text(), served_by=backend)
        for error in await fails_with(lab, provider, failure, ProviderUnavailableError):
            lab.equal("error.served_by", backend or None, error.served_by)


@check("PC-ERROR-034", needs=["streaming"])
async def error_inside_a_stream_is_complete(lab: Lab) -> None:
    """An error inside a stream tells as much as one before it.

    Rule: An error that the service reports inside a stream has the service's words, provider,
    model, request id and back end, and the class of its kind if the protocol tells the kind.
    Why: Most failures of long answers come inside the stream, and dashboards group by these fields.
    How: Reads a stream to its end, then streams that end with an error of several kinds, with words
    in every form.
    Fix: Complete the errors of a stream in the same place as those of a call.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    kinds = list(_KINDS.items())
    for number, message in enumerate(messages(lab.rng)):
        kind, meant = kinds[number % len(kinds)]
        answer = _named_answer(lab)
        failure = lab.wire.failure_frame(Failure(kind, message)).data
        error = await _error_after(lab, answer, failure, provider=provider)
        what = f"of an error of kind {kind} inside a stream"
        lab.true(f"str(error) {what}", message in str(error), f"to hold {message!r}", str(error))
        _require_named(lab, what, answer, error)
        if lab.wire.traits.stream_error_kinds:
            found = contract_class(error).__name__
            lab.equal(f"the class {what}", meant.__name__, found)


@check("PC-ERROR-035", needs=["streaming"])
async def broken_stream_keeps_what_came(lab: Lab) -> None:
    """The error of a stream that breaks holds what had arrived.

    Rule: error.partial of a stream that breaks, is cut, or reports an error is a ChatResponse with
    the text, reasoning, model, request id and back end that had arrived; it is None for an error
    before the answer.
    Why: What was paid for can be shown, stored or continued.
    How: Reads a stream to its end, then streams with text and reasoning that end in each way; then
    has a call rejected.
    Fix: Build partial from the chunks so far, wherever a stream raises.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    ends: Mapping[str, Step] = {
        "a broken connection": Reset(),
        "a cut": Close(),
        "an error": lab.wire.failure_frame(Failure("server", lab.text())).data,
    }
    for end, step in ends.items():
        answer = _named_answer(lab)
        error = await _error_after(lab, answer, step, provider=provider)
        _require_partial(lab, f"error.partial after {end}", answer, error)
        _require_named(lab, f"of {end} inside a stream", answer, error)
    failure = Failure("bad_request", lab.text())
    for error in await fails_with(lab, provider, failure, ProviderRequestError):
        lab.equal("error.partial of a rejected call", None, error.partial)


@check("PC-ERROR-036", "SHOULD")
async def error_says_what_to_do(lab: Lab) -> None:
    """An error says what to do next.

    Rule: error.hint says what to do, str(error) holds it, and errors with different remedies have
    different hints.
    Why: "Rate limit exceeded" tells a programmer enough, and nobody else.
    How: Makes an exchange, then has the service fail in every way, streamed and not.
    Fix: Choose the hint by the class of the error, in the place where you complete errors.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    hints: dict[str, ErrorKind] = {}
    for kind in _REMEDIES:
        lab.service.reply_always(Failure(kind, lab.text()), "chat")
        for name, call in chat_calls(lab, provider).items():
            error = await lab.raises(ProviderError, call(), f"{name} that fails with {kind}")
            hint = error.hint or ""
            said = hint.strip() and hint in str(error)
            lab.true(f"str(error) for {kind}", said, "to hold error.hint", f"{error} ({hint!r})")
        hints.setdefault(hint, kind)
    distinct = len(hints) > len(_REMEDIES) // 2
    lab.true("the hints of errors with different remedies", distinct, "to differ", list(hints))


@check("PC-ERROR-037", "SHOULD")
async def error_survives_a_copy(lab: Lab) -> None:
    """A copy of an error tells the same.

    Rule: A copied or pickled error has the class, the text and the attributes of the original.
    Why: Process pools, task queues and test runners pass errors on as pickles; one that cannot be
    read again takes the worker down.
    How: Makes an exchange, then copies and pickles the errors of calls that fail in every way.
    Fix: Take the arguments of ProviderError, or define __reduce__.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for kind in _REMEDIES:
        failure = Failure(kind, lab.text(), retry_after=7.5, request_id=request_id(lab.rng))
        lab.service.reply_always(failure, "chat")
        for name, call in chat_calls(lab, provider).items():
            error = await lab.raises(ProviderError, call(), f"{name} that fails with {kind}")
            _require_same_copies(lab, error)


def _require_same_copies(lab: Lab, error: ProviderError) -> None:
    copies: Mapping[str, Callable[[], ProviderError]] = {
        "a copy": lambda: copy.copy(error),
        "a deep copy": lambda: copy.deepcopy(error),
        "a pickle": lambda: pickle.loads(pickle.dumps(error)),
    }
    expected = _told_by(error)
    for name, make in copies.items():
        what = f"{name} of {type(error).__name__}"
        # A copy is made by the provider's own code: whatever it raises is the failure.
        try:
            found = _told_by(make())
        except Exception as failure:  # noqa: BLE001 - it becomes the check's failure
            raised = f"raised {type(failure).__name__}: {failure}"
            raise Failed(what, "to tell the same", raised) from None
        lab.equal(what, expected, found)


def _told_by(error: ProviderError) -> dict[str, Any]:
    facts = {name: getattr(error, name) for name in (*_FACTS, "hint")}
    return {"class": type(error).__name__, "text": str(error), **facts}


def _named_answer(lab: Lab) -> Answer:
    """Return an answer with text and, if the protocol can, reasoning, request id and back end."""
    traits = lab.wire.traits
    reasoning = (f"{lab.text()} ", lab.text()) if traits.returns_reasoning else ()
    return lab.answer(
        model=f"{payload.word(lab.rng)}/{payload.mixed_case(lab.rng)}",
        reasoning=reasoning,
        request_id=request_id(lab.rng) if traits.names_exchange else "",
        served_by=payload.mixed_case(lab.rng) if traits.backend_header else "",
    )


async def _error_after(lab: Lab, answer: Answer, end: Step, *, provider: Any) -> ProviderError:
    """Return the error of a stream that brings an answer up to its finish, and then this."""
    lab.service.reply_next(streamed_reply(lab, answer, cut_off_by(end)))
    reading = await read_stream(lab, provider)
    if not isinstance(reading.error, ProviderError):
        raise Failed("a stream that fails", "to raise ProviderError", reading.outcome)
    return reading.error


def _require_named(lab: Lab, what: str, answer: Answer, error: ProviderError) -> None:
    lab.equal(f"error.provider {what}", lab.harness.name, error.provider)
    lab.equal(f"error.model {what}", lab.harness.model, error.model)
    lab.equal(f"error.request_id {what}", answer.request_id or None, error.request_id)
    lab.equal(f"error.served_by {what}", answer.served_by or None, error.served_by)


def _require_partial(lab: Lab, what: str, answer: Answer, error: ProviderError) -> None:
    partial = error.partial
    lab.instance(what, ChatResponse, partial)
    assert partial is not None
    model = answer.model if lab.wire.traits.names_model else lab.harness.model
    expected = {
        "text": answer.text,
        "reasoning": "".join(answer.reasoning) or None,
        "model": model,
        "request_id": answer.request_id or None,
        "served_by": answer.served_by or None,
    }
    found = {name: getattr(partial, name) for name in expected}
    lab.equal(what, expected, found)
