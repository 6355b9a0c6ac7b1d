"""TIMEOUT: every call ends, and none is cut short that is alive.

Where a check may choose a timeout, it is short on a socket and passes in real time, so that it does
not matter which clock a provider reads. Where the contract fixes it (120, 60 and 5 s), the clock of
the event loop is moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from provider_sdk import (
    BaseProvider,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamInterruptedError,
)

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import chat_calls, every_call, listing_calls
from provider_conformance.lab.reading import read_stream, require_whole, streamed_reply
from provider_conformance.lab.timing import (
    chosen_timeout,
    end_between,
    end_in_time,
    require_timeout,
)
from provider_conformance.wires._answer import Failure, Frame
from provider_conformance.wires._script import Endless, Hang, Pause, Reply, Step, byte_by_byte

_DEFAULT_S = 120.0
_IDLE_S = 60.0
_CONNECT_S = 5.0


@check("PC-TIMEOUT-001")
async def silence_ends_at_the_timeout(lab: Lab) -> None:
    """A service that does not answer is given up at the timeout.

    Rule: timeout= bounds the whole call; a call that is not done by then raises
    ProviderTimeoutError.
    Why: A caller that waits for ever holds its user, its worker and its connection.
    How: The service takes the request and says nothing; then it stops in the middle of the head.
    Fix: Put asyncio.timeout around the whole call, and raise ProviderTimeoutError from it.
    """
    provider = lab.provider()
    heads = {
        "a call that is not answered": Reply(head="hang"),
        "a call whose answer stops in its head": Reply(head="stall"),
    }
    for what, reply in heads.items():
        await lab.must_succeed(provider)
        lab.service.reply_next(reply)
        await require_timeout(lab, lab.chat(provider, timeout=chosen_timeout(lab)), what)


@check("PC-TIMEOUT-002")
async def stalled_body_ends_at_the_timeout(lab: Lab) -> None:
    """An answer that stalls half-way is given up at the timeout.

    Rule: timeout= bounds the whole call, its body included; it raises ProviderTimeoutError.
    Why: A limit on the head alone leaves the longer part of the call without one.
    How: The service sends half of an answer's body and then nothing.
    Fix: Read the body inside the same asyncio.timeout as the request.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    usual = lab.wire.whole(lab.answer(model=lab.harness.model))
    lab.service.reply_next(replace(usual, steps=(usual.body[: len(usual.body) // 2], Hang())))
    call = lab.chat(provider, timeout=chosen_timeout(lab))
    await require_timeout(lab, call, "an answer that stalls in its body")


@check("PC-TIMEOUT-003")
async def drip_does_not_extend_the_timeout(lab: Lab) -> None:
    """An answer that drips in is given up at the timeout.

    Rule: timeout= is a deadline: bytes that arrive do not extend it for a whole answer.
    Why: HTTP libraries limit each read; a byte now and then makes such a call endless.
    How: The service sends the bytes of an answer one by one, eight within the timeout.
    Fix: Use a deadline for the call, not the HTTP library's read timeout.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    usual = lab.wire.whole(lab.answer(model=lab.harness.model))
    lab.service.reply_next(replace(usual, steps=byte_by_byte(usual.body, chosen_timeout(lab) / 8)))
    await require_timeout(
        lab, lab.chat(provider, timeout=chosen_timeout(lab)), "an answer that drips in"
    )


@check("PC-TIMEOUT-004", needs=["streaming"])
async def stream_must_begin_in_time(lab: Lab) -> None:
    """A stream that does not begin is given up at the timeout.

    Rule: For a stream timeout= lasts up to its first event; keep-alives are not events.
    Why: The first token is what users wait for; a proxy's keep-alives say nothing of it.
    How: The service is silent before the head, then after it, then sends keep-alives for ever.
    Fix: Await the first event inside the deadline, before the stream is returned.
    """
    limit, alive = chosen_timeout(lab), lab.wire.traits.keep_alive
    provider, opened = lab.provider(), lab.wire.stream(())
    steps: Sequence[Step] = [Endless(alive, limit / 8)] if alive else [Hang()]
    beginnings = {
        "a stream that is not answered": Reply(head="hang"),
        "a stream without events": replace(opened, steps=(Hang(),)),
        "a stream of keep-alives": replace(opened, steps=tuple(steps)),
    }
    for what, reply in beginnings.items():
        await lab.must_succeed(provider, stream=True)
        lab.service.reply_next(reply)
        await require_timeout(lab, lab.open_stream(provider, timeout=limit), what)


@check("PC-TIMEOUT-005")
async def timeout_is_for_all_attempts(lab: Lab) -> None:
    """The timeout bounds all attempts of a call together.

    Rule: timeout= is one deadline over all attempts of a call and the waits between them.
    Why: With three attempts, a caller that allows ten seconds would wait for thirty.
    How: The service is overloaded every time, and takes half of the timeout to say so; for every
    kind of call and for model lists. Then it takes as long to reject a stream's request for usage,
    if there is one to leave out, and does not answer the call without it.
    Fix: Compute the deadline once, before the first attempt.
    """
    limit = chosen_timeout(lab)
    provider = lab.provider(max_retries=6, timeout=limit)
    await lab.must_succeed(provider)
    slow = replace(lab.wire.failure(Failure("overloaded", lab.text())), delay=0.55 * limit)
    lab.service.reply_always(slow, "chat", "models")
    for name, call in (chat_calls(lab, provider) | listing_calls(lab, provider)).items():
        what = f"{name} whose attempts all fail slowly"
        await end_in_time(lab, lab.raises(ProviderUnavailableError, call(), what), what)
    flag = lab.wire.traits.usage_flag
    if flag is not None and {"streaming", "usage_in_stream"} <= set(lab.capabilities):
        rejected = lab.wire.failure(Failure("bad_request", f"property '{flag}' is unsupported"))
        lab.service.reply_next(replace(rejected, delay=0.55 * limit), Reply(head="hang"))
        what = "a stream whose request for usage is slowly rejected"
        await require_timeout(lab, lab.open_stream(provider), what)


@check("PC-TIMEOUT-006")
async def timeout_of_the_constructor(lab: Lab) -> None:
    """The constructor's timeout bounds calls that name none.

    Rule: timeout= of the constructor bounds every call; timeout= of a call replaces it.
    Why: An application sets it once; a batch job must be able to allow more.
    How: A silent service meets a call without timeout; then a call that allows more than the
    constructor is answered after the constructor's time.
    Fix: Keep the constructor's timeout as the default of the option.
    """
    limit = chosen_timeout(lab)
    provider = lab.provider(timeout=limit)
    await lab.must_succeed(provider)
    lab.service.reply_next(Reply(head="hang"))
    await require_timeout(lab, lab.chat(provider), "a call of a provider built with a timeout")
    answer = lab.answer(model=lab.harness.model)
    lab.service.reply_next(replace(lab.wire.whole(answer), delay=1.5 * limit))
    what = "a call that allows more than the constructor"
    call = lab.outcome(lab.chat(provider, timeout=20 * limit))
    outcome = await end_in_time(lab, call, what, 2 * limit)
    text = str(outcome) if isinstance(outcome, ProviderError) else outcome.text
    lab.equal(f"the answer to {what}", answer.text, text)


@check("PC-TIMEOUT-007")
async def default_timeout_is_two_minutes(lab: Lab) -> None:
    """Without a timeout, a call may last two minutes.

    Rule: timeout is 120 s by default.
    Why: Five seconds cut models off that think; no limit at all hangs programs.
    How: Calls a silent service without a timeout; the clock is moved to shortly before 120 s, then
    beyond.
    Fix: Let timeout default to 120 s, and turn off shorter limits of the HTTP library.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    lab.service.reply_next(Reply(head="hang"))
    what = "a call without timeout"
    error = await end_between(
        lab, lab.outcome(lab.chat(provider)), what, _DEFAULT_S - 10, _DEFAULT_S + 10
    )
    lab.instance(f"the outcome of {what}", ProviderTimeoutError, error)


@check("PC-TIMEOUT-008", needs=["streaming"])
async def silent_stream_ends(lab: Lab) -> None:
    """A stream that falls silent is given up after a minute.

    Rule: After the first event an idle limit of 60 s holds: silence for longer raises
    StreamInterruptedError or ProviderTimeoutError.
    Why: A stream has no deadline, so nothing else would ever end a dead one.
    How: The service sends the beginning of a text and then nothing; the clock is moved to shortly
    before 60 s, then beyond.
    Fix: Bound each wait for bytes, once the stream has begun.
    """
    provider, answer = lab.provider(), lab.answer()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_next(
        streamed_reply(lab, answer, lambda frames: [*_frames_to_first_text(frames), Hang()])
    )
    what = "a stream that falls silent"
    reading = await end_between(lab, read_stream(lab, provider), what, _IDLE_S - 10, _IDLE_S + 10)
    kinds = (StreamInterruptedError, ProviderTimeoutError)
    expected = "to raise StreamInterruptedError or ProviderTimeoutError"
    lab.true(what, isinstance(reading.error, kinds), expected, reading.outcome)


def _frames_to_first_text(frames: Sequence[Frame]) -> list[bytes]:
    first = next(n for n, frame in enumerate(frames) if frame.kind == "text")
    return [frame.data for frame in frames[: first + 1]]


@check("PC-TIMEOUT-009", needs=["streaming"])
async def lively_stream_is_not_cut(lab: Lab) -> None:
    """A stream that goes on is read to its end, however long it lasts.

    Rule: After the first event neither timeout= nor the idle limit bounds the whole stream.
    Why: Long answers are what people stream.
    How: The service streams a text for several times the timeout, with pauses shorter than it.
    Fix: Drop the deadline once the first event is here.
    """
    limit, pause = (60.0, 50.0) if lab.driver.name == "respx" else (0.5, 0.2)
    provider, answer = lab.provider(), lab.answer()

    def slowly(frames: Sequence[Frame]) -> list[Step]:
        # How soon a stream begins is bounded: what comes before the text has no pauses.
        begun = len(_frames_to_first_text(frames)) - 1
        late = [step for frame in frames[begun:] for step in (frame.data, Pause(pause))]
        return [*(frame.data for frame in frames[:begun]), *late]

    lab.service.reply_next(streamed_reply(lab, answer, slowly))
    reading = await read_stream(lab, provider, timeout=limit)
    require_whole(lab, "a stream that lasts longer than its timeout", answer, reading)


@check("PC-TIMEOUT-010", "SHOULD")
async def connecting_is_given_up_soon(lab: Lab) -> None:
    """A host that does not take the connection is given up after some seconds.

    Rule: Connecting may take 5 s, for every call; if timeout= is shorter, that long.
    Why: A host that is down is silent; the user should hear of it long before two minutes.
    How: Makes every call at once to an address at which connecting never ends; the clock is moved
    beyond 5 s. Then with a timeout of one second.
    Fix: Give the HTTP library a connect timeout of 5 s beside the deadline of the call.
    """
    await lab.must_succeed(lab.provider())
    for limit, patience in ((None, _CONNECT_S + 2), (1.0, 2.0)):
        nowhere = lab.harness.build(lab.driver.unreachable, lab.config(timeout=limit))
        lab.providers.append(nowhere)
        for name, outcome in (await _outcomes_within(lab, nowhere, patience)).items():
            if outcome is not False:
                what = f"the outcome of {name} to a host that does not take the connection"
                lab.instance(what, ProviderUnavailableError, outcome)


async def _outcomes_within(
    lab: Lab, provider: BaseProvider, seconds: float
) -> Mapping[str, object]:
    """Make every call at once; return their outcomes, and fail unless all end in these seconds."""
    calls = every_call(lab, provider).items()
    tasks = {name: asyncio.create_task(lab.outcome(call())) for name, call in calls}
    try:
        await lab.driver.settle()
        await lab.driver.pass_time(seconds)
        await lab.wait_until(lambda: all(task.done() for task in tasks.values()))
        if lab.driver.name == "socket":
            # A blocking library in a thread has its own clock, which cannot be moved.
            await asyncio.wait(tasks.values(), timeout=seconds)
        for name, task in tasks.items():
            what = f"{name} to a host that does not take the connection after {seconds:g} s"
            lab.true(what, task.done(), "to have ended", "still waiting")
        return {name: await task for name, task in tasks.items()}
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


@check("PC-TIMEOUT-011", needs=["model_listing"])
async def model_list_ends_in_time(lab: Lab) -> None:
    """A model list that does not come is given up at the timeout.

    Rule: The constructor's timeout bounds list_models() too; it raises ProviderTimeoutError.
    Why: Programs list models when they start, and would hang there.
    How: Lists the models, then again while the service says nothing.
    Fix: Put the same deadline around it.
    """
    provider = lab.provider(timeout=chosen_timeout(lab))
    await lab.must_succeed(provider)
    lab.service.reply_always(Reply(head="hang"), "models")
    await require_timeout(lab, provider.list_models(), "list_models() of a silent service")


@check("PC-TIMEOUT-012")
async def health_check_ends_in_time(lab: Lab) -> None:
    """A health check of a silent service ends within the timeout.

    Rule: The constructor's timeout bounds health_check() too, which is then False.
    Why: Health checks run when something is already wrong.
    How: Checks the health of a working service, then of one that says nothing.
    Fix: Put the same deadline, or a shorter one, around it, and answer False.
    """
    limit = chosen_timeout(lab)
    usual = lab.provider(timeout=limit)
    lab.equal("health_check() of a working service", True, await usual.health_check())
    lab.service.reply_always(Reply(head="hang"))
    what = "health_check() of a silent service"
    # A new provider, because a provider may keep the result of a health check for a while.
    provider = lab.provider(timeout=limit)
    lab.equal(what, False, await end_in_time(lab, provider.health_check(), what))


@check("PC-TIMEOUT-013")
async def complete_ends_in_time(lab: Lab) -> None:
    """complete() is given up at its timeout too.

    Rule: timeout= bounds complete() as it bounds chat().
    Why: complete() is for simple programs, which are the worst at handling a hang.
    How: Completes a prompt, then another one that the service does not answer.
    Fix: Pass the options of complete() on to chat().
    """
    provider, answer = lab.provider(), lab.answer()
    lab.service.reply_next(answer, Reply(head="hang"))
    model = lab.harness.model
    lab.equal("complete()", answer.text, await provider.complete(lab.text(), model))
    call = provider.complete(lab.text(), model, timeout=chosen_timeout(lab))
    await require_timeout(lab, call, "complete() that is not answered")


@check("PC-TIMEOUT-014")
async def timeout_lets_go_of_the_connection(lab: Lab) -> None:
    """A call that was given up holds no connection.

    Rule: A call that ends, also by its timeout, lets go of its connection.
    Why: The service goes on writing, and bills; and soon no connection is left.
    How: The service stalls in an answer's body; after the timeout its connection must be closed.
    Fix: Cancel the request itself, and close the response on the way out.
    """
    provider = lab.provider(timeout=chosen_timeout(lab))
    await lab.must_succeed(provider)
    usual = lab.wire.whole(lab.answer(model=lab.harness.model))
    lab.service.reply_next(replace(usual, steps=(usual.body[: len(usual.body) // 2], Hang())))
    await require_timeout(lab, lab.chat(provider), "an answer that stalls in its body")
    exchange = lab.service.exchanges[-1]
    let_go = await lab.wait_until(lambda: exchange.closed)
    lab.true("the connection of a call that timed out", let_go, "to be closed", "still open")
