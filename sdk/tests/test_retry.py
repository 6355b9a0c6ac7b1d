"""When a call is tried again."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import (
    ProviderError,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk._retry import is_retryable, retry_after, with_retries
from provider_sdk._spans import Span
from provider_sdk._timeouts import Deadline

from ._clock import now, on_the_clock
from ._service import USER, AcmeProvider, Reply, Service, chunk, completion, failing, sse, streamed

ANSWER = Reply(completion())


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529, 599])
@on_the_clock
async def test_passing_failures_are_retried(status):
    """408, 409, 429, 5xx and 529 get another attempt."""
    service = Service(failing(status), ANSWER)

    response = await service.provider().chat(USER)

    assert response.text == "Blue."
    assert len(service.requests) == 2


PASSING = {
    "429": {"message": "slow down", "code": 429},
    "503": {"message": "busy", "code": 503},
    "rate limit": {"message": "slow down", "type": "rate_limit_error"},
    "overloaded": {"message": "busy", "type": "overloaded_error"},
    "server error": {"message": "it broke", "type": "server_error"},
}
LASTING = {
    "quota": {"message": "no credits left", "code": "insufficient_quota"},
    "request": {"message": "no such field", "type": "invalid_request_error"},
    "words alone": {"message": "it broke"},
}
FORMS = {
    "event": (lambda error: streamed(sse({"error": error})), True),
    "whole": (lambda error: Reply({"error": error}), True),
    "plain": (lambda error: Reply({"error": error}), False),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
@on_the_clock
async def test_passing_failures_with_the_status_of_an_answer_are_retried(error, form):
    """What a service reports instead of an answer counts as its status would."""
    failure, stream = FORMS[form]
    answer = streamed(sse(chunk("Blue.", finish="stop"))) if stream else ANSWER
    service = Service(failure(error), answer)

    answer = await service.provider().chat(USER, stream=stream)

    assert (await answer.collect() if stream else answer).text == "Blue."
    assert len(service.requests) == 2


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", LASTING.values(), ids=LASTING)
@on_the_clock
async def test_other_failures_with_the_status_of_an_answer_are_final(error, form):
    """Sent again, they would fail again, or nobody knows."""
    failure, stream = FORMS[form]
    service = Service(failure(error))

    with pytest.raises(ProviderError):
        await service.provider().chat(USER, stream=stream)

    assert len(service.requests) == 1


@on_the_clock
async def test_a_failure_behind_the_first_event_is_final():
    """What was read cannot be taken back."""
    service = Service(streamed(sse(chunk("Bl"), {"error": PASSING["overloaded"]})))
    stream = await service.provider().chat(USER, stream=True)

    with pytest.raises(ProviderOverloadedError):
        await stream.collect()

    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 418, 422, 301, 307])
@on_the_clock
async def test_other_failures_are_final(status):
    """A rejected request is sent once."""
    service = Service(failing(status), ANSWER)

    with pytest.raises(ProviderError) as caught:
        await service.provider().chat(USER)

    assert caught.value.status == status
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("refused"), httpx.ConnectTimeout("late"), httpx.ReadError("")]
)
@on_the_clock
async def test_connect_errors_are_retried(failure):
    """A connection that never brought an answer is tried again."""
    service = Service(failure, ANSWER)

    await service.provider().chat(USER)

    assert len(service.requests) == 2


@on_the_clock
async def test_max_retries_counts_further_attempts():
    """Two retries are three attempts, and then the last failure is raised."""
    service = Service(failing(500, "first"), failing(500, "second"), failing(500, "third"))

    with pytest.raises(ProviderUnavailableError, match="third"):
        await service.provider().chat(USER)

    assert len(service.requests) == 3


@on_the_clock
async def test_max_retries_0_turns_retries_off():
    """With ``max_retries=0`` nothing is ever sent twice."""
    service = Service(failing(503), ANSWER)

    with pytest.raises(ProviderOverloadedError):
        await service.provider(max_retries=0).chat(USER)

    assert len(service.requests) == 1


@on_the_clock
async def test_a_stream_is_retried_before_its_first_event():
    """A stream that fails to begin is tried like any other call."""
    service = Service(failing(503), streamed(sse(chunk("Blue."), chunk(finish="stop"))))

    stream = await service.provider().chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."
    assert len(service.requests) == 2


@on_the_clock
async def test_a_stream_is_not_retried_after_its_first_event():
    """What has reached the caller is never sent for again."""
    service = Service(streamed(sse(chunk("Blu"))), ANSWER)
    stream = await service.provider().chat(USER, stream=True)

    with pytest.raises(ProviderError):
        await stream.collect()

    assert len(service.requests) == 1


@on_the_clock
async def test_waits_grow_exponentially_with_jitter():
    """The wait doubles from half a second, less up to a quarter, and never exceeds 8 s."""
    times = []

    def fail(request):
        times.append(now())
        return failing(500)

    with pytest.raises(ProviderUnavailableError):
        await Service(fail).provider(max_retries=14).chat(USER)

    waits = [later - earlier for earlier, later in pairwise(times)]
    for wait, longest in zip(waits, [0.5, 1, 2, 4, *[8] * 10], strict=True):
        assert 0.75 * longest <= wait <= longest


@on_the_clock
async def test_jitter_spreads_callers():
    """Callers that failed together do not come back together."""
    times = set()

    def fail(request):
        times.add(now())
        return failing(500)

    provider = Service(fail).provider(max_retries=1)
    await asyncio.gather(*(provider.chat(USER) for _ in range(8)), return_exceptions=True)

    assert len(times) > 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
    ],
)
@on_the_clock
async def test_the_service_sets_the_wait(headers, seconds):
    """``retry-after-ms`` comes before ``Retry-After``; neither is jittered."""
    service = Service(Reply({"error": "slow down"}, 429, headers), ANSWER)

    await service.provider().chat(USER)

    assert now() == pytest.approx(seconds, abs=0.01)


def test_retry_after_may_be_a_date():
    """An HTTP date is the time from now until then."""
    date = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)

    assert retry_after({"retry-after": date}) == pytest.approx(86400, abs=3600)


def test_a_date_that_has_passed_means_no_wait():
    """A service whose clock is behind does not make anyone wait."""
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


def test_a_date_without_zone_is_universal_time():
    """``-0000`` is read as UTC."""
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}) == 0


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text()))
def test_no_header_breaks_the_retry_policy(headers):
    """Whatever stands in the headers, the wait is a number from 0 up, or unknown."""
    wait = retry_after(headers)

    assert wait is None or 0 <= wait < float("inf")


@on_the_clock
async def test_the_error_tells_the_wait():
    """``retry_after`` is on the error for those who retry by themselves."""
    service = Service(failing(429, retry_after="7"))

    with pytest.raises(ProviderRateLimitError) as caught:
        await service.provider(max_retries=0).chat(USER)

    assert caught.value.retry_after == 7


@on_the_clock
async def test_retry_after_counts_on_errors_only():
    """A success with ``Retry-After`` is a success."""
    service = Service(Reply(completion(), headers={"retry-after": "60"}))

    await service.provider().chat(USER)

    assert now() == 0


@on_the_clock
async def test_the_wait_in_the_body_counts():
    """A model that is loading tells by ``estimated_time`` how long it takes."""
    service = Service(Reply({"error": "loading", "estimated_time": 20.0}, 503), ANSWER)

    await service.provider().chat(USER)

    assert now() == pytest.approx(20, abs=0.01)


@on_the_clock
async def test_a_wait_past_the_deadline_fails_at_once():
    """Nobody waits for an attempt that could not be made any more."""
    service = Service(failing(429, "slow down", retry_after="121"), ANSWER)

    with pytest.raises(ProviderRateLimitError, match="slow down"):
        await service.provider(timeout=120).chat(USER)

    assert now() == 0
    assert len(service.requests) == 1


@on_the_clock
async def test_a_wait_past_the_deadline_of_the_whole_call_fails_at_once():
    """What a call needs to know first has the time of the call, and not one of its own."""

    class Finding(AcmeProvider):
        default_model = ""

        async def missing_model(self):
            return (await self.fetch_models())[0].id

    service = Service(failing(503, "busy", retry_after="3"), Reply({"data": [{"id": "m"}]}))

    with pytest.raises(ProviderOverloadedError, match="busy"):
        await service.provider(Finding).chat(USER, timeout=2)

    assert now() == 0
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "code", ["insufficient_quota", "billing_hard_limit_reached", "project_spend_limit_exceeded"]
)
@on_the_clock
async def test_exhausted_quota_is_never_retried(code):
    """A 429 that no waiting helps is a quota error, and sent once."""
    service = Service(Reply({"error": {"message": "no credit", "code": code}}, 429), ANSWER)

    with pytest.raises(ProviderQuotaError):
        await service.provider().chat(USER)

    assert len(service.requests) == 1


@on_the_clock
async def test_the_model_list_is_retried():
    """Reading is retried as asking is."""
    service = Service(failing(503), Reply({"data": [{"id": "acme-large"}]}))

    assert await service.provider().list_models() == ["acme-large"]


@on_the_clock
async def test_the_health_check_is_not_retried():
    """A health check tells of this moment."""
    service = Service(failing(503), Reply({"data": []}))

    assert not await service.provider().health_check()
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ProviderUnavailableError("no connection"), True),
        (ProviderTimeoutError("late"), True),
        (ProviderRequestError("cannot be sent"), False),
        (ProviderQuotaError("no credit", status=503), False),
        (ProviderError("conflict", status=409), True),
        (ProviderError("odd", status=200), False),
    ],
)
def test_what_is_retryable(error, expected):
    """Failures to get an answer and passing statuses are; an exhausted quota never is."""
    assert is_retryable(error) is expected


@pytest.mark.parametrize(
    "date",
    ["Wed, 21 Oct 99999999999999999999 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 +99999999"],
)
def test_a_date_beyond_all_calendars_is_none(date):
    """A service that sends one is not the caller's ``OverflowError``."""
    assert retry_after({"retry-after": date}) is None


