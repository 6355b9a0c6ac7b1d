"""Mutants that ERROR must kill: errors of the wrong class, or that know too little."""

from __future__ import annotations

from typing import Any, ClassVar

from provider_sdk import (
    ChatResponse,
    ChatStream,
    ContextLengthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Call, Mutable


class Confusing(Mutable):
    """The ground of mutants that raise one class for another."""

    takes: ClassVar[type[ProviderError]]
    it_for: ClassVar[type[ProviderError]]

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error as another one."""
        if type(error) is not self.takes:
            return error
        other = self.it_for(error.message, provider=error.provider, model=error.model)
        other.status, other.request_id = error.status, error.request_id
        other.retry_after, other.hint = error.retry_after, error.hint
        return other


@mutant("PC-ERROR-001", "a call that fails with bad_request: to raise ProviderRequestError")
class RejectionIsUnavailable(Confusing):
    """Takes everything that is not a success for an outage."""

    takes, it_for = ProviderRequestError, ProviderUnavailableError


@mutant("PC-ERROR-001", "a call that fails with bad_request: to raise ProviderRequestError")
class AnswersErrors(Mutable):
    """Returns the error as if the model had said it."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Answer, with whatever there is."""
        try:
            return await call()
        except ProviderError as error:
            return ChatResponse(text=f"Error: {error}")


@mutant("PC-ERROR-001", "the class of the error of a call that fails with bad_request")
class RejectionIsTooLong(Confusing):
    """Takes every rejection for a conversation that is too long."""

    takes, it_for = ProviderRequestError, ContextLengthError


@mutant("PC-ERROR-002", "a call that fails with context_length: to raise ContextLengthError")
class TooLongIsRejection(Confusing):
    """Does not tell a long conversation from a wrong parameter."""

    takes, it_for = ContextLengthError, ProviderRequestError


@mutant("PC-ERROR-003", "to raise ProviderModelNotFoundError")
class UnknownModelIsRejection(Confusing):
    """Takes every 4xx for a rejected request."""

    takes, it_for = ProviderModelNotFoundError, ProviderRequestError


@mutant("PC-ERROR-004", "a call that fails with rate_limit: to raise ProviderRateLimitError")
class LimitIsOverload(Confusing):
    """Takes a rate limit for an overloaded service."""

    takes, it_for = ProviderRateLimitError, ProviderOverloadedError


@mutant("PC-ERROR-005", "a call that fails with quota: to raise ProviderQuotaError")
class QuotaIsLimit(Confusing):
    """Looks at the status only, which is that of a rate limit."""

    takes, it_for = ProviderQuotaError, ProviderRateLimitError


@mutant("PC-ERROR-006", "a call that fails with overloaded: to raise ProviderOverloadedError")
class OverloadIsFailure(Confusing):
    """Takes every 5xx for the same."""

    takes, it_for = ProviderOverloadedError, ProviderUnavailableError


@mutant("PC-ERROR-007", "a call that fails with server: to raise ProviderUnavailableError")
class FailureIsBrokenAnswer(Confusing):
    """Takes a failing service for one that answers nonsense."""

    takes, it_for = ProviderUnavailableError, ProviderResponseError


@mutant("PC-ERROR-008", "a call that fails with timeout: to raise ProviderTimeoutError")
class TimeoutIsFailure(Confusing):
    """Does not tell a late back end from a broken one."""

    takes, it_for = ProviderTimeoutError, ProviderUnavailableError


@mutant("PC-ERROR-009", "the text of the error for")
class SaysOnlyStatus(Mutable):
    """Tells the status instead of the service's message."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with other words."""
        if error.status is not None:
            error.message = f"Error code: {error.status}"
        return error


@mutant("PC-ERROR-010", "error.model")
class ForgetsModel(Mutable):
    """Does not say which model was asked."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without the model."""
        error.model = None
        return error


@mutant("PC-ERROR-010", "error.provider")
class SignsAsAnother(Mutable):
    """Signs its errors with the name of the protocol."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with another name."""
        error.provider = "openai"
        return error


@mutant("PC-ERROR-011", "error.status of a reply with")
class ForgetsStatus(Mutable):
    """Leaves the status out of its errors."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without the status."""
        error.status = None
        return error


@mutant("PC-ERROR-011", "error.status where no reply came: None")
class InventsStatus(Mutable):
    """Calls every failed connection a 503."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with some status."""
        error.status = error.status or 503
        return error


@mutant("PC-ERROR-012", "error.request_id")
class ForgetsRequestId(Mutable):
    """Leaves the id of the exchange out of its errors."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without the id."""
        error.request_id = None
        return error


@mutant("PC-ERROR-012", "error.request_id where none was sent: None")
class InventsRequestId(Mutable):
    """Makes up an id when the service gave none."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with some id."""
        error.request_id = error.request_id or "unknown"
        return error


@mutant("PC-ERROR-013", "error.retry_after")
class ForgetsWait(Mutable):
    """Does not read how long to wait."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without the wait."""
        error.retry_after = None
        return error


@mutant("PC-ERROR-013", "error.retry_after: None")
class InventsWait(Mutable):
    """Asks for a second of waiting in the service's name."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error with some wait."""
        error.retry_after = 1.0 if error.retry_after is None else error.retry_after
        return error


@mutant("PC-ERROR-010", "error.model of a call to another model")
class NamesFirstModel(Mutable):
    """Names the model of its first call in every error."""

    first: str | None = None

    async def _changed_chat(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> ChatResponse | ChatStream:
        self.first = self.first or model
        try:
            return await super()._changed_chat(messages, model, stream, options)
        except ProviderError as error:
            error.model = self.first
            raise
