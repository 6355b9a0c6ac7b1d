"""HTTP: the one module that imports httpx.

It sends one request and returns the answer while it arrives. What the answer means is the dialect's
business; whether to try again, the retry policy's. No httpx exception leaves this module, and no
redirect is followed: a credential goes to the host it was given for and nowhere else.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from http.cookiejar import CookieJar
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from provider_sdk._dialect import HttpRequest
from provider_sdk._errors import (
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk._http.gzip import ENCODING, Inflated
from provider_sdk._validation import safe_repr

CONNECT_TIMEOUT_S = 5.0
MAX_BODY_BYTES = 64 * 1024 * 1024
"""Largest answer that is read whole."""

# The deadline of the call bounds everything but the connection; a read timeout here would only
# cut short a model that thinks for long.
_TIMEOUT = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30.0)
_BLANK = b"\xef\xbb\xbf \t\r\n"
_SHORT_BYTES = 64 * 1024
_DRAIN_S = 0.25

_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
_UNSENDABLE = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    UnicodeError,
)
_UNAVAILABLE: tuple[tuple[type[Exception], str, str], ...] = (
    (
        httpx.ProtocolError,
        "gave no answer in HTTP",
        "Check the address: its scheme, its port, and that the service itself is behind it.",
    ),
    (httpx.ReadError, "broke the connection before it answered", "Try again."),
    (Exception, "cannot be reached", "Check the address and that the service is running."),
)


class Exchange:
    """An answer whose head has arrived and whose body is read from the connection."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._closed = False
        self._kept: deque[bytes | ProviderResponseError] = deque()
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._chunks = _body(response)

    async def read(self) -> bytes | None:
        """Return the next bytes, ``None`` at the end.

        Raises:
            ProviderResponseError: the connection broke, or the content encoding is broken.
        """
        if self._kept:
            kept = self._kept.popleft()
            if isinstance(kept, bytes):
                return kept
            raise kept
        failure: Exception
        try:
            return await anext(self._chunks, None)
        except _FAILURES as error:
            failure = error
        raise ProviderResponseError(
            f"the connection broke while the answer was arriving ({_text_of(failure)})",
            status=self.status,
        )

    async def peek(self) -> bytes:
        """Return the first chunk after leading whitespace and byte order mark, and keep it.

        Empty at the end of the body, or after 64 KiB of whitespace. A connection that breaks is
        reported by the next ``read``.
        """
        seen: deque[bytes | ProviderResponseError] = deque()
        left, start = _SHORT_BYTES, b""
        try:
            while left > 0 and not start and (data := await self.read()) is not None:
                # All of it is kept: a byte order mark may be cut, and its rest alone is not one.
                seen.append(data)
                left -= len(data)
                start = data.lstrip(_BLANK)
        except ProviderResponseError as error:
            seen.append(error)
        self._kept = seen
        return start

    async def read_all(self) -> bytes:
        """Return the whole body.

        Raises:
            ProviderResponseError: as ``read``, or the body is larger than ``MAX_BODY_BYTES``.
        """
        parts: list[bytes] = []
        size = 0
        while (part := await self.read()) is not None:
            parts.append(part)
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise ProviderResponseError(
                    f"the answer is larger than {MAX_BODY_BYTES} bytes", status=self.status
                )
        return b"".join(parts)

    async def drain(self) -> None:
        """Read a short rest of the body, so that the connection can serve another request.

        A long or late rest is not worth it: the connection is then closed instead.
        """
        left = _SHORT_BYTES
        try:
            async with asyncio.timeout(_DRAIN_S):
                while left > 0 and (part := await self.read()) is not None:
                    left -= len(part)
        except (TimeoutError, ProviderResponseError):
            return

    async def aclose(self) -> None:
        """Release the connection; further calls do nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._response.aclose()
        except _FAILURES:
            # The connection is gone either way, and the answer is already decided.
            return


def _body(response: httpx.Response) -> AsyncIterator[bytes]:
    # A mocked response may come already read; only decoded iteration serves that again.
    if response.is_stream_consumed:
        return response.aiter_bytes()
    # The stream itself: aiter_raw would only count the bytes of each piece besides.
    chunks = aiter(cast("httpx.AsyncByteStream", response.stream))
    encoding = response.headers.get("content-encoding", "identity").lower()
    return chunks if encoding == "identity" else Inflated(chunks, encoding)


class Transport:
    """Connections to one base URL.

    Args:
        base_url: ``http://`` or ``https://``; request paths continue it.
        http_client: used instead of an own client, and never closed.

    Raises:
        ValueError: ``http_client`` is not an ``httpx.AsyncClient``.
    """

    def __init__(self, base_url: str, http_client: httpx.AsyncClient | None = None) -> None:
        if not isinstance(http_client, httpx.AsyncClient | None):
            # Of another library, or a blocking one: its calls and errors are not those awaited.
            raise ValueError(
                f"http_client must be an httpx.AsyncClient, not {safe_repr(http_client)}"
            )
        self.base_url = base_url
        self._injected = http_client
        self._own: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: AsyncGenerator[None, None] | None = None

    async def open(self, request: HttpRequest) -> Exchange:
        """Send the request and return once the head of the answer is here.

        Raises:
            ProviderUnavailableError: no connection, or it broke before the answer began;
                ``ProviderTimeoutError`` when connecting took too long.
            ProviderRequestError: the request cannot be expressed in HTTP.
        """
        client = self._client() or await self._new_client()
        failure: Exception
        try:
            prepared = client.build_request(
                request.method,
                _url((request.base_url or self.base_url) + request.path),
                content=request.body,
                headers={"accept-encoding": ENCODING, **request.headers},
                timeout=_TIMEOUT,
            )
            response = await client.send(prepared, stream=True, follow_redirects=False)
            return Exchange(response)
        except (*_FAILURES, UnicodeError) as error:
            failure = error
        raise _error_of(failure, request.base_url or self.base_url)

    async def aclose(self) -> None:
        """Close the own client; an injected one stays open."""
        self._own = None
        if self._closing is not None and self._loop is asyncio.get_running_loop():
            await self._closing.aclose()

    def _client(self) -> httpx.AsyncClient | None:
        if self._injected is not None:
            if self._injected.is_closed:
                raise ProviderError(
                    "the http_client is closed", hint="Keep it open while the provider is used."
                )
            return self._injected
        # Connections belong to the event loop that opened them; with a new loop (a second
        # asyncio.run) they are useless and a new client starts afresh.
        return self._own if self._loop is asyncio.get_running_loop() else None

    async def _new_client(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            verify=_tls_context(), limits=_LIMITS, timeout=_TIMEOUT, cookies=_NoCookies()
        )
        self._own, self._loop = client, asyncio.get_running_loop()
        self._closing = _close_at_loop_end(client)
        await anext(self._closing)
        return client


async def _close_at_loop_end(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Close the client when the generator is closed, at the latest when the event loop ends.

    asyncio closes its asynchronous generators at shutdown. This one closes the client then,
    because nothing can close its connections after their loop has ended.
    """
    try:
        yield
    finally:
        await client.aclose()


