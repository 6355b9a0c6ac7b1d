"""RETRY: what is tried again, and how often."""

from __future__ import annotations

from provider_sdk import BaseProvider, ProviderError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import chat_calls, listing_calls
from provider_conformance.lab.reading import cut_off_by, read_stream, require_whole, streamed_reply
from provider_conformance.lab.waiting import fast_forward
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Head, Reply, Reset, Step

_Statuses = tuple[tuple[ErrorKind, int], ...]


def _random_failure(lab: Lab, kind: ErrorKind = "overloaded", status: int | None = None) -> Failure:
    return Failure(kind, lab.text(), status)


async def _require_retried(
    lab: Lab, provider: BaseProvider, failure: Failure | Reply, what: str
) -> None:
    """Fail unless a call succeeds by a second request after a failure."""
    answer, before = lab.answer(), lab.request_count()
    lab.service.reply_next(failure, answer)
    outcome = await lab.outcome(fast_forward(lab, lab.chat(provider)))
    lab.equal(f"requests for a call that met {what}", 2, lab.request_count() - before)
    text = str(outcome) if isinstance(outcome, ProviderError) else outcome.text
    lab.equal(f"the answer to a call that met {what}", answer.text, text)


async def _require_sent_once(
    lab: Lab, provider: BaseProvider, failure: Failure | Reply, what: str
) -> None:
    """Fail unless a failure is raised after one request."""
    await lab.must_succeed(provider)
    for form, call in chat_calls(lab, provider).items():
        before = lab.request_count()
        lab.service.reply_next(failure)
        outcome = await lab.outcome(fast_forward(lab, call()))
        lab.equal(f"requests for {form} that met {what}", 1, lab.request_count() - before)
        lab.instance(f"the outcome of {form} that met {what}", ProviderError, outcome)


@check("PC-RETRY-001")
async def two_retries_by_default(lab: Lab) -> None:
    """By default a failing call is sent three times.

    Rule: max_retries is 2 unless the constructor is told otherwise: a call that keeps failing is
    sent three times, and then the failure is raised.
    Why: Most overloads pass within seconds, and no application should have to handle those.
    How: Builds the provider without max_retries; the service is overloaded twice, then for ever.
    Fix: Let max_retries default to 2, and count the attempts after the first.
    """
    provider = lab.provider(max_retries=None)
    answer = lab.answer()
    lab.service.reply_next(_random_failure(lab), _random_failure(lab), answer)
    outcome = await lab.outcome(fast_forward(lab, lab.chat(provider)))
    text = str(outcome) if isinstance(outcome, ProviderError) else outcome.text
    lab.equal("the answer to a call that was overloaded twice", answer.text, text)
    before = lab.request_count()
    lab.service.reply_always(_random_failure(lab), "chat")
    call = fast_forward(lab, lab.chat(provider))
    await lab.raises(ProviderError, call, "a call that is always overloaded")
    lab.equal("requests for a call that is always overloaded", 3, lab.request_count() - before)


@check("PC-RETRY-002")
async def zero_retries_send_once(lab: Lab) -> None:
    """With max_retries=0 a call is sent once.

    Rule: max_retries=0 turns retries off.
    Why: A retry can be billed twice; a caller that cannot accept that must be able to turn it off.
    How: Builds the provider with max_retries=0; the service is overloaded, then refuses to connect.
    Fix: Do not count from one, and turn off the retries of the client underneath too.
    """
    provider = lab.provider(max_retries=0)
    met: dict[str, Failure | Reply] = {
        "an overload": _random_failure(lab),
        "no one": Reply(head="refuse"),
    }
    for name, failure in met.items():
        await _require_sent_once(lab, provider, failure, name)


