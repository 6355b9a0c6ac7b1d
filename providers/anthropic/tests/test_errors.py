"""Every error of the service has its class, the service's words and what to do."""

import pytest
from provider_sdk import (
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from ._api import KEY, MODEL, USER, Api, ask, error, message, reply, stream, thinking

REJECTED = "invalid_request_error"
CREDIT = "Your credit balance is too low to access the Anthropic API."
LIMIT = "input length and `max_tokens` exceed context limit: 5 + 9 > 7, decrease input length"
CASES = [
    (400, error(REJECTED, "bad thing"), ProviderRequestError),
    (400, error(REJECTED, "prompt is too long: 9 tokens > 5 maximum"), ContextLengthError),
    (400, error(REJECTED, LIMIT), ContextLengthError),
    (400, error(REJECTED, CREDIT), ProviderQuotaError),
    (401, error("authentication_error", "invalid x-api-key"), ProviderAuthError),
    (402, error("billing_error", "pay first"), ProviderQuotaError),
    (403, error("permission_error", "not for you"), ProviderPermissionError),
    (404, error("not_found_error", "model: claude-x"), ProviderModelNotFoundError),
    (413, error("request_too_large", "Request exceeds the maximum size"), ProviderRequestError),
    (429, error("rate_limit_error", "slow down"), ProviderRateLimitError),
    (500, error("api_error", "Internal server error"), ProviderUnavailableError),
    (504, error("timeout_error", "took too long"), ProviderTimeoutError),
    (529, error("overloaded_error", "Overloaded"), ProviderOverloadedError),
]


async def _failure(answer, streamed=False, **options):
    with pytest.raises(ProviderError) as caught:
        await ask(answer, streamed=streamed, **options)
    return caught.value


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("status", "body", "kind"), CASES)
async def test_classes(status, body, kind, streamed):
    """Each type of error has its class, also for a call that wants a stream."""
    failure = await _failure(reply(body, status), streamed)

    assert type(failure) is kind
    assert failure.status == status
    assert body["error"]["message"] in str(failure)
    assert failure.hint


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
async def test_classes_inside_a_stream(status, body, kind):
    """Inside a stream, where there is no status, the type says the same."""
    failure = await _failure(stream(body), True)

    assert type(failure) is kind
    assert body["error"]["message"] in str(failure)


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
async def test_errors_despite_success(status, body, kind):
    """An error body is an error, whatever the status."""
    assert type(await _failure(reply(body, 200))) is kind


@pytest.mark.parametrize(
    "code",
    [
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "linked_organization_billing_unavailable",
    ],
)
async def test_spend_limits(code):
    """A limit of spending is no rate limit: it has no Retry-After, and is not tried again."""
    body = error("rate_limit_error", "limit reached", details={"error_code": code})
    api = Api(reply(body, 429))
    async with api.provider(max_retries=2) as provider:
        with pytest.raises(ProviderQuotaError):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1


async def test_rate_limit_says_when():
    """A rate limit says how long to wait."""
    failure = await _failure(reply(error("rate_limit_error"), 429, retry_after="7"))

    assert failure.retry_after == 7


async def test_overloaded_is_tried_again():
    """An overloaded service (529) is asked again."""
    busy = reply(error("overloaded_error"), 529, retry_after="0")
    api = Api(busy, busy, message("Blue."))
    async with api.provider(max_retries=2) as provider:
        response = await provider.chat(USER, MODEL)

    assert (response.text, len(api.requests)) == ("Blue.", 3)


async def test_error_as_the_first_event_is_tried_again():
    """An overloaded service may say so with status 200, in the stream: the call is made again."""
    api = Api(stream({"type": "ping"}, error("overloaded_error")), message("Blue."))
    async with api.provider(max_retries=1) as provider:
        response = await (await provider.chat(USER, MODEL, stream=True)).collect()

    assert (response.text, len(api.requests)) == ("Blue.", 2)


@pytest.mark.parametrize("id", ["req_1", None])
async def test_request_id_of_the_body(id):
    """The id of the exchange is found in the body too, which may hold none."""
    failure = await _failure(reply({**error("api_error"), "request_id": id}, 500))

    assert failure.request_id == id


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (reply(b"<html><title>413 Too Large</title>", 413), ProviderRequestError, "413 Too Large"),
        (reply(b"<html><title>Bad gateway", 502), ProviderUnavailableError, "502"),
        (reply(b"", 529), ProviderOverloadedError, "529"),
        (reply({"error": "no such route"}, 404), ProviderModelNotFoundError, "no such route"),
        (reply({"detail": "Not allowed"}, 403), ProviderPermissionError, "Not allowed"),
        (
            reply({"error": {"message": "Invalid API Key", "code": 401}}, 401),
            ProviderAuthError,
            "K",
        ),
        (reply([1, 2], 500), ProviderUnavailableError, "500"),
        (reply({"type": "error"}, 200), ProviderResponseError, "without a message"),
        (reply({"type": "error", "error": None}, 400), ProviderRequestError, "400"),
    ],
)
async def test_gateways(answer, kind, words):
    """Errors of gateways and proxies, in whatever form, have the class of their status."""
    failure = await _failure(answer)

    assert type(failure) is kind
    assert words in str(failure)


async def test_forced_tool_while_thinking():
    """A call that thinks and forces a tool is told which options exclude each other."""
    said = "Thinking may not be enabled when tool_choice forces tool use."
    failure = await _failure(reply(error(REJECTED, said), 400))

    assert "leave out one of the two options" in str(failure)


async def test_key_is_not_repeated():
    """A service that repeats the key does not spread it."""
    failure = await _failure(reply(error("authentication_error", f"invalid key {KEY}"), 401))

    assert KEY not in str(failure)
    assert KEY not in repr(failure.__dict__)


@pytest.mark.parametrize(
    "said",
    [
        "You have reached your specified API usage limits. You will regain access on 2026-12-01 at"
        " 00:00 UTC.",
        "You have reached your specified workspace API usage limits. You will regain access on"
        " 2026-12-01 at 00:00 UTC.",
    ],
)
async def test_usage_limit(said):
    """A limit of spending that the customer set is a quota, though the status is 400."""
    api = Api(reply(error("invalid_request_error", said), 400))
    async with api.provider(max_retries=2) as provider:
        with pytest.raises(ProviderQuotaError, match="regain access"):
            await provider.chat(USER)

    assert len(api.requests) == 1


async def test_nested_error_drops_the_state():
    """The error that a gateway nests is understood: rejected thinking is left out."""
    inner = error("invalid_request_error", "messages.1.content.0: Invalid `signature`")
    body = {"error": {"type": "request_fail", "upstream_error": inner}}
    api = Api(message(thinking("Hm."), "So."), reply(body, 400), message("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER)
        response = await provider.chat([*USER, first.message, *USER])

    assert response.text == "Done."
    assert b"Hm." not in api.requests[-1].content