class _NoCookies(CookieJar):
    """Takes no cookies: one answer has no business in another request, and parsing takes time."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Do nothing."""


# Parsing an address takes a twentieth of a whole call on loopback, and a provider has few.
@functools.lru_cache(maxsize=64)
def _url(address: str) -> httpx.URL:
    return httpx.URL(address)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _text_of(failure: Exception) -> str:
    return str(failure) or type(failure).__name__


@functools.cache
def _tls_context() -> ssl.SSLContext:
    # Loading the certificate authorities takes longer than a call on loopback: once is enough.
    return httpx.create_ssl_context()


def _error_of(failure: Exception, base_url: str) -> ProviderError:
    host = _host(base_url)
    if isinstance(failure, httpx.TimeoutException):
        return ProviderTimeoutError(
            f"{host} did not answer in time ({_text_of(failure)})",
            hint="Check the network, or try again.",
        )
    if isinstance(failure, httpx.LocalProtocolError):
        # Its text repeats the header, which may hold a credential.
        return ProviderRequestError("the request cannot be sent: it has an illegal header")
    if isinstance(failure, _UNSENDABLE):
        return ProviderRequestError(f"the request cannot be sent: {_text_of(failure)}")
    did, hint = next(texts for kind, *texts in _UNAVAILABLE if isinstance(failure, kind))
    return ProviderUnavailableError(f"{host} {did} ({_text_of(failure)})", hint=hint)
