"""Errors of the service have the class, the time to wait and the hint of the contract."""

import pytest
from provider_sdk import (
    ContextLengthError,
    ProviderAuthError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from ._api import KEY, MODEL, USER, Api, answer, ask, error, reply


def quota(*ids):
    """The detail that names the limits that were reached."""
    violations = [{"quotaMetric": "m", "quotaId": id} for id in ids]
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations}


def retry_info(delay):
    """The detail that says when to try again."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def reason(word, **metadata):
    """The detail that names the reason."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": word,
        "metadata": metadata,
    }


PER_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
PER_MINUTE = "GenerateContentPaidTierInputTokensPerModelPerMinute"
EXCEEDED = "You exceeded your current quota, please check your plan and billing details."


async def failure(*arguments, streamed=False):
    """The error that a call raises which gets this error body."""
    body = error(*arguments)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each test compares the class
        await ask(reply(body, arguments[0]), streamed=streamed)
    return caught.value


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ((400, "INVALID_ARGUMENT", "API key not valid.", reason("API_KEY_INVALID")), "Auth"),
        ((400, "INVALID_ARGUMENT", "API key expired.", reason("API_KEY_INVALID")), "Auth"),
        ((400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), "Auth"),
        ((400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "Auth"),
        ((400, "INVALID_ARGUMENT", "API Key not found. Please pass a valid API key."), "Auth"),
        ((401, "UNAUTHENTICATED", "no credential"), "Auth"),
        ((403, "PERMISSION_DENIED", "blocked", reason("API_KEY_SERVICE_BLOCKED")), "Permission"),
        ((404, "NOT_FOUND", "models/x is not found for API version v1beta"), "ModelNotFound"),
        ((400, "INVALID_ARGUMENT", "Request contains an invalid argument."), "Request"),
        ((400, "FAILED_PRECONDITION", "User location is not supported"), "Request"),
        ((402, "RESOURCE_EXHAUSTED", "prepaid credit is used up"), "Quota"),
        ((429, "RESOURCE_EXHAUSTED", EXCEEDED, quota(PER_DAY)), "Quota"),
        ((429, "RESOURCE_EXHAUSTED", EXCEEDED, quota(PER_MINUTE, PER_DAY)), "Quota"),
        ((429, "RESOURCE_EXHAUSTED", EXCEEDED, quota(PER_MINUTE)), "RateLimit"),
        (
            (
                429,
                "RESOURCE_EXHAUSTED",
                "slow",
                reason("RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerDay"),
            ),
            "Quota",
        ),
        (
            (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
            "RateLimit",
        ),
        (
            (429, "RESOURCE_EXHAUSTED", "slow", {"violations": [{"quotaId": 7}], "metadata": 7}),
            "RateLimit",
        ),
        ((500, "INTERNAL", "An internal error has occurred."), "Unavailable"),
        ((503, "UNAVAILABLE", "The model is overloaded."), "Overloaded"),
        ((504, "DEADLINE_EXCEEDED", "too late"), "Timeout"),
        ((499, "CANCELLED", "The operation was cancelled."), "Unavailable"),
        (
            (
                400,
                "INVALID_ARGUMENT",
                "The input token count (9) exceeds the maximum number of tokens allowed (8).",
            ),
            "Context",
        ),
    ],
)
async def test_classes(arguments, kind, streamed):
    """Status, reason and the names of limits decide on the class of an error."""
    kinds = {
        "Auth": ProviderAuthError,
        "Permission": ProviderPermissionError,
        "ModelNotFound": ProviderModelNotFoundError,
        "Request": ProviderRequestError,
        "Quota": ProviderQuotaError,
        "RateLimit": ProviderRateLimitError,
        "Unavailable": ProviderUnavailableError,
        "Overloaded": ProviderOverloadedError,
        "Timeout": ProviderTimeoutError,
        "Context": ContextLengthError,
    }
    found = await failure(*arguments, streamed=streamed)

    assert type(found) is kinds[kind]
    assert found.message == arguments[2]
    assert found.status == arguments[0]


