"""END, of answers that failed although they look successful, and what is left of cut ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from provider_sdk import BaseProvider, ChatResponse, ProviderError, StreamInterruptedError

from provider_conformance._check import check
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calling import tools_for
from provider_conformance.lab.payload.answers import rich_answer
from provider_conformance.lab.reading import cut_off_by, read_stream, streamed_reply
from provider_conformance.wires._answer import Failure


@check("PC-END-034")
async def failed_answer_is_an_error(lab: Lab) -> None:
    """A reply that has status 200 and says that the answer failed raises ProviderError.

    Rule: An error that the service reports in a successful reply raises ProviderError with the
    service's words; it is never an empty answer.
    Why: Routers that have begun to reply cannot change the status any more.
    How: Makes an exchange, then has the service report a failure under status 200, to a whole call
    and to one for a stream. A protocol without such replies reports it under its usual status.
    Fix: Look for an error in every reply, before looking for an answer.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    failure = Failure("server", lab.text())
    reply = lab.wire.failed_answer(failure) or lab.wire.failure(failure)
    calls: dict[str, Callable[[BaseProvider], Awaitable[object]]] = {"a failed answer": lab.chat}
    if "streaming" in lab.capabilities:
        calls["a failed answer to a call for a stream"] = lab.open_stream
    for what, call in calls.items():
        lab.service.reply_next(reply)
        error = await lab.raises(ProviderError, call(provider), what)
        text = str(error)
        holds = failure.message in text
        lab.true(f"the error of {what}", holds, f"to hold {failure.message!r}", text)


@check("PC-END-035", needs=["streaming"])
async def cut_answer_keeps_all_that_came(lab: Lab) -> None:
    """What came of a cut answer is in error.partial: text, reasoning and calls.

    Rule: StreamInterruptedError.partial holds all that arrived, calls and reasoning included, the
    model and the ids of the exchange.
    Why: Thoughts and calls were paid for too, and only they tell what the model was about to do.
    How: Makes an exchange, then cuts a rich answer after its last piece, before any finish reason.
    Fix: Build partial as you build the response.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    answer = rich_answer(lab.rng, lab.wire.traits, lab.capabilities)
    lab.service.reply_next(streamed_reply(lab, answer, cut_off_by()))
    reading = await read_stream(lab, provider, tools=tools_for(answer.calls))
    if not isinstance(reading.error, StreamInterruptedError):
        raise Failed("a cut answer", "to raise StreamInterruptedError", reading.outcome)
    partial = reading.error.partial
    lab.instance("error.partial", ChatResponse, partial)
    assert partial is not None
    lab.equal("error.partial.text", answer.text, partial.text)
    lab.equal("error.partial.reasoning", "".join(answer.reasoning) or None, partial.reasoning)
    lab.same_tool_calls("error.partial.tool_calls", answer, partial)
