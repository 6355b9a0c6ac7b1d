"""The error tree."""

import copy
import pickle
import re

import httpx
import provider_sdk
import pytest
from provider_sdk import (
    AllProvidersFailedError,
    BudgetExceededError,
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
    RegistryError,
    StreamInterruptedError,
    StreamTimeoutError,
    UnknownProviderError,
    UnsupportedCapabilityError,
    error_class_of,
)

from ._clock import on_the_clock
from ._service import KEY, STALL, USER, Reply, Service, chunk, failing, opened, sse, streamed

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
    AllProvidersFailedError: ProviderUnavailableError,
    ProviderResponseError: ProviderError,
    StreamInterruptedError: ProviderResponseError,
    StreamTimeoutError: StreamInterruptedError,
    BudgetExceededError: ProviderError,
    RegistryError: ProviderError,
    UnknownProviderError: RegistryError,
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


def test_a_registry_error_is_a_value_error_too():
    """Handlers of bad arguments catch it, and those of missing keys an unknown name."""
    assert issubclass(RegistryError, ValueError)
    assert issubclass(UnknownProviderError, KeyError)
    assert str(UnknownProviderError("no 'x'", hint="Try 'y'.")) == "no 'x'. Try 'y'."


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


FAILURES = {
    **{str(status): failing(status) for status in (302, 304, 400, 401, 402, 403, 404, 408, 413)},
    **{str(status): failing(status) for status in (422, 429, 500, 503, 504, 529)},
    "page": Reply(b"<html></html>"),
    "stream": Reply(b"data: {}\n\n"),
    "refused": httpx.ConnectError("refused"),
    "late": httpx.ConnectTimeout("late"),
    "reset": httpx.ReadError("reset"),
    "another protocol": httpx.RemoteProtocolError("illegal status line"),
    "too late": streamed(STALL),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@on_the_clock
async def test_what_to_do_is_said_in_plain_words(failure, monkeypatch):
    """People read it who write no Python: at a terminal, in the log of an application."""
    monkeypatch.setenv("ACME_API_KEY", KEY)
    provider = Service(failure).provider(api_key=None, max_retries=0)

    with pytest.raises(ProviderError) as caught:
        await provider.chat(USER)

    plain = caught.value.hint.replace("ACME_API_KEY", "")
    assert not re.search(r"`|\(\)|\w=|[a-z]_[a-z]", plain)


@on_the_clock
async def test_what_to_do_with_a_cut_stream_is_said_in_plain_words():
    """The rest is asked for anew."""
    stream, _ = await opened(sse(chunk("Bl")))

    with pytest.raises(StreamInterruptedError, match=r"Ask again; what had arrived"):
        await stream.collect()
