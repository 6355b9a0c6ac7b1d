"""RETRY: how long the waits before further attempts are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

from provider_sdk import BaseProvider, ChatResponse, ProviderRateLimitError

from provider_conformance._check import check
from provider_conformance._service import Scripted
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.waiting import (
    chats_arrived,
    ends_without_waiting,
    pass_time_until_chats,
    running_in_background,
)
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply, SeenRequest

_MAX_WAIT_S = 60.0


def _rate_limited(lab: Lab, headers: Mapping[str, str]) -> Callable[[SeenRequest], Reply]:
    """Return a rate-limit reply with these headers."""
    return _failing(lab, Failure("rate_limit", lab.text()), headers)


def _failing(
    lab: Lab, failure: Failure, headers: Mapping[str, str]
) -> Callable[[SeenRequest], Reply]:
    """Return an error reply with these headers."""

    def reply(request: SeenRequest) -> Reply:
        usual = lab.wire.failure(failure)
        return replace(usual, headers={**usual.headers, **headers})

    return reply


async def _require_wait(
    lab: Lab, seconds: int, limited: Scripted, kind: str, *, stream: bool = False
) -> None:
    """Fail unless the second request comes after the seconds that the service named."""
    provider, answer = lab.provider(max_retries=2), lab.answer()
    await lab.must_succeed(provider)
    sent = lab.request_count()
    lab.service.reply_next(limited, answer)
    call = _streamed_response(lab, provider) if stream else lab.chat(provider)
    async with running_in_background(call) as task:
        await chats_arrived(lab, sent + 1)
        await ends_without_waiting(lab, task)
        await lab.driver.pass_time(seconds - 2)
        what = f"requests {seconds - 2} s after {kind} asked for {seconds} s"
        lab.equal(what, 1, lab.request_count() - sent)
        await lab.driver.pass_time(seconds / 4 + 4)
        await lab.wait_until(task.done)
        what = f"requests well after {kind} asked for {seconds} s"
        lab.equal(what, 2, lab.request_count() - sent)
        lab.equal("the answer after that wait", answer.text, (await task).text)


async def _streamed_response(lab: Lab, provider: BaseProvider) -> ChatResponse:
    _, response = await lab.stream(provider)
    return response


@check("PC-RETRY-012")
async def retry_after_is_honoured(lab: Lab) -> None:
    """The wait that an error asks for is kept.

    Rule: The seconds that an error asks for, by Retry-After or by the protocol's own field, are
    waited: not fewer, and not many more.
    Why: Who comes back earlier is limited again, and for longer.
    How: The service limits the rate and asks to come back in a random number of seconds; the clock
    is moved to shortly before, then beyond.
    Fix: Let what the service asks for replace the computed wait.
    """
    seconds = lab.rng.randint(20, 40)
    plain = _rate_limited(lab, {"retry-after": f"{seconds}"})
    await _require_wait(lab, seconds, plain, "Retry-After")
    own = replace(Failure("rate_limit", lab.text()), retry_after=float(seconds))
    await _require_wait(lab, seconds, own, "the error")


@check("PC-RETRY-013")
async def retry_after_may_be_a_date(lab: Lab) -> None:
    """Retry-After is understood as a date too.

    Rule: Retry-After as an HTTP date (RFC 9110, 10.2.3) decides the wait.
    Why: Content delivery networks send dates; a parser of numbers fails there, or waits for ever.
    How: The service limits the rate and asks to come back at a moment some seconds ahead.
    Fix: If the value is not a number, parse it with email.utils.parsedate_to_datetime.
    """
    seconds = lab.rng.randint(20, 40)

    def limited(request: SeenRequest) -> Reply:
        return _rate_limited(lab, {"retry-after": _http_date(seconds)})(request)

    await _require_wait(lab, seconds, limited, "a date in Retry-After")


def _http_date(seconds: int) -> str:
    """Return the date so many seconds ahead, at least."""
    # An HTTP date has whole seconds; rounding down would shorten the wait.
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)


@check("PC-RETRY-014")
async def milliseconds_are_honoured(lab: Lab) -> None:
    """retry-after-ms decides the wait.

    Rule: retry-after-ms, in milliseconds, is honoured, and before Retry-After.
    Why: Services that know their load to the millisecond send it; seconds beside it are rounded.
    How: The service limits the rate and sends both headers, with different waits.
    Fix: Look for retry-after-ms first.
    """
    seconds = lab.rng.randint(20, 40)
    headers = {"retry-after-ms": f"{seconds * 1000}", "retry-after": "1"}
    await _require_wait(lab, seconds, _rate_limited(lab, headers), "retry-after-ms")


@check("PC-RETRY-023")
async def retry_after_counts_for_every_status(lab: Lab) -> None:
    """The wait that an error asks for is kept whatever its status is.

    Rule: Retry-After, in seconds, as a date or in milliseconds, counts for every error that is
    retried: 408, 409, 5xx and 529 as well as 429; and for streams as for whole answers.
    Why: A service that restarts says when it is back, and most do so with 503.
    How: The service fails with several statuses and asks for a wait in each form; the clock is
    moved to shortly before, then beyond.
    Fix: Read the wait where the error is made, and not where the rate limit is.
    """
    kinds: Mapping[int, ErrorKind] = {
        408: "timeout",
        409: "server",
        500: "server",
        503: "overloaded",
        529: "overloaded",
    }
    seconds = lab.rng.randint(20, 40)
    for number, (status, kind) in enumerate(kinds.items()):
        forms: Sequence[Mapping[str, str]] = (
            {"retry-after": f"{seconds}"},
            {"retry-after-ms": f"{seconds * 1000}", "retry-after": "1"},
            {"retry-after": _http_date(seconds)},
        )
        asked = forms[number % len(forms)]
        scripted = _failing(lab, Failure(kind, lab.text(), status), asked)
        stream = number % 2 == 1 and "streaming" in lab.capabilities
        await _require_wait(lab, seconds, scripted, f"{status} with {asked}", stream=stream)


@check("PC-RETRY-015")
async def retry_after_on_success_means_nothing(lab: Lab) -> None:
    """Retry-After on a successful answer changes nothing.

    Rule: Retry-After counts for errors only.
    Why: Some gateways put it on every answer.
    How: Answers with status 200 and Retry-After, twice in a row, whole and streamed.
    Fix: Look at the header only after the status.
    """
    provider, answer = lab.provider(max_retries=2), lab.answer(model=lab.harness.model)

    def polite(request: SeenRequest) -> Reply:
        usual = lab.service.reply_for(answer, request)
        return replace(usual, headers={**usual.headers, "retry-after": "30"})

    lab.service.reply_always(polite, "chat")
    forms = (False, False, True, True) if "streaming" in lab.capabilities else (False, False)
    for number, stream in enumerate(forms, start=1):
        call = _streamed_response(lab, provider) if stream else lab.chat(provider)
        async with running_in_background(call) as task:
            done = await lab.wait_until(task.done)
            lab.true("an answer with Retry-After", done, "to be returned at once", "still waiting")
            lab.equal("the text of an answer with Retry-After", answer.text, (await task).text)
        lab.equal("requests for answers with Retry-After", number, lab.request_count())


@check("PC-RETRY-016")
async def wait_past_the_deadline_is_not_begun(lab: Lab) -> None:
    """A wait that would pass the deadline fails at once.

    Rule: A wait past the deadline of the call is not begun: the failure is raised at once.
    Why: Waiting for an attempt that cannot be made wastes the caller's time, and then says
    "timeout" where the service said "rate limit".
    How: The service limits the rate for ten times the call's timeout.
    Fix: Compare the wait with what is left of the timeout before sleeping.
    """
    provider = lab.provider(max_retries=2)
    await lab.must_succeed(provider)
    before = lab.request_count()
    lab.service.reply_next(_rate_limited(lab, {"retry-after": "100"}))
    call = lab.raises(
        ProviderRateLimitError, lab.chat(provider, timeout=10.0), "a call limited past its deadline"
    )
    async with running_in_background(call) as task:
        at_once = await lab.wait_until(task.done)
        lab.true("a call limited past its deadline", at_once, "to fail at once", "still waiting")
        await task
    lab.equal("requests for that call", 1, lab.request_count() - before)


_CALLS = 12
_ATTEMPTS = 6


@check("PC-RETRY-017")
async def waits_grow(lab: Lab) -> None:
    """The waits between attempts grow, and stay bearable.

    Rule: Unless the service names a wait, the waits grow exponentially, whatever chance adds to
    each, and none is longer than a minute.
    Why: A service that is down does not recover under a hail of retries.
    How: Twelve calls at once fail six times each; the clock is moved in small steps, the waits are
    measured, and their means are compared.
    Fix: Wait 0.5 s, then twice as long each time, with an upper bound.
    """
    provider = lab.provider(max_retries=_ATTEMPTS - 1)
    await lab.must_succeed(provider)
    lab.service.reply_always(Failure("server", lab.text()), "chat")
    moments = await _moments_of_attempts(lab, provider)
    waits = [[later - earlier for earlier, later in pairwise(times)] for times in moments]
    tried = min(map(len, moments))
    lab.equal("attempts of each of the calls that fail", _ATTEMPTS, tried)
    means = [sum(column) / _CALLS for column in zip(*waits, strict=True)]
    shown = ", ".join(f"{mean:.2f} s" for mean in means)
    growing = 1.5 * sum(means[:2]) < sum(means[-2:]) and max(map(max, waits)) < _MAX_WAIT_S
    lab.true("the waits between six attempts", growing, "to grow, none beyond a minute", shown)


async def _moments_of_attempts(lab: Lab, provider: BaseProvider) -> Sequence[Sequence[float]]:
    """Make calls at once; return when each of their attempts arrived, by call, to about 5 %."""
    moments: dict[str, list[float]] = {lab.text(): [] for _ in range(_CALLS)}
    known, passed, silent = lab.request_count(), 0.0, 0.0

    async def calls() -> None:
        asked = ([{"role": "user", "content": text}] for text in moments)
        await asyncio.gather(
            *(lab.outcome(lab.chat(provider, messages, timeout=600.0)) for messages in asked)
        )

    async with running_in_background(calls()) as task:
        while silent < _MAX_WAIT_S:
            ended = await ends_without_waiting(lab, task)
            arrived = lab.service.requests()[known:]
            for request in arrived:
                moments[lab.wire.read_chat(request).messages[-1].text].append(passed)
            if ended:
                break
            known += len(arrived)
            step = max(0.25, passed * 0.05)
            await lab.driver.pass_time(step)
            passed += step
            silent = 0.0 if arrived else silent + step
    return list(moments.values())


_CALLERS = 8
_ROUNDS = 3
_STEP_S = 0.02


@check("PC-RETRY-018", "SHOULD")
async def waits_differ(lab: Lab) -> None:
    """Callers that failed together do not come back together.

    Rule: The waits between attempts hold some chance.
    Why: A thousand clients that were turned away in one moment return in one moment.
    How: Eight calls fail together, three times each; the clock is moved in small steps until the
    first of them comes for the fourth time, and those that came with it are counted.
    Fix: Take up to a quarter off each wait, at random.
    """
    provider = lab.provider(max_retries=_ROUNDS)
    await lab.must_succeed(provider)
    known = lab.request_count() + _ROUNDS * _CALLERS
    lab.service.reply_always(Failure("overloaded", lab.text()), "chat")

    async def crowd() -> None:
        await asyncio.gather(*(lab.outcome(lab.chat(provider)) for _ in range(_CALLERS)))

    async with running_in_background(crowd()):
        await pass_time_until_chats(lab, known, _MAX_WAIT_S, 0.1)
        await pass_time_until_chats(lab, known + 1, _MAX_WAIT_S, _STEP_S)
        first = lab.request_count() - known
    what = (
        f"calls, of {_CALLERS} that failed together, that came back within the same {_STEP_S:g} s"
    )
    lab.true(what, 0 < first < _CALLERS, "some and not all", f"{first}")