@check("PC-RETRY-003")
async def retries_are_counted(lab: Lab) -> None:
    """A failing call is sent once more than max_retries says, and not more often.

    Rule: max_retries is the number of attempts after the first.
    Why: Retries of two layers multiply: three in the client and three above are nine bills.
    How: Builds the provider with max_retries=1, then 4; the service fails every time.
    Fix: Leave retries to one layer, and count them exactly.
    """
    for retries in (1, 4):
        provider = lab.provider(max_retries=retries)
        await lab.must_succeed(provider)
        lab.service.reply_always(_random_failure(lab, "server"), "chat")
        for form, call in chat_calls(lab, provider).items():
            before = lab.request_count()
            what = f"{form} that always fails, with max_retries={retries}"
            await lab.raises(ProviderError, fast_forward(lab, call()), what)
            lab.equal(f"requests for {what}", retries + 1, lab.request_count() - before)


@check("PC-RETRY-004")
async def rate_limit_is_retried(lab: Lab) -> None:
    """A rate limit is tried again.

    Rule: 429 is retried, unless it says that the quota is exhausted.
    Why: The service asks for nothing but a short wait.
    How: The service limits the rate once.
    Fix: Retry ProviderRateLimitError.
    """
    await _require_retried(
        lab, lab.provider(max_retries=2), _random_failure(lab, "rate_limit"), "a rate limit"
    )


@check("PC-RETRY-005")
async def failures_of_the_service_are_retried(lab: Lab) -> None:
    """A failure of the service is tried again.

    Rule: 5xx and 529 are retried.
    Why: A restarting worker or an overloaded one is soon replaced.
    How: The service answers 500, 502, 503, 504 and 529, once each.
    Fix: Retry every status from 500 up.
    """
    provider = lab.provider(max_retries=2)
    failures: _Statuses = (
        ("server", 500),
        ("server", 502),
        ("overloaded", 503),
        ("timeout", 504),
        ("overloaded", 529),
    )
    for kind, status in failures:
        await _require_retried(lab, provider, _random_failure(lab, kind, status), f"{status}")


@check("PC-RETRY-006")
async def conflicts_and_late_requests_are_retried(lab: Lab) -> None:
    """A conflict and a request that came too late are tried again.

    Rule: 408 and 409 are retried.
    Why: Both say that the same request may succeed at another moment.
    How: The service answers 408 and 409, once each.
    Fix: Add them to what is retried.
    """
    provider = lab.provider(max_retries=2)
    failures: _Statuses = (("timeout", 408), ("server", 409))
    for kind, status in failures:
        await _require_retried(lab, provider, _random_failure(lab, kind, status), f"{status}")


@check("PC-RETRY-007")
async def connecting_is_retried(lab: Lab) -> None:
    """A connection that fails is tried again.

    Rule: Connect errors are retried.
    Why: Nothing was sent, so nothing can be billed twice.
    How: The service refuses one connection.
    Fix: Retry if no connection was made.
    """
    provider = lab.provider(max_retries=2)
    await _require_retried(lab, provider, Reply(head="refuse"), "a refused connection")


@check("PC-RETRY-008", "SHOULD")
async def break_before_the_answer_is_retried(lab: Lab) -> None:
    """A connection that breaks before the answer begins is tried again.

    Rule: A connection that brought no answer counts as a connect error and is retried.
    Why: Kept connections break all the time, when a proxy or a load balancer restarts.
    How: The connection breaks before the head, is closed before it, and breaks in the middle of it.
    Fix: Retry until the head of an answer is there.
    """
    provider = lab.provider(max_retries=2)
    heads: dict[Head, str] = {
        "reset": "a reset connection",
        "close": "a closed connection",
        "cut": "a connection that broke within the head",
    }
    for head, name in heads.items():
        await _require_retried(lab, provider, Reply(head=head), name)


@check("PC-RETRY-009")
async def rejected_requests_are_not_retried(lab: Lab) -> None:
    """A rejected request is sent once.

    Rule: 400, 404, 413 and 422 are never retried.
    Why: The same request is rejected again, only later.
    How: The service rejects a request, does not know its model, and finds it too long.
    Fix: Retry by an exact list of failures, not by "any error".
    """
    failures: _Statuses = (
        ("bad_request", 400),
        ("bad_request", 422),
        ("model_not_found", 404),
        ("context_length", 400),
        ("context_length", 413),
    )
    provider = lab.provider(max_retries=2)
    for kind, status in failures:
        await _require_sent_once(
            lab, provider, _random_failure(lab, kind, status), f"{status} ({kind})"
        )


