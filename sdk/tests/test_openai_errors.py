"""Error bodies of OpenAI-compatible services."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
    ProviderTimeoutError,
    ProviderUnavailableError,
    foreign_error,
)

from ._answers import DIALECT, JSON, reply
from ._service import KEY, USER, Reply, Service


def error_of(body, status=400, **headers):
    """The error that a reply means."""
    return DIALECT.parse_error(reply(body, status, **headers))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "it broke"}, "it broke"),
        ({"error": ["it", "broke"]}, "it; broke"),
        ({"error": {"message": "it broke", "type": "t", "param": None, "code": None}}, "it broke"),
        ({"error": {"message": {"detail": 1}}, "message": "it broke"}, "it broke"),
        ({"error": "invalid_token", "error_description": "it broke"}, "it broke"),
        ({"errors": [{"message": "it"}, {"message": "broke"}]}, "it; broke"),
        ({"errors": ["it broke"]}, "it broke"),
        ({"message": "it broke"}, "it broke"),
        ({"object": "error", "message": "it broke", "code": 40301}, "it broke"),
        ({"detail": [{"loc": ["body", "x"], "msg": "it broke", "type": "t"}]}, "it broke"),
        ({"detail": "it broke"}, "it broke"),
        ([{"error": {"message": "it broke"}}], "it broke"),
        ("it broke", "it broke"),
        (["it", "broke"], "it; broke"),
        (b"it broke\n", "it broke"),
        (b"<html><head><title>\n it\n broke</title></head><body>x</body></html>", "it broke"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_every_shape_has_its_message(body, message):
    """The service's own words are found in all the shapes that services use."""
    assert error_of(body).message == message


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"<html><body>x</body></html>", {}, [], {"error": None}, {"error": ""}]
)
def test_the_headers_speak_for_a_silent_body(body):
    """``X-Error-Message`` counts where the body says nothing."""
    error = error_of(body, 401, x_error_message="bad token", x_error_code="Unauthorized")

    assert error.message == "bad token"


def test_the_status_speaks_where_nothing_else_does():
    """There is always a message."""
    assert error_of(b"", 502).message == "HTTP 502 Bad Gateway"
    assert error_of(b"", 599).message == "HTTP 599"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProviderRequestError),
        (401, ProviderAuthError),
        (402, ProviderQuotaError),
        (403, ProviderPermissionError),
        (404, ProviderModelNotFoundError),
        (405, ProviderRequestError),
        (408, ProviderTimeoutError),
        (409, ProviderRequestError),
        (413, ProviderRequestError),
        (422, ProviderRequestError),
        (429, ProviderRateLimitError),
        (500, ProviderUnavailableError),
        (502, ProviderUnavailableError),
        (503, ProviderOverloadedError),
        (504, ProviderTimeoutError),
        (529, ProviderOverloadedError),
    ],
)
def test_every_status_has_its_class(status, kind):
    """Where the body says no more, the status decides."""
    assert type(error_of({"error": "it broke"}, status)) is kind


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, {"code": "insufficient_quota"}, ProviderQuotaError),
        (429, {"type": "insufficient_quota"}, ProviderQuotaError),
        (429, {"code": "billing_hard_limit_reached"}, ProviderQuotaError),
        (429, {"code": "credit_balance_exhausted"}, ProviderQuotaError),
        (429, {"code": "organization_spend_limit_exceeded"}, ProviderQuotaError),
        (429, {"code": "project_spend_limit_exceeded"}, ProviderQuotaError),
        (429, {"code": "organization_usage_limit_exceeded"}, ProviderQuotaError),
        (400, {"code": "model_not_supported"}, ProviderModelNotFoundError),
        (400, {"code": "model_not_found"}, ProviderModelNotFoundError),
        (400, {"code": "invalid_api_key"}, ProviderAuthError),
        (400, {"code": "context_length_exceeded"}, ContextLengthError),
        (
            400,
            {"message": "This model's maximum context length is 8192 tokens."},
            ContextLengthError,
        ),
        (400, {"message": "Please reduce the length of the messages."}, ContextLengthError),
        (400, {"type": "exceed_context_size_error"}, ContextLengthError),
        (413, {"message": "prompt is too long: 9 tokens > 5 maximum"}, ContextLengthError),
        (
            422,
            {"message": "`inputs` tokens + `max_new_tokens` must be <= 8192"},
            ContextLengthError,
        ),
        (500, {"message": "the request exceeds the available context size"}, ContextLengthError),
        (500, {"type": "overloaded_error"}, ProviderOverloadedError),
        (429, {"message": "maximum context length"}, ProviderRateLimitError),
        (401, {"message": "maximum context length"}, ProviderAuthError),
    ],
)
def test_what_the_service_says_is_more_than_its_status(status, error, kind):
    """Codes, types and known words name the class more exactly."""
    assert type(error_of({"error": {"message": "it broke", **error}}, status)) is kind


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "Check the credential."),
        (402, "add credit"),
        (403, "Ask for permission"),
        (404, "list the models"),
        (400, "Change the request"),
        (429, "Wait before the next call"),
        (500, "Try again later"),
        (503, "Try again later"),
        (504, "Stream long answers."),
    ],
)
def test_the_error_names_the_remedy(status, hint):
    """``str(error)`` ends with what to do next."""
    assert hint in str(error_of({"error": "it broke"}, status))


