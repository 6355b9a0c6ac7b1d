"""The one module that imports aiohttp, which costs less than half a call of httpx's.

Only public names of aiohttp are used: its session, with a pool of its own for each event loop, and
of a connection whether it still works.
"""

from __future__ import annotations

import asyncio
import functools
import io
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from yarl import URL

from provider_sdk._dialect import HttpRequest
from provider_sdk._errors import ProviderError
from provider_sdk._http import failures
from provider_sdk._http.address import written
from provider_sdk._http.environment import Proxy, tls_context, unusable_proxy
from provider_sdk._http.exchange import Exchange, text_of
from provider_sdk._http.heads import all_headers, read_headers
from provider_sdk._http.per_loop import PerLoop
from provider_sdk._http.pool import Group, Pool
from provider_sdk._http.readable import is_readable
from provider_sdk._http.transport import (
    CONNECT_TIMEOUT_S,
    DEFAULTS,
    KEEP_ALIVE_S,
    Route,
    TransportName,
    check_sendable,
    host_of,
    route_to,
)

_PROXY_REFUSES = 407
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S)
# As much of a head as httpx reads.
_MAX_LINE_BYTES = 100 * 1024
_MAX_HEADERS = 512
# aiohttp warns of larger bodies that are given as bytes, because it writes them at once.
_LARGE_BODY_BYTES = 512 * 1024
_FAILURES = (aiohttp.ClientError, OSError)


class AiohttpTransport:
    """A ``Transport`` over aiohttp.

    Args:
        base_url: ``http://`` or ``https://``; request paths continue it.
    """

    name: TransportName = "aiohttp"

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._routes: dict[str, Route] = {}
        self._pools = PerLoop(_pool)

    async def open(self, request: HttpRequest) -> Exchange:
        """Send the request and return as soon as the headers of the answer have arrived."""
        address = request.base_url or self._base_url
        try:
            check_sendable(request)
            url = _url(address + request.path)
        except ValueError as error:
            unsendable = text_of(error)
        else:
            return await self._open(request, url, self._route(address))
        raise failures.unsendable(unsendable)

    def prepared(self, request: HttpRequest) -> HttpRequest:
        """Return a request with all headers that would be sent; its path is the whole address."""
        address = request.base_url or self._base_url
        try:
            check_sendable(request)
            url = written(address + request.path)
        except ValueError as error:
            unsendable = text_of(error)
        else:
            return replace(request, path=url, headers=all_headers(request, url))
        raise failures.unsendable(unsendable)

    async def aclose(self) -> None:
        """Close the connections, those of other event loops included."""
        await self._pools.aclose()

    async def _open(self, request: HttpRequest, url: URL, route: Route) -> Exchange:
        pool = await self._pools.get(route)
        group = await pool.lease()
        try:
            response = await group.client.answer(request, url)
        except BaseException as error:
            pool.release(group)
            if not isinstance(error, (*_EXPECTED, asyncio.CancelledError)):
                raise
            failure = error
        else:
            return Exchange(
                response.status,
                read_headers(response.raw_headers),
                response.content.iter_any(),
                functools.partial(_release, response, _watched(response), pool, group),
                (*_FAILURES, HttpProcessingError),
                _text_of_broken,
            )
        if group.client.is_closed and not _is_cancelled():
            raise failures.closed()  # aiohttp cancels who waits for the address of a host
        if isinstance(failure, asyncio.CancelledError):
            raise failure
        raise _error_of(failure, host_of(request.base_url or self._base_url), route.proxy)

    def _route(self, address: str) -> Route:
        if address not in self._routes:
            self._routes[address] = route_to(address)
        return self._routes[address]


