"""The error tree."""

import copy
import pickle

import provider_sdk
import pytest
from provider_sdk import (
    ChatResponse,
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
    StreamInterruptedError,
    StreamTimeoutError,
    UnsupportedCapabilityError,
    error_class_of,
)

FIELDS = {
    "provider": "acme",
    "model": "acme-large",
    "status": 429,
    "request_id": "req-1",
    "served_by": "backend",
    "retry_after": 1.5,
    "hint": "Wait.",
}
CLASSES = [
    value
    for value in vars(provider_sdk).values()
    if isinstance(value, type) and issubclass(value, ProviderError)
]
PARENTS = {
    ProviderAuthError: ProviderError,
    ProviderPermissionError: ProviderAuthError,
    ProviderRateLimitError: ProviderError,
    ProviderQuotaError: ProviderError,
    ProviderModelNotFoundError: ProviderError,
    ProviderRequestError: ProviderError,
    ContextLengthError: ProviderRequestError,
    UnsupportedCapabilityError: ProviderRequestError,
    ProviderUnavailableError: ProviderError,
    ProviderTimeoutError: ProviderUnavailableError,
    ProviderOverloadedError: ProviderUnavailableError,
    ProviderResponseError: ProviderError,
    StreamInterruptedError: ProviderResponseError,
    StreamTimeoutError: StreamInterruptedError,
    ProviderError: Exception,
}


def test_the_tree_is_whole():
    """Every error that the package exports has its place in the tree."""
    assert set(CLASSES) == set(PARENTS)


@pytest.mark.parametrize(("child", "parent"), PARENTS.items())
def test_every_error_has_its_place(child, parent):
    """Handlers of a class catch what stands under it."""
    assert child.__bases__[0] is parent


def test_a_silent_stream_is_cut_and_late():
    """Handlers of either catch it."""
    assert issubclass(StreamTimeoutError, StreamInterruptedError)
    assert issubclass(StreamTimeoutError, ProviderTimeoutError)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_keyword_defaults_to_none(kind):
    """What is unknown is ``None``."""
    error = kind("it broke")

    assert {name: getattr(error, name) for name in FIELDS} == dict.fromkeys(FIELDS)
    assert error.partial is None


@pytest.mark.parametrize("kind", CLASSES)
def test_every_keyword_is_an_attribute(kind):
    """What is known can be read."""
    error = kind("it broke", **FIELDS)

    assert {name: getattr(error, name) for name in FIELDS} == FIELDS
    assert error.message == "it broke"


def test_details_are_keywords_only():
    """Nobody has to remember their order."""
    with pytest.raises(TypeError):
        ProviderError("it broke", "acme")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("no credit", "no credit. Add some."),
        ("no credit.", "no credit. Add some."),
        ("no credit! ", "no credit! Add some."),
    ],
)
def test_its_text_is_the_message_and_what_to_do(message, text):
    """The service's own words come first, the remedy second."""
    assert str(ProviderError(message, hint="Add some.")) == text


def test_its_text_is_the_message_where_there_is_no_hint():
    """No hint adds nothing."""
    assert str(ProviderError("no credit")) == "no credit"


@pytest.mark.parametrize("copied", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
@pytest.mark.parametrize("kind", CLASSES)
def test_it_survives_a_copy(kind, copied):
    """Errors pass between processes with all that they know."""
    error = kind("it broke", **FIELDS)
    error.partial = ChatResponse(text="Blu")

    found = copied(error)

    assert type(found) is kind
    assert str(found) == str(error)
    assert vars(found) == vars(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ProviderResponseError),
        (400, ProviderRequestError),
        (401, ProviderAuthError),
        (402, ProviderQuotaError),
        (403, ProviderPermissionError),
        (404, ProviderModelNotFoundError),
        (408, ProviderTimeoutError),
        (422, ProviderRequestError),
        (429, ProviderRateLimitError),
        (500, ProviderUnavailableError),
        (503, ProviderOverloadedError),
        (504, ProviderTimeoutError),
        (529, ProviderOverloadedError),
    ],
)
def test_what_a_status_means_by_itself(status, kind):
    """A dialect needs no table for services that say no more than the status."""
    assert error_class_of(status) is kind
