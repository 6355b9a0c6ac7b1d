"""Mutants that ERROR must kill: replies and connections that they do not see through."""

from __future__ import annotations

import json
import ssl
from http import HTTPStatus
from typing import Any, ClassVar

import httpx
from provider_sdk import (
    ChatCall,
    ChatResponse,
    ChatStream,
    HttpReply,
    OpenAIDialect,
    ProviderError,
    ProviderResponseError,
    ProviderUnavailableError,
    ScriptedSource,
    events_of,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class _PageIsBrokenAnswer(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        try:
            json.loads(reply.body or b"{}")
        except ValueError:
            return ProviderResponseError("the error is not JSON")
        return super().parse_error(reply)


@mutant("PC-ERROR-014", "a call that gets a page with status")
class PageIsBrokenAnswer(Mutable):
    """Reads the body of an error before it looks at the status."""

    dialect: ClassVar[Any] = _PageIsBrokenAnswer()


class _ShowsPage(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        error.message = reply.body.decode() or error.message
        return error


@mutant("PC-ERROR-015", "the text of the error: without markup")
class ShowsPage(Mutable):
    """Puts the whole body of an error into its text."""

    dialect: ClassVar[Any] = _ShowsPage()


class _SilentError(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        if not reply.body:
            error.message, error.hint = "", None
        return error


@mutant("PC-ERROR-016", "the text of a bare status")
class SilentError(Mutable):
    """Says nothing when the service says nothing."""

    dialect: ClassVar[Any] = _SilentError()


class _KnowsOneShape(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        if b'"error":{' not in reply.body:
            error.message = f"HTTP {reply.status}"
        return error


@mutant("PC-ERROR-017", "the text of an error as a JSON text: to hold")
class KnowsOneShape(Mutable):
    """Reads errors in the protocol's own shape only."""

    dialect: ClassVar[Any] = _KnowsOneShape()


class _AnswersError(OpenAIDialect):
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        if reply.body.startswith(b'{"error"'):
            return ChatResponse(text=json.loads(reply.body)["error"]["message"])
        return super().parse_chat(call, reply)


@mutant("PC-ERROR-018", "a call that gets an error as 200: to raise ProviderError")
class AnswersErrorInSuccess(Mutable):
    """Trusts the status and returns the error as the answer."""

    dialect: ClassVar[Any] = _AnswersError()


class _AnswersNothing(OpenAIDialect):
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        try:
            return super().parse_chat(call, reply)
        except ProviderResponseError:
            return ChatResponse(text="")


@mutant("PC-ERROR-019", "a call that gets a web page: to raise ProviderResponseError")
class AnswersNothing(Mutable):
    """Takes what it cannot read for an empty answer."""

    dialect: ClassVar[Any] = _AnswersNothing()


@mutant("PC-ERROR-020", "a call for a stream that gets a page: to raise ProviderResponseError")
class StreamsNothing(Mutable):
    """Takes a page for a stream without events."""

    async def chat(self, *args: Any, **kwargs: Any) -> Any:
        """Answer, or stream nothing."""
        try:
            return await super().chat(*args, **kwargs)
        except ProviderResponseError:
            if not kwargs.get("stream"):
                raise
            nothing = ScriptedSource([events_of(ChatResponse(text="", finish_reason="stop"))])
            return ChatStream(nothing, provider=self.name, model=self.default_model)


@mutant("PC-ERROR-021", "a call that is refused: to raise ProviderUnavailableError")
class RaisesConnectionError(Mutable):
    """Lets the operating system's exception through."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Raise what the operating system raised."""
        if isinstance(error, ProviderUnavailableError) and error.status is None:
            raise ConnectionRefusedError(error.message)
        return error


@mutant("PC-ERROR-022", "a call whose connection drops: to raise ProviderUnavailableError")
class DropIsBrokenAnswer(Mutable):
    """Takes a reply that never began for a broken one."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error as another one."""
        dropped = isinstance(error, ProviderUnavailableError) and error.status is None
        return ProviderResponseError(error.message) if dropped else error


@mutant("PC-ERROR-023", "a call whose answer breaks off: to raise ProviderResponseError")
class BreakIsOutage(Mutable):
    """Takes a broken answer for no answer, which others may try again."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return the error as another one."""
        broken = isinstance(error, ProviderResponseError)
        return ProviderUnavailableError(error.message) if broken else error


@mutant("PC-ERROR-024", "a call that gets bytes that are not HTTP: to raise ProviderError")
class LeaksHttpErrors(Mutable):
    """Lets the HTTP library's exceptions through."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Raise what the HTTP library raised."""
        if error.status is None:
            raise httpx.RemoteProtocolError(error.message)
        return error


@mutant("PC-ERROR-025", "a call without a handshake: to raise ProviderUnavailableError")
class LeaksTlsErrors(Mutable):
    """Lets errors of the handshake through."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Raise what ssl raised."""
        if self.base_url.startswith("https"):
            raise ssl.SSLError(error.message)
        return error


@mutant("PC-ERROR-026", "to return an answer or raise ProviderError")
class TrustsShape(Mutable):
    """Takes the shape of an answer for granted."""

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Read the one field that is wanted."""
        if call.stream:
            return await super().answer(call)
        reply = await self.fetch(self.dialect.chat_request(call))
        message = json.loads(reply.body)["choices"][0]["message"]
        return ChatResponse(text=message["content"], model=call.model)


@mutant("PC-ERROR-027", "a call that gets 499: to raise ProviderError")
class KnowsRegisteredStatuses(Mutable):
    """Looks every status up in a table that does not have them all."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Add what the status means."""
        error.hint = HTTPStatus(error.status or 500).phrase
        return error