class _Session:
    """A few connections to one kind of address."""

    def __init__(self, route: Route) -> None:
        self._route = route
        proxy = None if route.proxy is None else _proxy_url(route.proxy)
        credential = route.proxy and route.proxy.authorization
        self._proxy_headers = {"proxy-authorization": credential} if credential else None
        needs_tls = route.is_secure or (proxy is not None and proxy.scheme == "https")
        self._http = aiohttp.ClientSession(
            connector=_Connector(
                limit=0,  # waiting for a place here would count as connecting
                ssl=tls_context() if needs_tls else True,
                keepalive_timeout=KEEP_ALIVE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
            auto_decompress=False,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
            max_headers=_MAX_HEADERS,
            proxy=proxy,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.close()

    def abandon(self) -> None:
        """Forget all connections, after their loop was closed without closing them."""
        closing = self._http.close()
        with suppress(StopIteration, RuntimeError):
            closing.send(None)  # it waits for nothing then
        closing.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, whatever is under way."""
        return self._http.closed

    async def answer(self, request: HttpRequest, url: URL) -> aiohttp.ClientResponse:
        """Send a request, and return the answer whose head has arrived."""
        sent = {**DEFAULTS, **request.headers}
        if self._proxy_headers and not self._route.is_secure:
            sent |= self._proxy_headers
        response = await self._http.request(
            request.method,
            url,
            data=_body(request.body),
            headers=sent,
            allow_redirects=False,
            proxy_headers=self._proxy_headers,
            skip_auto_headers=_ADDED - sent.keys() or None,
            middlewares=None if request.method == "POST" else _ONCE,
        )
        if response.status == _PROXY_REFUSES and self._route.proxy:
            response.close()
            raise _ProxyRefusalError("407 Proxy Authentication Required")
        return response


def _pool(route: Route) -> Pool[_Session]:
    return Pool(lambda: _Session(route), abandon=_Session.abandon)


def _watched(response: aiohttp.ClientResponse) -> Callable[[], object]:
    """Let a body fail if its connection ends before it does; return what ends the watch.

    aiohttp's parser in C tells whoever reads a body nothing of a fault that it finds in it.
    """
    protocol = response.connection.protocol if response.connection else None
    closed = None if protocol is None else protocol.closed
    if closed is None:
        return lambda: None  # the body has arrived
    closed.remove_done_callback(_hear)  # once is enough for a connection with many answers
    closed.add_done_callback(_hear)
    tell = functools.partial(_tell_of_end, response.content)
    closed.add_done_callback(tell)
    return functools.partial(closed.remove_done_callback, tell)


def _hear(closed: asyncio.Future[None]) -> None:
    """Take note of how a connection ended; else asyncio would log that nobody did."""
    closed.exception()


def _tell_of_end(body: aiohttp.StreamReader, _: object) -> None:
    if not body.is_eof() and body.exception() is None:
        body.set_exception(aiohttp.ClientPayloadError())


async def _release(
    response: aiohttp.ClientResponse,
    end_watch: Callable[[], object],
    pool: Pool[_Session],
    group: Group[_Session],
) -> None:
    end_watch()
    # A body that was read to its end has left its connection to the next request.
    response.close()
    pool.release(group)


class _Connector(aiohttp.TCPConnector):
    """Connections of which none is used again that the service has closed meanwhile.

    aiohttp knows of that only once the event loop has looked, which can be too late. Then the
    request would be lost, and nobody could tell whether the service has read it.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._used: WeakSet[Any] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,
    ) -> Connection:
        """Return a connection for a request."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol: Any = connection.protocol
            if protocol not in self._used:
                self._used.add(protocol)
                return connection
            if not is_readable(protocol.transport.get_extra_info("socket")):
                return connection
            connection.close()


class _ProxyRefusalError(aiohttp.ClientError):
    """The answer of a proxy that wants another password."""


class _BrokenError(aiohttp.ClientError):
    """A connection that broke before the answer.

    Attributes:
        reason: how it broke.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


_EXPECTED = (*_FAILURES, ValueError)
_ADDED = frozenset({"user-agent", "content-type"})
"""Headers that aiohttp adds if they are missing."""


async def _without_repeating(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request again by itself: retries are counted and limited."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        failure = error
    raise _BrokenError(failure)


_ONCE = (_without_repeating,)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _proxy_url(proxy: Proxy) -> URL:
    try:
        return _url(proxy.address)
    except ValueError:
        pass
    raise unusable_proxy(proxy.source, "its address is not valid")


# Reading an address takes a tenth of a whole call on loopback; a provider has few of them.
@functools.lru_cache(maxsize=64)
def _url(address: str) -> URL:
    url = URL(written(address), encoded=True)
    host = url.raw_host or ""
    if host.replace(".", "").isdigit():
        # aiohttp refuses short addresses such as 127.1, which systems complete.
        with suppress(OSError):
            return url.with_host(socket.inet_ntoa(socket.inet_aton(host)))
    return url


def _body(body: bytes | None) -> bytes | io.BytesIO | None:
    if body is None or len(body) < _LARGE_BODY_BYTES:
        return body
    return io.BytesIO(body)


def _error_of(failure: Exception, host: str, proxy: Proxy | None) -> ProviderError:
    if isinstance(failure, _BrokenError):
        failure = failure.reason
    if isinstance(failure, TimeoutError):
        return failures.late(host, proxy, "ConnectTimeout")
    if isinstance(failure, aiohttp.ClientHttpProxyError | _ProxyRefusalError):
        return failures.unreachable(host, proxy, _text_of_refusal(failure))
    if isinstance(failure, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        problem = failures.unreachable(host, proxy, _why_unconnected(failure))
        problem.unreachable = True
        return problem
    if isinstance(failure, aiohttp.ClientResponseError):
        return _error_of_junk(failure.message, host)
    if isinstance(failure, aiohttp.ServerDisconnectedError):
        return failures.not_http(host, "Server disconnected without sending a response.")
    if isinstance(failure, ValueError):
        return failures.illegal_header()  # its text may repeat the header
    return failures.broken(host, _reason(failure))


def _why_unconnected(failure: aiohttp.ClientConnectorError | aiohttp.InvalidURL) -> str:
    if isinstance(failure, aiohttp.InvalidURL):
        return "such a host has no address"
    return _reason(failure.os_error)


def _text_of_refusal(failure: aiohttp.ClientError) -> str:
    if isinstance(failure, aiohttp.ClientHttpProxyError):
        return f"{failure.status} {failure.message}"
    return str(failure)


def _error_of_junk(message: str, host: str) -> ProviderError:
    # What aiohttp says goes on with the bytes that came.
    text = message.partition("\n")[0].partition(" when reading")[0].rstrip(": ")
    if "chunk" in text:
        # The head was valid, and the service did its work.
        return failures.cut(text)
    return failures.not_http(host, text)


def _reason(failure: Exception) -> str:
    """Return the system's text for an error, if it has one, else the library's."""
    return getattr(failure, "strerror", None) or text_of(failure)


def _text_of_broken(failure: Exception) -> str:
    is_cut = isinstance(failure, aiohttp.ClientPayloadError | HttpProcessingError)
    return "it ended early, or its pieces are not valid" if is_cut else _reason(failure)