@pytest.mark.parametrize(
    ("details", "said", "seconds"),
    [
        ([retry_info("34s")], "slow", 34),
        ([quota(PER_MINUTE), retry_info("45.837906927s")], "slow", 45.837906927),
        ([retry_info({"seconds": 3, "nanos": 5})], "slow", 3),
        ([retry_info({})], "slow", 0),
        ([retry_info({"seconds": "x"})], "slow", None),
        ([retry_info("soon")], "slow", None),
        ([], "Please retry in 36.429760048s.", 36.429760048),
        ([], "Please retry in 250ms.", 0.25),
        ([], "slow", None),
    ],
)
async def test_time_to_wait(details, said, seconds):
    """The time to wait is in a detail, or only in the message; there is no header for it."""
    found = await failure(429, "RESOURCE_EXHAUSTED", said, *details)

    assert found.retry_after == seconds


async def test_header_with_a_time_to_wait():
    """A gateway's header counts if the body says nothing."""
    body = error(429, "RESOURCE_EXHAUSTED", "slow")
    with pytest.raises(ProviderRateLimitError) as caught:
        await ask(reply(body, 429, retry_after="7"))

    assert caught.value.retry_after == 7


async def test_quota_of_a_day_is_not_tried_again():
    """The minute that the service names with an allowance per day does not help."""
    body = error(429, "RESOURCE_EXHAUSTED", EXCEEDED, quota(PER_DAY), retry_info("1s"))
    api = Api(reply(body, 429), answer("Blue."))
    async with api.provider(max_retries=2) as provider:
        with pytest.raises(ProviderQuotaError) as caught:
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1
    assert caught.value.retry_after is None
    assert "rate-limits" in str(caught.value)


async def test_rate_limit_is_tried_again_after_its_wait():
    """A limit that passes is waited for as long as the service asks."""
    body = error(429, "RESOURCE_EXHAUSTED", EXCEEDED, quota(PER_MINUTE), retry_info("0.01s"))
    api = Api(reply(body, 429), answer("Blue."))
    async with api.provider(max_retries=1) as provider:
        assert (await provider.chat(USER, MODEL)).text == "Blue."


async def test_list_of_one_error():
    """An error may stand in a list."""
    with pytest.raises(ProviderAuthError, match="API key not valid"):
        await ask(
            reply(
                [error(400, "INVALID_ARGUMENT", "API key not valid", reason("API_KEY_INVALID"))],
                400,
            )
        )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "text"}, "text"),
        (b"<html><title>Error 404 (Not Found)!!1</title></html>", "Error 404 (Not Found)!!1"),
        (b"", "HTTP 404 Not Found"),
        ([], "HTTP 404 Not Found"),
        ({"error": {"code": 404}}, "HTTP 404 Not Found"),
    ],
)
async def test_errors_of_gateways(body, message):
    """Whatever else a gateway answers is read as well."""
    with pytest.raises(ProviderModelNotFoundError) as caught:
        await ask(reply(body, 404))

    assert caught.value.message == message


async def test_error_without_a_message_in_a_success():
    """An error without a message says at least that."""
    with pytest.raises(ProviderUnavailableError, match="without a message"):
        await ask(reply({"error": {"code": 500, "status": "INTERNAL"}}))


async def test_request_id_in_a_detail():
    """The id of the exchange is a detail of the error."""
    info = {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "q1"}

    assert (await failure(500, "INTERNAL", "no", info)).request_id == "q1"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((400, "INVALID_ARGUMENT", "no", reason("API_KEY_INVALID")), "aistudio.google.com/apikey"),
        ((403, "PERMISSION_DENIED", "no"), "Ask for permission"),
        (
            (400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
            "another provider",
        ),
        ((503, "UNAVAILABLE", "busy"), "Try again later"),
    ],
)
async def test_hints(arguments, hint):
    """An error says what to do next."""
    assert hint in str(await failure(*arguments))


async def test_key_is_not_repeated():
    """A key that the service repeats is not in the error."""
    found = await failure(
        400, "INVALID_ARGUMENT", f"API key {KEY} not valid", reason("API_KEY_INVALID")
    )

    assert KEY not in f"{found} {found!r}"
