"""The one module that imports httpx, which is there always, and may be injected."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import httpx

from provider_sdk._dialect import HttpRequest
from provider_sdk._errors import ProviderError, ProviderUnavailableError
from provider_sdk._http import failures
from provider_sdk._http.environment import Proxy, tls_context, unusable_proxy
from provider_sdk._http.exchange import Exchange, text_of
from provider_sdk._http.per_loop import PerLoop
from provider_sdk._http.pool import GROUP_CONNECTIONS, Group, Pool
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
from provider_sdk._validation import safe_repr

_TIMEOUT = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
_LIMITS = httpx.Limits(
    max_connections=GROUP_CONNECTIONS,
    max_keepalive_connections=GROUP_CONNECTIONS,
    keepalive_expiry=KEEP_ALIVE_S,
)

_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
_UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)
_UNSENDABLE = (
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    UnicodeError,
)
_PROXY_REFUSES = 407


class HttpxTransport:
    """A ``Transport`` over httpx.

    Args:
        base_url: ``http://`` or ``https://``; request paths continue it.
        http_client: used instead of own connections, and never closed.

    Raises:
        ValueError: ``http_client`` is not an ``httpx.AsyncClient``.
    """

    name: TransportName = "httpx"

    def __init__(self, base_url: str, http_client: httpx.AsyncClient | None = None) -> None:
        if not isinstance(http_client, httpx.AsyncClient | None):
            # A client of another library, or a blocking one, has other methods and errors.
            raise ValueError(
                f"http_client must be an httpx.AsyncClient, not {safe_repr(http_client)}"
            )
        self._base_url = base_url
        self._injected = http_client
        self._routes: dict[str, Route] = {}
        self._pools = PerLoop(lambda route: Pool(lambda: _client(route)))

    async def open(self, request: HttpRequest) -> Exchange:
        """Send the request and return as soon as the headers of the answer have arrived."""
        address = request.base_url or self._base_url
        route = None
        try:
            check_sendable(request)
            url = _url(address + request.path)
            if self._injected is not None:
                return await self._open_injected(self._injected, request, url)
            route = self._route(address)
            return await self._open_own(route, request, url)
        except (*_FAILURES, UnicodeError) as error:
            failure = error
        problem = _error_of(failure, address, route.proxy if route else None)
        if isinstance(problem, ProviderUnavailableError):
            problem.unreachable = isinstance(failure, _UNCONNECTED)
        raise problem

    def prepared(self, request: HttpRequest) -> HttpRequest:
        """Return a request with all headers that would be sent; its path is the whole address."""
        address = request.base_url or self._base_url
        try:
            url = _url(address + request.path)
            client = self._injected
            full = _own(request, url) if client is None else _for_client(client, request, url)
        except (*_FAILURES, UnicodeError) as error:
            failure = error
        else:
            return replace(request, path=str(full.url), headers=dict(full.headers))
        raise _error_of(failure, address, None)

    async def aclose(self) -> None:
        """Close own connections, those of other event loops included; an injected client stays."""
        await self._pools.aclose()

    async def _open_injected(
        self, client: httpx.AsyncClient, request: HttpRequest, url: httpx.URL
    ) -> Exchange:
        if client.is_closed:
            raise ProviderError(
                "the http_client is closed", hint="Keep it open while the provider is used."
            )
        prepared = _for_client(client, request, url)
        try:
            response = await client.send(prepared, stream=True, follow_redirects=False)
        except (httpx.InvalidURL, UnicodeError):
            # A client reads Location although it does not follow it. The request's own address and
            # headers have been read before.
            pass
        else:
            return Exchange(
                response.status_code, response.headers, _body(response), response.aclose, _FAILURES
            )
        raise failures.unusable_redirect()

    async def _open_own(self, route: Route, request: HttpRequest, url: httpx.URL) -> Exchange:
        prepared = _own(request, url)
        pool = await self._pools.get(route)
        group = await pool.lease()
        try:
            response = await group.client.handle_async_request(prepared)
            if response.status_code == _PROXY_REFUSES and route.proxy:
                await response.aclose()
                raise httpx.ProxyError("407 Proxy Authentication Required")
        except BaseException as error:
            pool.release(group, intact=isinstance(error, _FAILURES))
            raise
        return Exchange(
            response.status_code,
            response.headers,
            aiter(cast("httpx.AsyncByteStream", response.stream)),
            lambda: _release(response, pool, group),
            _FAILURES,
        )

    def _route(self, address: str) -> Route:
        if address not in self._routes:
            self._routes[address] = route_to(address)
        return self._routes[address]


def _own(request: HttpRequest, url: httpx.URL) -> httpx.Request:
    return httpx.Request(
        request.method,
        url,
        content=request.body,
        headers={**DEFAULTS, **request.headers},
        extensions={"timeout": _TIMEOUT.as_dict()},
    )


def _for_client(client: httpx.AsyncClient, request: HttpRequest, url: httpx.URL) -> httpx.Request:
    return client.build_request(
        request.method,
        url,
        content=request.body,
        headers={"accept-encoding": DEFAULTS["accept-encoding"], **request.headers},
        timeout=_TIMEOUT,
    )


def _client(route: Route) -> httpx.AsyncHTTPTransport:
    context = tls_context() if route.is_secure else False
    if route.proxy is None:
        return httpx.AsyncHTTPTransport(verify=context, limits=_LIMITS, trust_env=False)
    is_secure = route.proxy.url.startswith("https:")
    proxy_context = tls_context() if is_secure else None
    try:
        proxy = httpx.Proxy(route.proxy.url, ssl_context=proxy_context)
        return httpx.AsyncHTTPTransport(
            verify=context, limits=_LIMITS, proxy=proxy, trust_env=False
        )
    except (ValueError, httpx.InvalidURL, ImportError):
        pass  # its text holds the address, and so perhaps a password
    raise unusable_proxy(route.proxy.source, "its address is not valid")


async def _release(
    response: httpx.Response,
    pool: Pool[httpx.AsyncHTTPTransport],
    group: Group[httpx.AsyncHTTPTransport],
) -> None:
    intact = False
    try:
        await response.aclose()
        intact = True
    finally:
        pool.release(group, intact=intact)


def _body(response: httpx.Response) -> AsyncIterator[bytes]:
    # A mocked response may have been read already; only `aiter_bytes` returns its body again.
    if response.is_stream_consumed:
        response.headers.pop("content-encoding", None)
        return response.aiter_bytes()
    # The stream itself: `aiter_raw` would add nothing but a count of bytes.
    return aiter(cast("httpx.AsyncByteStream", response.stream))


# Parsing an address takes a twentieth of a whole call on loopback; a provider has few of them.
@functools.lru_cache(maxsize=64)
def _url(address: str) -> httpx.URL:
    return httpx.URL(address)


def _error_of(failure: Exception, base_url: str, proxy: Proxy | None) -> ProviderError:
    host, text = host_of(base_url), text_of(failure)
    if isinstance(failure, httpx.TimeoutException):
        return failures.late(host, proxy, text)
    if isinstance(failure, httpx.LocalProtocolError):
        return failures.illegal_header()  # its text repeats the header
    if isinstance(failure, _UNSENDABLE):
        return failures.unsendable(text)
    if isinstance(failure, httpx.RemoteProtocolError) and "location header" in str(failure):
        return failures.unusable_redirect()
    if proxy is not None and isinstance(failure, httpx.ProxyError | httpx.ConnectError):
        return failures.unreachable(host, proxy, text)
    if isinstance(failure, httpx.ProtocolError):
        return failures.not_http(host, text)
    if isinstance(failure, httpx.ReadError):
        return failures.broken(host, text)
    return failures.unreachable(host, None, text)
