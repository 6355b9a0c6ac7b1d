"""Every error of the service has its class, the service's words and what to do."""

import pytest
from provider_openai import ResponsesCompatibleProvider
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

from ._api import KEY, MODEL, USER, Api, ask, error, events_of, reply, response, stream

BOTH = pytest.mark.parametrize("streamed", [False, True])
TOO_LONG = "Your input exceeds the context window of this model. Please adjust your input."
CASES = [
    (400, error("invalid_value", "bad thing"), ProviderRequestError),
    (400, error("context_length_exceeded", TOO_LONG), ContextLengthError),
    (400, error("model_not_found", "The requested model 'x' does not exist."), "model"),
    (401, error("invalid_api_key", "Incorrect API key provided"), ProviderAuthError),
    (403, error("unsupported_country_region_territory", "not here"), ProviderPermissionError),
    (404, error("model_not_found", "The model `x` does not exist"), "model"),
    (429, error("rate_limit_exceeded", "slow down", "tokens"), ProviderRateLimitError),
    (429, error("insufficient_quota", "check your plan", "insufficient_quota"), "quota"),
    (429, error("billing_hard_limit_reached", "limit", "billing"), "quota"),
    (429, error("organization_spend_limit_exceeded", "limit"), "quota"),
    (500, error("server_error", "sorry", "server_error"), ProviderUnavailableError),
    (503, error("server_is_overloaded", "busy", "service_unavailable_error"), "overloaded"),
    (504, error(None, "took too long", "timeout"), ProviderTimeoutError),
]
KINDS = {
    "model": ProviderModelNotFoundError,
    "quota": ProviderQuotaError,
    "overloaded": ProviderOverloadedError,
}
BY_CODE = [
    ("rate_limit_exceeded", ProviderRateLimitError),
    ("insufficient_quota", ProviderQuotaError),
    ("context_length_exceeded", ContextLengthError),
    ("model_not_found", ProviderModelNotFoundError),
    ("invalid_prompt", ProviderRequestError),
    ("invalid_image_url", ProviderRequestError),
    ("image_too_large", ProviderRequestError),
    ("failed_to_download_image", ProviderRequestError),
    ("server_error", ProviderUnavailableError),
    ("server_is_overloaded", ProviderOverloadedError),
    ("slow_down", ProviderOverloadedError),
    ("vector_store_timeout", ProviderTimeoutError),
    ("a_later_code", ProviderResponseError),
]


async def _failure(answer, streamed=False, **options):
    with pytest.raises(ProviderError) as caught:
        await ask(answer, streamed=streamed, **options)
    return caught.value


@BOTH
@pytest.mark.parametrize(("status", "body", "kind"), CASES)
async def test_classes(status, body, kind, streamed):
    """Each error has its class, also for a call that wants a stream."""
    failure = await _failure(reply(body, status), streamed)

    assert type(failure) is KINDS.get(kind, kind)
    assert failure.status == status
    assert body["error"]["message"] in str(failure)
    assert failure.hint


def _nested(code, said):
    return stream({"type": "error", "error": {"code": code, "message": said, "param": None}})


def _flat(code, said):
    return stream({"type": "error", "code": code, "message": said, "param": None})


def _failed(code, said):
    failed = response(status="failed", **{"error": {"code": code, "message": said}})
    return stream({"type": "response.failed", "response": failed})


def _despite_success(code, said):
    failed = response(status="failed", **{"error": {"code": code, "message": said}})
    return reply(failed)


@pytest.mark.parametrize("form", [_nested, _flat, _failed, _despite_success])
@pytest.mark.parametrize(("code", "kind"), BY_CODE)
async def test_classes_despite_success(code, kind, form):
    """Inside an answer there is no status, and the code decides, in each form of an error."""
    failure = await _failure(form(code, "its words"), form is not _despite_success)

    assert type(failure) is kind
    assert "its words" in str(failure)


@pytest.mark.parametrize("form", [_nested, _flat, _failed])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Rate limit reached. Please try again in 11.054s. Visit …", 11.054),
        ("Please try again in 28ms.", 0.028),
        ("Try again in 35 seconds", 35),
        ("Please try again in 1m2.5s.", 62.5),
        ("Please retry again in 6m0s", 360),
        ("Please try again in 3m.", 180),
        ("Please try again in a while.", None),
        ("Slow down.", None),
    ],
)
async def test_wait_in_words(said, seconds, form):
    """Inside a stream only the words say how long to wait."""
    failure = await _failure(form("rate_limit_exceeded", said), True)

    assert failure.retry_after == (None if seconds is None else pytest.approx(seconds))


async def test_wait_in_a_header():
    """The header says it for a status; the words do not count."""
    body = error("rate_limit_exceeded", "Please try again in 28ms.", "tokens")
    failure = await _failure(reply(body, 429, retry_after="7"))

    assert failure.retry_after == 7


@pytest.mark.parametrize("begun", [0, 2])
async def test_rate_limit_before_the_first_item_is_tried_again(begun):
    """A rate limit usually comes in a stream, before its first item: the call is made again."""
    failed = {"type": "error", **error("rate_limit_exceeded", "try again in 1ms")}
    api = Api(stream(*events_of(response("Blue."))[:begun], failed), response("Blue."))
    async with api.provider(max_retries=1) as provider:
        found = await (await provider.chat(USER, MODEL, stream=True)).collect()

    assert (found.text, len(api.requests)) == ("Blue.", 2)


