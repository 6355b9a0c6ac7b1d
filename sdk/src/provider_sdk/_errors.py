"""All errors that a provider may raise.

::

    ProviderError
     ├─ ProviderAuthError                 credential missing or rejected
     │   └─ ProviderPermissionError       credential accepted, but not for this
     ├─ ProviderRateLimitError            too many requests now; waiting helps
     ├─ ProviderQuotaError                allowance used up; waiting does not help
     ├─ ProviderModelNotFoundError        the model is unknown or not offered
     ├─ ProviderRequestError              the request is wrong; sending it again is useless
     │   ├─ ContextLengthError            messages longer than the model reads
     │   └─ UnsupportedCapabilityError    refused before anything was sent
     ├─ ProviderUnavailableError          nothing usable answered
     │   ├─ ProviderTimeoutError          not within the time allowed
     │   ├─ ProviderOverloadedError       the service says that it is too busy
     │   └─ AllProvidersFailedError       no provider of a router could answer
     ├─ ProviderResponseError             an answer came, and cannot be used
     │   └─ StreamInterruptedError        a stream that ended before its answer did
     │       └─ StreamTimeoutError        … because it fell silent (also a ProviderTimeoutError)
     ├─ BudgetExceededError               the caller's own limit is reached; nothing was sent
     └─ RegistryError                     a provider cannot be registered, found or loaded
         └─ UnknownProviderError          no provider has that name
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provider_sdk._responses import ChatResponse
    from provider_sdk._routing.route import Attempt


class ProviderError(Exception):
    """Something between the caller and the model went wrong.

    Every keyword is an attribute, ``None`` if unknown. ``str(error)`` is the service's own
    message followed by ``hint``; neither ever holds a credential.

    Attributes:
        message: what happened; the service's own message if it sent one.
        provider: name of the provider, such as ``"hf"``.
        model: the model that was asked for.
        status: HTTP status of the answer; ``None`` when no answer came.
        request_id: the service's id of the exchange, for its support.
        served_by: the back end that answered, if a router names it.
        retry_after: seconds that the service asks to wait.
        hint: what to do next.
        partial: what had arrived before a stream failed.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        served_by: str | None = None,
        retry_after: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.model = model
        self.status = status
        self.request_id = request_id
        self.served_by = served_by
        self.retry_after = retry_after
        self.hint = hint
        self.partial: ChatResponse | None = None

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        message = self.message.rstrip()
        stop = "" if message.endswith((".", "!", "?", ":")) else "."
        return f"{message}{stop} {self.hint}"


class ProviderAuthError(ProviderError):
    """The credential is missing, or the service rejects it."""


class ProviderPermissionError(ProviderAuthError):
    """The credential is accepted, but does not permit this call."""


class ProviderRateLimitError(ProviderError):
    """Too many requests at the moment; ``retry_after`` says how long to wait, if it is known."""


class ProviderQuotaError(ProviderError):
    """Credits or allowance are used up; never retried."""


class ProviderModelNotFoundError(ProviderError):
    """The service does not know the model, or does not offer it to this account."""


class ProviderRequestError(ProviderError):
    """The request was rejected, by the service or before it left."""


class ContextLengthError(ProviderRequestError):
    """The messages are longer than the model's context window."""


class UnsupportedCapabilityError(ProviderRequestError):
    """The provider cannot do what was asked; nothing was sent."""


class ProviderUnavailableError(ProviderError):
    """The service could not be reached, or failed on its side.

    Attributes:
        unreachable: whether there was no connection, so that nothing was sent.
    """

    unreachable: bool = False


class ProviderTimeoutError(ProviderUnavailableError):
    """No answer within the time allowed."""


class ProviderOverloadedError(ProviderUnavailableError):
    """The service is too busy to answer."""


class AllProvidersFailedError(ProviderUnavailableError):
    """No provider of a router could answer; the text names each and says why.

    Attributes:
        attempts: what became of each candidate, in order.
    """

    attempts: tuple[Attempt, ...] = ()


class ProviderResponseError(ProviderError):
    """An answer came and cannot be used: not in the protocol, broken, or cut."""


class StreamInterruptedError(ProviderResponseError):
    """A stream ended before its answer did; ``partial`` holds what came.

    It had neither terminator nor finish reason, or a finish reason that means a broken end.
    """


class StreamTimeoutError(StreamInterruptedError, ProviderTimeoutError):
    """A stream fell silent for longer than the idle limit; ``partial`` holds what came."""


class BudgetExceededError(ProviderError):
    """A limit that the caller has set is reached; nothing was sent."""


class RegistryError(ProviderError, ValueError):
    """A provider's registration is not valid, collides with another, or leads to broken code."""


class UnknownProviderError(RegistryError, KeyError):
    """No provider has that name."""


_BY_STATUS: dict[int, type[ProviderError]] = {
    401: ProviderAuthError,
    402: ProviderQuotaError,
    403: ProviderPermissionError,
    404: ProviderModelNotFoundError,
    408: ProviderTimeoutError,
    410: ProviderModelNotFoundError,
    429: ProviderRateLimitError,
    503: ProviderOverloadedError,
    504: ProviderTimeoutError,
    529: ProviderOverloadedError,
}


def error_class_of(status: int) -> type[ProviderError]:
    """Return the error class for an HTTP status, if the service says nothing more precise."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return ProviderUnavailableError
    return ProviderRequestError if status >= 400 else ProviderResponseError


_HINTS: tuple[tuple[type[ProviderError], str], ...] = (
    (ProviderPermissionError, "Ask for permission, or use another credential."),
    (ProviderAuthError, "Check the credential."),
    (ProviderQuotaError, "Waiting does not help: add credit, or use another provider."),
    (
        ProviderModelNotFoundError,
        "Check the model's name and the base URL, or list the models.",
    ),
    (ContextLengthError, "Shorten the conversation, or choose a model that reads more."),
    (ProviderRequestError, "Change the request; sent again as it is, it fails again."),
    (ProviderRateLimitError, "Wait before the next call, or send fewer at once."),
    (ProviderTimeoutError, "Stream long answers."),
    (ProviderUnavailableError, "Try again later, or use another provider."),
)


def default_hint(error: ProviderError) -> str | None:
    """Return what to do about an error of this class, if the service says nothing more precise."""
    return next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)
