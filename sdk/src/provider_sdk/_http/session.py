"""Exchanges with one service: a dialect above, a transport below, retries between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from provider_sdk._credentials import Credential
from provider_sdk._dialect import ChatCall, Dialect, HttpReply, HttpRequest
from provider_sdk._errors import (
    ProviderAuthError,
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
)
from provider_sdk._http.source import WireSource
from provider_sdk._options import ChatOptions
from provider_sdk._redact import Redactor, secrets_in
from provider_sdk._responses import ChatResponse
from provider_sdk._retry import retry_after, with_retries
from provider_sdk._stream import ChatStream, ScriptedSource, events_of

if TYPE_CHECKING:
    from provider_sdk._http.transport import Exchange, Transport

_T = TypeVar("_T")

_EVENT_STREAM = "text/event-stream"
_NO_CONTENT = 204
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

IDLE_LIMIT_S = 60.0
"""How long a stream may be silent after its first event."""
LONGEST_MESSAGE = 2000
"""Characters of a service's error message that are kept; a page of text is no message."""


@dataclass(eq=False)
class Session:
    """Sends requests of one provider, and makes errors of the contract of whatever goes wrong.

    Attributes:
        provider: the provider's name.
        headers: what every request carries, names in lower case; the credential is among it.
        max_retries: further attempts after a failure that may pass.
    """

    provider: str
    dialect: Dialect
    transport: Transport = field(repr=False)
    credential: Credential | None
    headers: dict[str, str] = field(repr=False)
    max_retries: int

    def __post_init__(self) -> None:
        own = self.credential.value if self.credential else None
        self._redact = Redactor([own, *secrets_in(self.headers)])
        self._no_stream_usage: set[str] = set()

    async def fetch(
        self, request: HttpRequest, *, deadline: float, max_retries: int | None = None
    ) -> HttpReply:
        """Return the successful reply to a request.

        Raises:
            ProviderError: the reply reports an error, or there is none.
        """

        async def attempt() -> HttpReply:
            return await self._reply(await self._open(request))

        retries = self.max_retries if max_retries is None else max_retries
        return await with_retries(attempt, max_retries=retries, deadline=deadline)

    async def chat(self, call: ChatCall, notes: list[str], deadline: float) -> ChatResponse:
        """Return a whole answer, with the notes among its warnings.

        Raises:
            ProviderError: there is none.
        """
        return await self._answer(call, deadline, lambda c: self._attempt_chat(c, notes))

    async def stream(self, call: ChatCall, notes: list[str], deadline: float) -> ChatStream:
        """Return a stream whose first event has arrived.

        Raises:
            ProviderError: there is none.
        """
        return await self._answer(call, deadline, lambda c: self._attempt_stream(c, notes))

    def described(
        self, error: ProviderError, *, model: str | None = None, reply: HttpReply | None = None
    ) -> ProviderError:
        """Complete what the error knows, and take every secret out of its words."""
        error.provider = error.provider or self.provider
        error.model = error.model or model
        if reply is not None:
            error.status = error.status or reply.status
            error.request_id = error.request_id or self._request_id(reply.headers)
            error.served_by = error.served_by or self._served_by(reply.headers)
        # Cut behind the redaction, which needs the whole credential; before it, only what is vast.
        vast = 8 * LONGEST_MESSAGE
        error.message = self._redact(error.message[:vast])[:LONGEST_MESSAGE]
        error.args = (error.message,)
        error.hint = self._redact(error.hint) if error.hint else None
        return error

    # A service may repeat a credential anywhere, its headers included.

    def _request_id(self, headers: Mapping[str, str]) -> str | None:
        found = self.dialect.request_id(headers)
        return self._redact(found) if found else None

    def _served_by(self, headers: Mapping[str, str]) -> str | None:
        found = self.dialect.served_by(headers)
        return self._redact(found) if found else None

    async def _answer(
        self, call: ChatCall, deadline: float, attempt: Callable[[ChatCall], Awaitable[_T]]
    ) -> _T:
        if call.model in self._no_stream_usage:
            call = replace(call, include_usage=False)
        while True:
            current = call
            try:
                return await with_retries(
                    lambda: attempt(current),  # noqa: B023 - awaited within this turn of the loop
                    max_retries=self.max_retries,
                    deadline=deadline,
                )
            except ProviderRequestError as error:
                relaxed = self.dialect.relax(call, error)
                if relaxed is None:
                    raise
            if not relaxed.include_usage:
                self._no_stream_usage.add(call.model)
            call = relaxed

    async def _attempt_chat(self, call: ChatCall, notes: list[str]) -> ChatResponse:
        exchange = await self._open(self.dialect.chat_request(call), call.options)
        reply = await self._reply(exchange)
        try:
            response = self.dialect.parse_chat(call, reply)
        except ProviderError as error:
            failure = self.described(error, reply=reply)
        else:
            return self._presentable(response, notes)
        raise failure

    def _presentable(self, response: ChatResponse, notes: list[str]) -> ChatResponse:
        return replace(
            response,
            request_id=self._redact(response.request_id) if response.request_id else None,
            served_by=self._redact(response.served_by) if response.served_by else None,
            warnings=(*notes, *response.warnings),
        )

    async def _attempt_stream(self, call: ChatCall, notes: list[str]) -> ChatStream:
        exchange = await self._open(self.dialect.chat_request(call), call.options)
        headers = exchange.headers
        if await _answers_whole(exchange, self.dialect.stream_type):
            return await self._stream_of_reply(call, await self._reply(exchange), notes)
        source = WireSource(
            exchange,
            self.dialect.stream_decoder(call),
            redact=self._redact,
            explain=lambda error: self.described(
                error, model=call.model, reply=HttpReply(exchange.status, headers, b"")
            ),
        )
        stream = self._chat_stream(source, call, headers, notes)
        await stream.wait_first_event()
        source.limit_idle(IDLE_LIMIT_S)
        return stream

    def _chat_stream(
        self,
        source: WireSource | ScriptedSource,
        call: ChatCall,
        headers: Mapping[str, str],
        notes: list[str],
        provider_data: Mapping[str, Any] | None = None,
    ) -> ChatStream:
        return ChatStream(
            source,
            provider=self.provider,
            model=call.model,
            served_by=self._served_by(headers),
            request_id=self._request_id(headers),
            warnings=notes,
            provider_data=provider_data,
        )

    async def _stream_of_reply(
        self, call: ChatCall, reply: HttpReply, notes: list[str]
    ) -> ChatStream:
        """Make a stream of a service that ignored ``stream`` and answered whole."""
        try:
            response = self.dialect.parse_chat(call, reply)
        except ProviderError as error:
            failure = self.described(error, reply=reply)
        else:
            note = "the service ignored stream=True and answered all at once"
            source = ScriptedSource([events_of(response)])
            notes = [*notes, note, *response.warnings]
            return self._chat_stream(source, call, reply.headers, notes, response.provider_data)
        raise failure

    async def _open(self, request: HttpRequest, options: ChatOptions | None = None) -> Exchange:
        headers = self.headers | lower_names(request.headers)
        if request.body is not None:
            headers.setdefault("content-type", self.dialect.content_type)
        if options and (extra := options.get("extra_headers")):
            headers |= lower_names(extra)
            self._redact.learn(secrets_in(extra))
        return await self.transport.open(request, headers)

    async def _reply(self, exchange: Exchange) -> HttpReply:
        try:
            body = await exchange.read_all()
        except ProviderResponseError:
            # A status that reports an error says enough without the rest of its body.
            if _is_success(exchange.status):
                raise
            body = b""
        finally:
            await exchange.aclose()
        reply = HttpReply(exchange.status, exchange.headers, body)
        if not _is_success(reply.status):
            raise self.described(self._error_of(reply), reply=reply)
        return reply

    def _error_of(self, reply: HttpReply) -> ProviderError:
        if reply.status in _REDIRECTS:
            return ProviderResponseError(
                f"the service answers with a redirect (HTTP {reply.status}), which is not followed",
                hint="Set the base URL to the address that it moved to.",
            )
        if reply.status < 400:
            return ProviderResponseError(
                f"the service answers with HTTP {reply.status}, which is neither answer nor error",
                hint="Check that the base URL is the address of the API itself.",
            )
        error = self.dialect.parse_error(reply)
        if error.retry_after is None:
            error.retry_after = retry_after(reply.headers)
        if isinstance(error, ProviderAuthError) and self.credential is not None:
            source = f"The credential came from {self.credential.source}."
            error.hint = f"{error.hint} {source}" if error.hint else source
        return error


async def _answers_whole(exchange: Exchange, stream_type: str | None) -> bool:
    """Whether the answer to a call for a stream is none: an error, a page, one whole answer."""
    kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _is_success(exchange.status) or exchange.status == _NO_CONTENT or "html" in kind:
        return True
    in_lines = "ndjson" in (stream_type or kind)
    # One value a line is plain JSON to many a server.
    if stream_type and kind not in ("", stream_type, "application/json" if in_lines else ""):
        return True
    if not in_lines and stream_type not in (None, _EVENT_STREAM):
        return False
    # Errors and pages are called streams, and streams JSON, so the first byte decides.
    start = await _first_byte(exchange)
    return start in (b"<" if in_lines else b"{[<") if start else kind != _EVENT_STREAM


async def _first_byte(exchange: Exchange) -> bytes:
    try:
        return (await exchange.peek())[:1]
    except BaseException:
        await exchange.aclose()
        raise


def _is_success(status: int) -> bool:
    return 200 <= status < 300


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers in one spelling, so that one given twice replaces instead of doubling."""
    return {name.lower(): value for name, value in headers.items()}