async def test_failure_without_an_error():
    """A failed answer that says no more is an error all the same."""
    failure = await _failure(response("Bl", status="failed"))
    streamed = await _failure(response("Bl", status="failed"), streamed=True)

    assert type(failure) is type(streamed) is ProviderResponseError
    assert streamed.partial.text == "Bl"


async def test_error_beside_the_failed_answer():
    """A gateway may put the error beside the answer that failed."""
    failed = response(status="failed")
    event = {"type": "response.failed", "response": failed, **error("server_error", "upstream")}
    failure = await _failure(stream(event), True)

    assert type(failure) is ProviderUnavailableError
    assert "upstream" in str(failure)


async def test_quota_is_not_tried_again():
    """Used up quota is not tried again, and the hint says where to look."""
    api = Api(reply(error("insufficient_quota"), 429))
    async with api.provider(max_retries=2) as provider:
        with pytest.raises(ProviderQuotaError, match="settings/organization/billing"):
            await provider.chat(USER, MODEL)

    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (reply({"detail": "Could not parse your token"}, 401), ProviderAuthError, "parse"),
        (reply({"code": "invalid-argument", "error": "bad key"}, 400), ProviderRequestError, "bad"),
        (reply({"success": False, "error": "Unauthorized"}, 401), ProviderAuthError, "Unauth"),
        (
            reply(
                {"success": False, "error": [{"message": "Invalid input", "path": ["input"]}]}, 400
            ),
            ProviderRequestError,
            "Invalid input",
        ),
        (reply(b"<html><title>Bad gateway", 502), ProviderUnavailableError, "502"),
        (reply(b"", 503), ProviderOverloadedError, "503"),
        (reply({"error": {"message": "broken"}}, 200), ProviderResponseError, "broken"),
        (reply({"message": "broken"}, 200), ProviderResponseError, "broken"),
    ],
)
async def test_other_forms(answer, kind, words):
    """Other services and gateways have other forms of errors."""
    failure = await _failure(answer)

    assert type(failure) is kind
    assert words in str(failure)


PATHS = [
    reply({"detail": "Not Found"}, 404),
    reply({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, 404),
    reply(b"404 page not found", 404),
    reply(b"<html><title>Not Found</title>", 404),
    reply(error(None, "Invalid URL (POST /v1/responses)"), 404),
    reply({"detail": "Method Not Allowed"}, 405),
    reply(b"", 501),
]


@BOTH
@pytest.mark.parametrize("answer", PATHS)
async def test_server_without_the_api(answer, streamed):
    """A server without the Responses API is told in one sentence that names `openai`."""
    failure = await _failure(answer, streamed)

    assert failure.hint == (
        "This server may not have the Responses API: the provider 'openai' speaks chat completions."
    )


@pytest.mark.parametrize(
    "said",
    [
        "The requested model 'gpt-4o-audio-preview' is not supported with the Responses API.",
        "This model is only supported in v1/chat/completions and not in v1/responses.",
        "The requested model 'gpt-5-search-api' cannot be used with the Responses API.",
        "Unsupported model for the v1/responses endpoint. Use v1/chat/completions instead.",
    ],
)
@pytest.mark.parametrize("status", [400, 404])
async def test_model_of_the_other_api(said, status):
    """A model that only chat completions serve is told in one sentence that names `openai`."""
    failure = await _failure(reply(error(None, said), status))

    assert failure.hint == (
        "Ask this model through the provider 'openai', which speaks chat completions."
    )


@pytest.mark.parametrize(
    "answer",
    [
        reply(error("model_not_found", "The model `x` does not exist"), 404),
        reply({"error": "model 'x' not found"}, 404),
    ],
)
async def test_missing_model(answer):
    """A model that the server does not have is no reason to use another provider."""
    assert "'openai'" not in (await _failure(answer)).hint


async def test_hints_of_other_services():
    """Hints of other services name neither OpenAI's pages nor its other provider."""

    class AcmeProvider(ResponsesCompatibleProvider):
        name = "acme"
        base_url = "https://api.acme.example/v1"

    for answer in (*PATHS, reply(error("invalid_api_key"), 401), reply(b"", 403)):
        async with Api(answer).provider(AcmeProvider) as provider:
            with pytest.raises(ProviderError) as caught:
                await provider.chat(USER, MODEL)
        assert "openai" not in str(caught.value.hint)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "Check the key at https://"), (403, "the key and its project")]
)
async def test_hints_about_the_key(status, words):
    """A key that is rejected, or may not do this, is checked on the page of keys."""
    failure = await _failure(reply(error(None), status))

    assert words in failure.hint
    assert "The credential came from the api_key argument." in failure.hint


async def test_items_that_are_not_stored():
    """An item that the service did not store is no model that is missing."""
    said = "Item with id 'ws_1' not found. Items are not persisted when `store` is set to false."
    failure = await _failure(reply(error(None, said), 404))

    assert type(failure) is ProviderRequestError
    assert failure.status == 404


async def test_key_is_not_repeated():
    """A service that repeats the key does not spread it."""
    for answer in (reply(error("invalid_api_key", f"wrong: {KEY}"), 401), _flat("x", KEY)):
        failure = await _failure(answer, True)

        assert KEY not in str(failure)
        assert KEY not in repr(failure.__dict__)
