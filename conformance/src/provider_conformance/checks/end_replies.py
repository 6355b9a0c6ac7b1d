"""END, of replies: a call for a stream that is answered with something else, or with an error."""

from __future__ import annotations

from dataclasses import replace

from provider_sdk import (
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.reading import cut_off_by, read_stream, require_whole, streamed_reply
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Close, Reply, Reset, Step


@check("PC-END-030", needs=["streaming"])
async def whole_answer_to_a_stream_is_not_lost(lab: Lab) -> None:
    """A whole answer to a call for a stream is not an empty answer.

    Rule: No answer ends early without an error: the stream of a service that ignores stream=True
    gives the whole text, or raises ProviderError.
    Why: A decoder that looks for events finds none in it, and the answer is empty.
    How: Answers a call for a stream with a whole answer.
    Fix: Look at the content type of the reply; read a whole answer as one, and stream it.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    answer = lab.answer()
    lab.service.reply_next(lambda request: lab.wire.whole(replace(answer, model=lab.harness.model)))
    reading = await read_stream(lab, provider)
    if not isinstance(reading.error, ProviderError):
        require_whole(lab, "a stream that was answered whole", answer, reading)


@check("PC-END-031", needs=["streaming"])
async def page_instead_of_stream_is_an_error(lab: Lab) -> None:
    """A web page instead of a stream raises ProviderError.

    Rule: A successful reply that is not in the protocol raises ProviderError; what it says is
    not the model's text.
    Why: Log-in pages of proxies come with status 200, and look like an empty answer.
    How: Answers a call for a stream with a page of HTML.
    Fix: Look at the content type, and demand at least one event of the protocol.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    page = f"<html><title>{lab.text()}</title><p>{lab.text()}</p></html>".encode()
    lab.service.reply_next(Reply(200, {"content-type": "text/html; charset=utf-8"}, (page,)))
    reading = await read_stream(lab, provider)
    lab.equal("the text that was read of a page", "", reading.text)
    if not isinstance(reading.error, ProviderError):
        raise Failed("a page instead of a stream", "to raise ProviderError", reading.outcome)


@check("PC-END-032")
async def cut_whole_answer_is_an_error(lab: Lab) -> None:
    """A whole answer that is cut raises ProviderError.

    Rule: An answer whose body does not arrive to its end raises ProviderError.
    Why: Half a body that is patched up, or an empty text in its place, looks like an answer.
    How: Resets the connection in the middle of a whole answer's body, then closes another one.
    Fix: Let the HTTP library check the length of the body, and catch what it raises.
    """
    provider = lab.provider()
    breaks: dict[str, Step] = {"reset": Reset(), "closed": Close()}
    for name, step in breaks.items():
        await lab.must_succeed(provider)
        usual = lab.wire.whole(lab.answer(model=lab.harness.model))
        half = usual.body[: len(usual.body) // 2]
        lab.service.reply_next(replace(usual, steps=(half, step)))
        await lab.raises(ProviderError, lab.chat(provider), f"an answer that is {name} half-way")


_CLASSES: dict[ErrorKind, type[ProviderError]] = {
    "rate_limit": ProviderRateLimitError,
    "overloaded": ProviderOverloadedError,
    "server": ProviderUnavailableError,
}

# What nobody can know of an error without a kind.
_TELLING = (ProviderAuthError, ProviderModelNotFoundError, ProviderQuotaError, ProviderRequestError)


@check("PC-END-033", "SHOULD", needs=["streaming"])
async def error_inside_a_stream_has_its_class(lab: Lab) -> None:
    """An error inside a stream has the class that it has as a reply.

    Rule: An error that the service reports inside a stream is raised as what it means: rate limit,
    overload, failure. If the protocol does not say what it means, its class is not made up.
    Why: Whether to wait, to try another service or to give up is decided by the class.
    How: Has the service report such errors in the middle of streams, after some text.
    Fix: Read errors in streams with the same function as those of replies.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    known = lab.wire.traits.stream_error_kinds
    for kind, expected in _CLASSES.items():
        error = lab.wire.failure_frame(Failure(kind, lab.text())).data
        lab.service.reply_next(streamed_reply(lab, lab.answer(), cut_off_by(error)))
        reading = await read_stream(lab, provider)
        what = f"a stream with {kind} inside"
        if not isinstance(reading.error, expected if known else ProviderError):
            named = (expected if known else ProviderError).__name__
            raise Failed(what, f"to raise {named}", reading.outcome)
        if not known and isinstance(reading.error, _TELLING):
            raise Failed(what, "to raise an error that names no kind", reading.outcome)