# Spans, with which a router watches the retries of its providers.


async def tries(*limits, asked=None):
    """How often a failing call is tried within nested spans with these limits, and their counts."""
    count = 0

    async def attempt():
        nonlocal count
        count += 1
        raise ProviderUnavailableError("down", retry_after=asked)

    spans = [Span(limit) for limit in limits]
    with contextlib.ExitStack() as stack:
        for span in spans:
            stack.enter_context(span)
        with pytest.raises(ProviderUnavailableError):
            await with_retries(attempt, max_retries=4, deadline=Deadline.after(100))
    return count, [span.retries for span in spans]


# The waits are at most 0.5, 1, 2 and 4 s, and at least three quarters of that.
@pytest.mark.parametrize(
    ("limits", "asked", "expected"),
    [
        ([], None, 5),
        ([None], None, 5),
        ([1], None, 3),
        ([1, None], None, 3),
        ([None, 1], None, 3),
        ([1, 2], None, 3),
        ([2, 1], None, 3),
        ([0.1, 2, None], None, 1),
        ([None, None], 3, 5),
        ([1], 0.5, 1),
        ([1, None], 0.5, 1),
        ([1], 0, 5),
    ],
)
@on_the_clock
async def test_spans(limits, asked, expected):
    """The tightest limit counts, no retry waits for a service under one, and all spans count."""
    assert await tries(*limits, asked=asked) == (expected, [expected - 1] * len(limits))


@on_the_clock
async def test_a_span_ends_with_its_block():
    """Later calls know nothing of it."""
    assert await tries(1) == (3, [2])
    assert await tries() == (5, [])


@on_the_clock
async def test_spans_of_calls_at_once():
    """Each call keeps to its own."""
    counts = await asyncio.gather(tries(), tries(1), tries(None), tries(1, 1))

    assert counts == [(5, []), (3, [2]), (5, [4]), (3, [2, 2])]
