"""Mutants that ERROR must kill: those who do not know a status, or trust a body."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from provider_sdk import (
    ChatResponse,
    ChatStream,
    HttpReply,
    OpenAIDialect,
    ProviderError,
    ProviderRequestError,
    ProviderUnavailableError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Call, Mutable


class Flattening(Mutable):
    """The ground of mutants that take some statuses for another class."""

    flattened: ClassVar[frozenset[int]] = frozenset()
    into: ClassVar[type[ProviderError]] = ProviderRequestError

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error, perhaps as another one."""
        if error.status not in self.flattened:
            return error
        other = self.into(error.message, provider=error.provider, model=error.model)
        other.status, other.hint = error.status, error.hint
        return other


@mutant("PC-ERROR-032", "the class of the error of chat() that gets a bare 402")
class PaymentIsRejection(Flattening):
    """Takes a bill for a mistake in the request."""

    flattened = frozenset({402})


@mutant("PC-ERROR-032", "the class of the error of chat() that gets a bare 408")
class LateRequestIsRejection(Flattening):
    """Takes every 4xx that it does not know for a rejected request."""

    flattened = frozenset({408})


@mutant("PC-ERROR-032", "the class of the error of chat() that gets a bare 413")
class LargeRequestIsOutage(Flattening):
    """Knows 400 and 404, and takes all other statuses for an outage."""

    flattened = frozenset({413, 422, 451})
    into = ProviderUnavailableError


@mutant("PC-ERROR-032", "the class of the error of chat() that gets a bare 529")
class OverloadIsOutage(Flattening):
    """Knows only the overload that has the status 503."""

    flattened = frozenset({529})
    into = ProviderUnavailableError


@mutant("PC-ERROR-032", "chat() that gets 204: to raise ProviderError")
class AnswersNoContent(Mutable):
    """Takes every status from 200 to 399 for a success."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, and answer nothing where nothing came."""
        try:
            return await call()
        except ProviderError as error:
            if error.status is None or error.status >= 400:
                raise
        return ChatResponse()


class _KnowsNoLists(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        if b"[" in reply.body:
            error.message = f"HTTP {reply.status}"
        return error


@mutant("PC-ERROR-017", "the text of an error as a list of details: to hold")
class KnowsNoLists(Mutable):
    """Says nothing when the message is in a list."""

    dialect: ClassVar[Any] = _KnowsNoLists()


class _DecodesStrictly(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        try:
            json.loads(reply.body or b"{}")
        except UnicodeDecodeError:
            return ProviderRequestError("the error is not UTF-8", status=reply.status)
        except (ValueError, RecursionError):
            return error
        return error


@mutant("PC-ERROR-038", "the class of the error of chat() that gets an error in Latin-1")
class DecodesStrictly(Mutable):
    """Takes a body in another character set for its own mistake."""

    dialect: ClassVar[Any] = _DecodesStrictly()
