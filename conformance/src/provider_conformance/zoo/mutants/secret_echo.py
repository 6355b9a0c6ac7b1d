"""Mutants that SECRET must kill: those who repeat what the service repeats."""

from __future__ import annotations

from typing import Any, ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    HttpExchange,
    HttpReply,
    HttpRequest,
    ModelInfo,
    OpenAIDialect,
    ProviderError,
    ProviderResponseError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class Careless(Mutable):
    """The ground of mutants that do not redact everything."""

    def repeats(self, call: ChatCall | None) -> bool:
        """Whether a text of the service is passed on as it came."""
        return True

    def redact(self, text: str, call: ChatCall | None = None) -> str:
        """Return the text without the credential, or as it is."""
        return text if self.repeats(call) else super().redact(text, call)


@mutant("PC-SECRET-008", "the error of a call: not to hold the credential")
class RedactsNothing(Careless):
    """Passes on the service's message as they are."""


@mutant("PC-SECRET-008", "the error of a call: not to hold the credential")
class RedactsShortMessagesOnly(Mutable):
    """Saves itself the work of looking through long messages."""

    def redact(self, text: str, call: ChatCall | None = None) -> str:
        """Return the text without the credential if that is quickly done."""
        return text if len(text) > 1000 else super().redact(text, call)


@mutant("PC-SECRET-008", "the error of a call: to hold the message around it")
class RedactsEverything(Mutable):
    """Drops the whole message when the credential is in it."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error, or hardly anything of it."""
        if "[redacted]" in error.message:
            error.message = "[redacted]"
        return error


@mutant("PC-SECRET-009", "the error inside a stream: not to hold the credential")
class RedactsOnlyFailedReplies(Careless):
    """Redacts errors with an error status, and no others."""

    status = 0

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request, and remember the status of the reply."""
        exchange = await super().open(request)
        self.status = exchange.status
        return exchange

    def repeats(self, call: ChatCall | None) -> bool:
        """Whether the reply was a success."""
        return 200 <= self.status < 300


@mutant("PC-SECRET-010", "the error for a page: not to hold the credential")
class RedactsOnlyJson(Careless):
    """Redacts what it reads in errors of the protocol, and no others."""

    is_json = True

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request, and look at the first byte of the reply."""
        exchange = await super().open(request)
        self.is_json = (await exchange.peek()).startswith(b"{")
        return exchange

    def repeats(self, call: ChatCall | None) -> bool:
        """Whether the reply was in another form."""
        return not self.is_json


@mutant("PC-SECRET-011", "the error that quotes an address: not to hold the credential")
class RedactsOnlyPlain(Mutable):
    """Knows the credential only as it was given."""

    def redact(self, text: str, call: ChatCall | None = None) -> str:
        """Return the text without the credential in its plain form."""
        return text.replace(self.api_key, "[redacted]")


class _KeepsBody(OpenAIDialect):
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        try:
            return super().parse_chat(call, reply)
        except ProviderResponseError as error:
            vars(error)["body"] = reply.body.decode(errors="replace")
            raise


@mutant("PC-SECRET-012", "what is raised for a page: not to hold the credential")
class KeepsBody(Mutable):
    """Keeps the body of a reply that it cannot read with the error."""

    dialect: ClassVar[Any] = _KeepsBody()


@mutant("PC-SECRET-013", "the reason of probe(): not to hold the credential")
class RepeatsInReason(Careless):
    """Redacts the errors of chat() only."""

    def repeats(self, call: ChatCall | None) -> bool:
        """Whether it was no chat."""
        return call is None


@mutant("PC-SECRET-013", "the error of list_models(): not to hold the credential")
class RepeatsInList(Careless):
    """Redacts every error but those of model lists."""

    lists = False

    def repeats(self, call: ChatCall | None) -> bool:
        """Whether models are being listed."""
        return self.lists

    async def describe_models(self) -> list[ModelInfo]:
        """List, without care."""
        self.lists = True
        try:
            return await super().describe_models()
        finally:
            self.lists = False


@mutant("PC-SECRET-030", "the error of a call with gateway-authorization: not to hold")
class RedactsOwnCredentialOnly(Mutable):
    """Knows its own credential, and none that a call brings."""

    def redact(self, text: str, call: ChatCall | None = None) -> str:
        """Return the text without the provider's credential."""
        return super().redact(text)