@check("PC-RETRY-010")
async def rejected_credentials_are_not_retried(lab: Lab) -> None:
    """A request with a rejected credential is sent once.

    Rule: 401 and 403 are never retried.
    Why: Services lock keys that fail too often.
    How: The service rejects the credential, then denies the permission.
    Fix: Never retry ProviderAuthError.
    """
    provider = lab.provider(max_retries=2)
    await _require_sent_once(lab, provider, _random_failure(lab, "auth", 401), "401")
    await _require_sent_once(lab, provider, _random_failure(lab, "permission", 403), "403")


@check("PC-RETRY-011")
async def exhausted_quota_is_not_retried(lab: Lab) -> None:
    """A request over an exhausted quota is sent once.

    Rule: An exhausted quota is never retried, whether the service says 402 or 429.
    Why: Waiting does not help, and delays the message that would: add credit.
    How: The service says that the quota is used up, in its usual way and with 402.
    Fix: Read the error's code before its status, and never retry ProviderQuotaError.
    """
    provider = lab.provider(max_retries=2)
    await _require_sent_once(lab, provider, _random_failure(lab, "quota"), "an exhausted quota")
    await _require_sent_once(lab, provider, _random_failure(lab, "quota", 402), "402")


@check("PC-RETRY-019", needs=["streaming"])
async def stream_is_retried_before_it_begins(lab: Lab) -> None:
    """A stream that fails to begin is tried again.

    Rule: A call with stream=True is retried like any other until its first event is here.
    Why: Streams meet the same overloads, and nothing of the answer was shown yet.
    How: The service is overloaded once, then refuses a connection, then streams.
    Fix: Make the first event part of what is retried.
    """
    provider, answer = lab.provider(max_retries=2), lab.answer()
    lab.service.reply_next(_random_failure(lab), Reply(head="refuse"), answer)
    reading = await fast_forward(lab, read_stream(lab, provider))
    require_whole(lab, "a stream that began at the third attempt", answer, reading)
    lab.equal("requests for that stream", 3, lab.request_count())


@check("PC-RETRY-020", needs=["streaming"])
async def nothing_is_retried_after_the_first_token(lab: Lab) -> None:
    """A stream that breaks after its first token is not tried again.

    Rule: Nothing is retried once an event of the stream was yielded.
    Why: The reader would get the beginning twice, and pay for it twice.
    How: The connection breaks in the middle of a text; then an error event ends another one.
    Fix: Retry only what happens before the first event.
    """
    provider = lab.provider(max_retries=2)
    ends: dict[str, Step] = {
        "whose connection breaks": Reset(),
        "with an error event": lab.wire.failure_frame(_random_failure(lab, "overloaded")).data,
    }
    for name, end in ends.items():
        await lab.must_succeed(provider, stream=True)
        answer, before = lab.answer(), lab.request_count()
        lab.service.reply_next(streamed_reply(lab, answer, cut_off_by(end)))
        reading = await fast_forward(lab, read_stream(lab, provider))
        what = f"a stream {name} after its first token"
        lab.equal(f"requests for {what}", 1, lab.request_count() - before)
        lab.equal(f"the text that was read of {what}", answer.text, reading.text)


@check("PC-RETRY-022", "SHOULD", needs=["model_listing"])
async def model_list_is_retried(lab: Lab) -> None:
    """A model list that fails is tried again.

    Rule: list_models() and describe_models() are retried like a chat.
    Why: Start-up code that lists models meets the same overloads.
    How: The service is overloaded once when it is asked for its models.
    Fix: Send it through the same policy.
    """
    provider = lab.provider(max_retries=2)
    for name, call in listing_calls(lab, provider).items():
        lab.service.reply_next(_random_failure(lab), route="models")
        outcome = await lab.outcome(fast_forward(lab, call()))
        ids = [] if isinstance(outcome, ProviderError) else [getattr(m, "id", m) for m in outcome]
        found = sorted(ids) or str(outcome)
        lab.equal(f"{name} after an overload", sorted(lab.service.model_ids), found)
