"""Sends one provider's requests through its dialect and transport, with retries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from provider_sdk._aggregate import missing_calls
from provider_sdk._dialect import ChatCall, HttpExchange, HttpReply, HttpRequest
from provider_sdk._errors import ProviderError, ProviderResponseError
from provider_sdk._event_sources import ScriptedSource, events_of
from provider_sdk._http.guard import GuardedDialect
from provider_sdk._http.source import WireSource
from provider_sdk._responses import ChatResponse
from provider_sdk._retry import retry_after, with_retries
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline

Opener = Callable[[HttpRequest], Awaitable[HttpExchange]]
Redact = Callable[[str, ChatCall], str]

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Largest whole answer that is read."""

MAX_DATA_BYTES = 16 * 1024 * 1024
"""Largest reply that is read to any other request, such as one for a model list."""

MAX_ERROR_BYTES = 1024 * 1024
"""Largest error reply that is read; of a larger one only the status counts."""

_EVENT_STREAM = "text/event-stream"
_NO_CONTENT = 204
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Session:
    """Sends the requests of one provider, retries them, and reads the replies.

    Its errors carry status, request id and back end; the provider completes and redacts them.

    Args:
        dialect: the wire protocol.
        headers: headers of every request, the credential included; names are lower-case.
        open: sends one request.
        redact: removes secrets from the value of a header.
        idle_limit_s: seconds that a stream may be silent after its first event.
    """

    def __init__(
        self,
        dialect: GuardedDialect,
        headers: Mapping[str, str],
        *,
        open: Opener,
        redact: Redact,
        idle_limit_s: float,
    ) -> None:
        self._dialect = dialect
        self._headers = headers
        self._open = open
        self._redact = redact
        self._idle_limit_s = idle_limit_s

    async def fetch(
        self, request: HttpRequest, *, max_retries: int, deadline: Deadline
    ) -> HttpReply:
        """Return the successful reply to a request.

        Raises:
            ProviderError: the reply reports an error, or no reply came.
        """

        async def attempt() -> HttpReply:
            return await self._reply(await self._send(request), MAX_DATA_BYTES)

        return await with_retries(attempt, max_retries=max_retries, deadline=deadline)

    async def begin(self, request: HttpRequest) -> HttpExchange:
        """Return the successful reply to a request, whose body is still to be read.

        Raises:
            ProviderError: the reply reports an error, or no reply came.
        """
        exchange = await self._send(request)
        if not _is_success(exchange.status):
            await self._reply(exchange, MAX_ERROR_BYTES)
        return exchange

    async def answer(self, call: ChatCall, *, max_retries: int) -> ChatResponse | ChatStream:
        """Return the whole answer to a call, or a stream whose first event has arrived.

        Raises:
            ProviderError: no answer came, or it cannot be used.
        """
        attempt = self._attempt_stream if call.stream else self._attempt_whole
        return await with_retries(
            lambda: attempt(call), max_retries=max_retries, deadline=call.deadline
        )

    async def _attempt_whole(self, call: ChatCall) -> ChatResponse:
        reply = await self._reply(await self._send_call(call), MAX_BODY_BYTES)
        response = await self._parse(call, reply)
        request_id = response.request_id or self._dialect.request_id(reply.headers)
        served_by = response.served_by or self._dialect.served_by(reply.headers)
        request_id = self._redacted_header(request_id, call)
        served_by = self._redacted_header(served_by, call)
        if (request_id, served_by) == (response.request_id, response.served_by) and not call.notes:
            return response  # as most are: a copy costs a tenth of the call
        return replace(
            response,
            request_id=request_id,
            served_by=served_by,
            warnings=(*call.notes, *response.warnings),
        )

    async def _attempt_stream(self, call: ChatCall) -> ChatStream:
        exchange = await self._send_call(call)
        if await _is_whole_reply(exchange, self._dialect):
            return await self._stream_of_reply(call, await self._reply(exchange, MAX_BODY_BYTES))
        head = HttpReply(exchange.status, exchange.headers, b"")
        try:
            decoder = self._dialect.stream_decoder(call)
        except ProviderError:
            await exchange.aclose()
            raise
        source = WireSource(
            exchange,
            decoder,
            add_facts=lambda error: self._with_facts(error, head),
            redact=lambda text: self._redact(text, call),
        )
        stream = self._stream(source, call, head, warnings=call.notes)
        await stream.wait_first_event()
        source.limit_idle(self._idle_limit_s)
        return stream

    async def _stream_of_reply(self, call: ChatCall, reply: HttpReply) -> ChatStream:
        """Return a stream of a whole reply, from a service that ignored ``stream``."""
        response = await self._parse(call, reply)
        note = "the service ignored stream=True and answered all at once"
        # The stream will say by itself that a call is missing.
        said = missing_calls(response.finish_reason, response.tool_calls)
        others = [warning for warning in response.warnings if warning not in said]
        return self._stream(
            ScriptedSource([events_of(response)]),
            call,
            reply,
            request_id=response.request_id,
            warnings=(*call.notes, note, *others),
            provider_data=response.provider_data,
        )

    def _stream(
        self,
        source: WireSource | ScriptedSource,
        call: ChatCall,
        head: HttpReply,
        request_id: str | None = None,
        **facts: Any,
    ) -> ChatStream:
        request_id = request_id or self._dialect.request_id(head.headers)
        return ChatStream(
            source,
            provider=call.provider,
            model=call.model,
            served_by=self._redacted_header(self._dialect.served_by(head.headers), call),
            request_id=self._redacted_header(request_id, call),
            **facts,
        )

    def _redacted_header(self, header: str | None, call: ChatCall) -> str | None:
        # A service may repeat a credential anywhere, its headers included.
        return self._redact(header, call) if header else None

    async def _parse(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        try:
            return await self._dialect.parse_chat(call, reply)
        except ProviderError as error:
            failure = self._with_facts(error, reply)
        raise failure

    async def _send_call(self, call: ChatCall) -> HttpExchange:
        extra = call.options.get("extra_headers") or {}
        return await self._send(self._dialect.chat_request(call), extra)

    async def _send(self, request: HttpRequest, extra: Mapping[str, str] = {}) -> HttpExchange:
        headers = {**self._headers, **lower_names(request.headers)}
        if request.body is not None:
            headers.setdefault("content-type", self._dialect.content_type)
        headers |= lower_names(extra)
        # `dataclasses.replace` takes longer than all else here.
        return await self._open(
            HttpRequest(request.method, request.path, request.body, headers, request.base_url)
        )

    async def _reply(self, exchange: HttpExchange, limit: int) -> HttpReply:
        if not _is_success(exchange.status):
            limit = MAX_ERROR_BYTES
        try:
            body = await exchange.read_all(limit)
        except ProviderResponseError:
            # A status that reports an error says enough without the rest of its body.
            if _is_success(exchange.status):
                raise
            body = b""
        finally:
            await exchange.aclose()
        reply = HttpReply(exchange.status, exchange.headers, body)
        if not _is_success(reply.status):
            raise self._with_facts(self._error_of(reply), reply)
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
        error = self._dialect.parse_error(reply)
        if error.retry_after is None:
            error.retry_after = retry_after(reply.headers)
        return error

    def _with_facts(self, error: ProviderError, reply: HttpReply) -> ProviderError:
        error.status = error.status or reply.status
        error.request_id = error.request_id or self._dialect.request_id(reply.headers)
        error.served_by = error.served_by or self._dialect.served_by(reply.headers)
        return error


async def _is_whole_reply(exchange: HttpExchange, dialect: GuardedDialect) -> bool:
    """Whether the response to a streaming request is not a stream.

    It may be an error, an HTML page, or one complete JSON answer.
    """
    stream_type = dialect.stream_type
    kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _is_success(exchange.status) or exchange.status == _NO_CONTENT or "html" in kind:
        return True
    in_lines = "ndjson" in (stream_type or kind)
    # Many servers label newline-delimited JSON as application/json.
    if stream_type and kind not in ("", stream_type, "application/json" if in_lines else ""):
        return True
    if not in_lines and stream_type not in (None, _EVENT_STREAM):
        return False
    # Content-Type is unreliable: some services label errors as streams, and streams as JSON. So
    # look at the first byte.
    if not (start := await _first_byte(exchange)):
        return kind != (stream_type or _EVENT_STREAM)
    return start in (b"<" if in_lines else b"{<" if dialect.array_streams else b"{[<")


async def _first_byte(exchange: HttpExchange) -> bytes:
    try:
        return (await exchange.peek())[:1]
    except BaseException:
        await exchange.aclose()
        raise


def _is_success(status: int) -> bool:
    return 200 <= status < 300


def lower_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with lower-case names, so that a later one replaces an earlier one."""
    return {name.lower(): value for name, value in headers.items()}
