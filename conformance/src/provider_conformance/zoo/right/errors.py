"""Right providers whose errors say more."""

from __future__ import annotations

from typing import Any, ClassVar

from provider_sdk import (
    ContextLengthError,
    Dialect,
    HttpReply,
    OpenAIDialect,
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
)

from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider


class AcmeError(ProviderError):
    """An error of one service, with its own code."""

    code: int | None = None


class AcmeAuthError(AcmeError, ProviderAuthError):
    """The credential is rejected."""


class AcmePermissionError(AcmeError, ProviderPermissionError):
    """The credential does not permit this."""


class AcmeRateLimitError(AcmeError, ProviderRateLimitError):
    """Too many requests."""


class AcmeQuotaError(AcmeError, ProviderQuotaError):
    """Nothing is left."""


class AcmeModelNotFoundError(AcmeError, ProviderModelNotFoundError):
    """No such model."""


class AcmeContextLengthError(AcmeError, ContextLengthError):
    """The messages are too long."""


class AcmeRequestError(AcmeError, ProviderRequestError):
    """The request is wrong."""


class AcmeTimeoutError(AcmeError, ProviderTimeoutError):
    """It took too long."""


class AcmeOverloadedError(AcmeError, ProviderOverloadedError):
    """The service is too busy."""


class AcmeUnavailableError(AcmeError, ProviderUnavailableError):
    """The service fails."""


_OWN = (
    AcmePermissionError,
    AcmeAuthError,
    AcmeRateLimitError,
    AcmeQuotaError,
    AcmeModelNotFoundError,
    AcmeContextLengthError,
    AcmeRequestError,
    AcmeTimeoutError,
    AcmeOverloadedError,
    AcmeUnavailableError,
)


def _own(error: ProviderError) -> ProviderError:
    """Return an error as one of the service's own classes."""
    kind = next((kind for kind in _OWN if type(error) is kind.__bases__[1]), None)
    if kind is None:
        return error
    own = kind(error.message)
    vars(own).update(vars(error))
    own.code = error.status
    return own


class _AcmeDialect(OpenAIDialect):
    def make_error(self, status: int | None, found: Any) -> ProviderError:
        return _own(super().make_error(status, found))


@right()
class OwnErrors(ReferenceProvider):
    """Raises errors of its own subclasses, which have a code besides."""

    dialect: ClassVar[Dialect] = _AcmeDialect()


class _ToldDialect(OpenAIDialect):
    def make_error(self, status: int | None, found: Any) -> ProviderError:
        error = super().make_error(status, found)
        error.message = f"Acme answered: {error.message} (see its status page)"
        hint = error.hint or "Look it up."
        error.hint = f"{hint}\n  1. Read the message.\n  2. Ask Acme's support about it."
        return error


@right()
class TellsMore(ReferenceProvider):
    """Puts words around the service's message, and a hint of several lines after it."""

    dialect: ClassVar[Dialect] = _ToldDialect()


class _StrictDialect(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        error.status = reply.status
        error.request_id = self.request_id(reply.headers)
        return error


@right()
class FillsErrorsEarly(ReferenceProvider):
    """Writes status and request id into an error when it reads it."""

    dialect: ClassVar[Dialect] = _StrictDialect()

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return another error of the same class, with a note."""
        error.add_note("seen by the right zoo")
        return error