def test_a_field_at_fault_is_named():
    """Validation messages often leave out what they are about."""
    detail = [{"loc": ["body", "messages", 0], "msg": "Field required"}]

    assert "messages.0" in str(error_of({"detail": detail}, 422))
    assert "The service names top_p." in str(
        error_of({"error": {"message": "x", "param": "top_p"}})
    )


def test_warnings_of_the_service_are_kept():
    """TGI explains its errors in a list beside them."""
    assert "There was an inference error" in str(
        error_of({"error": "it broke", "warnings": ["There was an inference error: x"]})
    )


@pytest.mark.parametrize(
    ("seconds", "wait"), [(20.0, 20), (3, 3), (-1, None), ("soon", None), (None, None)]
)
def test_the_estimated_time_is_the_wait(seconds, wait):
    """A model that is loading tells when it will be there."""
    assert error_of({"error": "loading", "estimated_time": seconds}, 503).retry_after == wait


async def test_the_error_says_whom_it_comes_from():
    """Provider, model, status and request id are there for logs and support."""
    service = Service(Reply({"error": "bad"}, 400, {"x-request-id": "req-1"}))

    with pytest.raises(ProviderRequestError) as caught:
        await service.provider().chat(USER, "acme-small")

    error = caught.value
    assert (error.provider, error.model, error.status) == ("acme", "acme-small", 400)
    assert error.request_id == "req-1"


async def test_a_rejected_credential_tells_its_source(monkeypatch):
    """Whoever has several knows which one was used."""
    monkeypatch.setenv("ACME_API_KEY", KEY)
    service = Service(Reply({"error": "bad key"}, 401))

    with pytest.raises(ProviderAuthError, match="the environment variable ACME_API_KEY"):
        await service.provider(api_key=None).chat(USER)


async def test_a_long_message_is_cut():
    """A page of text is no message."""
    with pytest.raises(ProviderRequestError) as caught:
        await Service(Reply(b"x" * 100_000, 400)).provider().chat(USER)

    assert len(caught.value.message) == 2000


def test_a_message_may_be_nested_without_end():
    """A body made to exhaust the stack is an error like any other."""
    nested = b'{"error":' + b"[" * 480 + b"]" * 480 + b"}"

    assert isinstance(error_of(nested, 500), ProviderUnavailableError)


BODY = st.dictionaries(
    st.sampled_from(
        [
            "error",
            "errors",
            "detail",
            "message",
            "error_description",
            "error_type",
            "warnings",
            "estimated_time",
            "code",
            "type",
            "param",
        ]
    ),
    JSON,
)


@given(BODY | JSON | st.binary(max_size=50), st.integers(400, 599))
def test_no_body_breaks_the_error(body, status):
    """Whatever a failing service sends, there is an error with a message."""
    error = error_of(body, status)

    assert isinstance(error, ProviderError)
    assert error.message
    assert error.hint is None or error.hint


@pytest.mark.parametrize("body", [{"detail": "it broke"}, b"it broke", b"<title>it broke</title>"])
def test_any_dialect_can_read_what_is_not_its_own(body):
    """What a gateway says keeps its words, and its status decides the class."""
    error = foreign_error(reply(body, 502))

    assert (type(error), error.message) == (ProviderUnavailableError, "it broke")
