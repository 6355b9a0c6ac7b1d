"""Mutants that SECRET must kill: those who repeat what the service repeats."""

from __future__ import annotations

from typing import Any, ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    HttpReply,
    ModelInfo,
    OpenAIDialect,
    ProviderError,
    ProviderResponseError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class Careless(Mutable):
    """The ground of mutants that do not redact everything."""

    def repeats(self, reply: HttpReply | None) -> bool:
        """Whether the message of an error is passed on unchanged."""
        return True

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        session: Any = self._session
        self._with_care, session.described = session.described, self._without_care

    def _without_care(
        self, error: ProviderError, *, model: str | None = None, reply: HttpReply | None = None
    ) -> ProviderError:
        words = error.message
        described: ProviderError = self._with_care(error, model=model, reply=reply)
        if self.repeats(reply):
            described.message, described.args = words, (words,)
        return described


@mutant("PC-SECRET-008", "the error of a call: not to hold the credential")
class RedactsNothing(Careless):
    """Passes on the service's message as they are."""


@mutant("PC-SECRET-008", "the error of a call: to hold the message around it")
class RedactsEverything(Mutable):
    """Drops the whole message where the credential is in it."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error, or hardly anything of it."""
        if "[redacted]" in error.message:
            error.message = "[redacted]"
        return error


@mutant("PC-SECRET-009", "the error inside a stream: not to hold the credential")
class RedactsOnlyFailedReplies(Careless):
    """Redacts errors with an error status, and no others."""

    def repeats(self, reply: HttpReply | None) -> bool:
        """Whether the reply was a success."""
        return reply is not None and reply.status < 300


@mutant("PC-SECRET-010", "the error for a page: not to hold the credential")
class RedactsOnlyJson(Careless):
    """Redacts what it reads in errors of the protocol, and no others."""

    last: HttpReply | None = None

    def repeats(self, reply: HttpReply | None) -> bool:
        """Whether the reply was in another form."""
        self.last = reply or self.last
        return self.last is not None and not self.last.body.startswith(b"{")


@mutant("PC-SECRET-011", "the error that quotes an address: not to hold the credential")
class RedactsOnlyPlain(Mutable):
    """Knows the credential only as it was given."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        redactor: Any = _Plain(self._session.headers.get("authorization", "")[7:])
        self._session._redact = redactor


class _Plain:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, text: str) -> str:
        return text.replace(self._secret, "[redacted]")


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

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error without the credential."""
        error.message = self._session._redact(error.message)
        error.args = (error.message,)
        return error


@mutant("PC-SECRET-013", "the error of list_models(): not to hold the credential")
class RepeatsInList(Careless):
    """Redacts everywhere but where it lists models."""

    lists = False

    def repeats(self, reply: HttpReply | None) -> bool:
        """Whether models are being listed."""
        return self.lists

    async def describe_models(self) -> list[ModelInfo]:
        """List, without care."""
        self.lists = True
        try:
            return await super().describe_models()
        finally:
            self.lists = False
