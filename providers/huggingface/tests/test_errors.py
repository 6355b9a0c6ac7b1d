"""Every error of the router has its class, the service's words and what to do."""

import json

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
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from ._router import USER, Reply, Router, error

HTML = {"content-type": "text/html"}
TEXT = {"content-type": "text/plain"}


async def _failure(reply, **options):
    async with Router(reply).provider() as provider:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - its class is the question
            await provider.chat(USER, "acme/one", **options)
    return caught.value


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (error(400, "bad request"), ProviderRequestError, "bad request"),
        (error(400, ["Error in `stream`", "and more"]), ProviderRequestError, "and more"),
        (error(401, "Invalid username or password."), ProviderAuthError, "Invalid username"),
        (Reply(b"Invalid username or password.", 401, TEXT), ProviderAuthError, "Invalid username"),
        (Reply(b'"Invalid username or password."', 401), ProviderAuthError, "Invalid username"),
        (error(402, "You have exceeded your credits"), ProviderQuotaError, "exceeded"),
        (error(403, "not permitted on behalf of ann"), ProviderPermissionError, "ann"),
        (error(404, "Model acme/one does not exist"), ProviderModelNotFoundError, "acme/one"),
        (Reply(b"Not Found", 404, TEXT), ProviderModelNotFoundError, "Not Found"),
        (error(408, "too slow"), ProviderTimeoutError, "too slow"),
        (Reply({"error": "x", "error_type": "validation"}, 422), ProviderRequestError, "x"),
        (
            Reply({"error": "`inputs` must have less than 1024 tokens; tokens must be <= 1"}, 422),
            ContextLengthError,
            "must be <=",
        ),
        (Reply({"detail": [{"msg": "Field required"}]}, 422), ProviderRequestError, "required"),
        (Reply({"detail": "Not authenticated"}, 401), ProviderAuthError, "Not authenticated"),
        (Reply({"object": "error", "message": "Only X"}, 400), ProviderRequestError, "Only X"),
        (Reply({"errors": [{"message": "a"}, {"message": "b"}]}, 400), ProviderRequestError, "b"),
        (
            Reply({"error": "invalid_request", "error_description": "why"}, 400),
            ProviderRequestError,
            "why",
        ),
        (Reply(b"missing field `messages`", 422, TEXT), ProviderRequestError, "missing field"),
        (error(429, "slow down"), ProviderRateLimitError, "slow down"),
        (error(500, {"message": "it broke", "code": "500"}), ProviderUnavailableError, "it broke"),
        (Reply(b"", 500), ProviderUnavailableError, "500"),
        (Reply(b"", 502), ProviderUnavailableError, "502"),
        (error(503, "Model is loading"), ProviderOverloadedError, "loading"),
        (
            Reply({"error": "busy", "error_type": "overloaded"}, 500),
            ProviderOverloadedError,
            "busy",
        ),
        (
            Reply(b"<html><head><title>504 Gateway Time-out</title>", 504, HTML),
            ProviderTimeoutError,
            "504 Gateway Time-out",
        ),
        (Reply(b"<html>no title</html>", 504, HTML), ProviderTimeoutError, "HTTP 504"),
        (Reply(b"", 301, {"location": "/x"}), ProviderResponseError, "redirect"),
        (Reply(b"<html>Sign in</html>", 200, HTML), ProviderResponseError, "HTML"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_class_and_words(reply, kind, words, stream):
    """Whatever shape an error has, its class is right and the service's words are in it."""
    found = await _failure(reply, stream=stream)

    assert type(found) is kind
    assert words in str(found)
    assert (found.provider, found.model) == ("hf", "acme/one")


@pytest.mark.parametrize("body", [b"", b"<html><title>401</title></html>"])
async def test_words_in_the_header(body):
    """Where the body says nothing, the Hub's X-Error-Message does."""
    words = "Invalid credentials in Authorization header"
    found = await _failure(Reply(body, 401, {"x-error-message": words}))

    assert found.message == words


async def test_body_before_the_header():
    """A body that has words is what counts."""
    found = await _failure(error(401, "bad token", x_error_message="Unauthorized"))

    assert found.message == "bad token"


async def test_long_words():
    """A back end's endless message is cut."""
    found = await _failure(error(400, "x" * 100_000))

    assert len(str(found)) < 3000


async def test_quota():
    """Used-up credits are never tried again; the hint names the page and the way out."""
    router = Router(error(402, "You have exceeded your monthly included credits"))
    async with router.provider(max_retries=2) as provider:
        with pytest.raises(ProviderQuotaError) as caught:
            await provider.chat(USER)

    assert len(router.requests) == 1
    assert "https://huggingface.co/settings/billing" in str(caught.value)
    assert "HF_BILL_TO" in str(caught.value)


async def test_permission():
    """A token without the permission learns its name and where to grant it."""
    found = await _failure(error(403, "insufficient permissions"))

    assert '"Make calls to Inference Providers"' in str(found)
    assert "https://huggingface.co/settings/tokens" in str(found)


async def test_timeout_of_a_back_end():
    """A back end that is too slow for one answer suggests streaming."""
    assert "stream" in (await _failure(error(504, "timed out"))).hint


async def test_rate_limit_with_time():
    """The Hub's ratelimit header tells how long to wait."""
    found = await _failure(
        error(429, "slow down", ratelimit='"api";r=0;t=55', ratelimit_policy='"api";q=500;w=300')
    )

    assert found.retry_after == 55


async def test_rate_limit_with_calls_left():
    """A ratelimit header that still allows calls tells no time."""
    assert (await _failure(error(429, "slow down", ratelimit='"api";r=3;t=55'))).retry_after is None


async def test_rate_limit_beyond_all_time():
    """A number that is none is no time to wait."""
    endless = f'"api";r=0;t={"9" * 400}'

    assert (await _failure(error(429, "slow down", ratelimit=endless))).retry_after is None


async def test_rate_limit_with_both():
    """Retry-After counts more than the ratelimit header."""
    found = await _failure(error(429, "slow", retry_after="7", ratelimit='"api";r=0;t=55'))

    assert found.retry_after == 7


async def test_loading():
    """A model that is loading tells how long it will take."""
    found = await _failure(Reply({"error": "Model is loading", "estimated_time": 20.0}, 503))

    assert found.retry_after == 20


async def test_warnings():
    """What a service warns of beside an error is in it."""
    found = await _failure(Reply({"error": "unknown error", "warnings": ["no concat"]}, 500))

    assert "no concat" in str(found)


async def test_nothing_leaks():
    """A body that is no JSON leaves no JSON or transport error behind the provider's own."""
    found = await _failure(Reply(json.dumps({"a": 1}).encode()[:-1], 200))

    assert isinstance(found, ProviderResponseError)
    assert found.__cause__ is None
    assert found.__context__ is None
