"""Chooses the HTTP library: aiohttp if it is installed and not switched off, else httpx."""

from __future__ import annotations

import functools
import importlib.util
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from provider_sdk._dialect import HttpRequest
from provider_sdk._http.exchange import Exchange
from provider_sdk._http.transport import Transport, TransportName, route_to
from provider_sdk._validation import safe_repr

if TYPE_CHECKING:
    import httpx

OLDEST = (3, 14)
"""The oldest version of aiohttp that is used."""

_TOO_NEW = 4
_EXTRA = "pip install 'provider-contract-sdk[fast]'"


class TransportChoice(NamedTuple):
    """An HTTP library, and why providers use it unless their argument ``transport`` says otherwise.

    Attributes:
        name: the library.
        version: its version.
        reason: why it is this one, such as ``"aiohttp is not installed"``.
    """

    name: TransportName
    version: str
    reason: str


_preferred: TransportName | None = None


def prefer_transport(name: TransportName | None) -> TransportName | None:
    """Choose the HTTP library of all providers that this process makes from now on.

    The argument ``transport`` of a provider comes before it. A program that sends a single request
    starts sooner with httpx; tests that intercept httpx need it.

    Args:
        name: the library; ``None`` for aiohttp if it is installed.

    Returns:
        What was chosen so before.

    Raises:
        ValueError: there is no such library, or it is not installed.
    """
    global _preferred
    _check(name)
    before, _preferred = _preferred, name
    return before


def describe_transport() -> TransportChoice:
    """Return which HTTP library providers use here, and why; it is imported."""
    if _preferred is not None:
        return TransportChoice(_preferred, _version_of(_preferred), "this program chose it")
    if problem := _problem_of_aiohttp():
        return TransportChoice("httpx", _version_of("httpx"), problem)
    return TransportChoice("aiohttp", _version_of("aiohttp"), "it is installed, and costs less")


def transport_of(
    base_url: str, name: TransportName | None, http_client: httpx.AsyncClient | None
) -> Transport:
    """Return what sends the requests of a provider.

    Args:
        base_url: ``http://`` or ``https://``; request paths continue it.
        name: the library to use; ``None`` for the one of ``describe_transport``.
        http_client: used instead of own connections, and never closed.

    Raises:
        ValueError: ``name`` is not the name of a library that is there, or ``http_client`` is not
            an ``httpx.AsyncClient``.
    """
    _check(name)
    if http_client is None and (name or _chosen()) == "aiohttp":
        return _Fast(base_url)
    from provider_sdk._http.over_httpx import HttpxTransport

    return HttpxTransport(base_url, http_client)


def _chosen() -> TransportName:
    return _preferred or ("httpx" if _problem_of_aiohttp() else "aiohttp")


def _check(name: TransportName | None) -> None:
    if name not in (None, "aiohttp", "httpx"):
        raise ValueError(f"transport must be 'aiohttp' or 'httpx', not {safe_repr(name)}")
    if name == "aiohttp" and (problem := _problem_of_aiohttp()):
        raise ValueError(f"transport cannot be 'aiohttp': {problem} ({_EXTRA})")


@functools.cache
def _problem_of_aiohttp() -> str | None:
    if importlib.util.find_spec("aiohttp") is None:
        return "aiohttp is not installed"
    try:
        version = _version_of("aiohttp")
    except ImportError as error:
        return f"aiohttp cannot be imported ({error})"
    return _problem_of_version(version)


def _version_of(name: TransportName) -> str:
    return str(import_module(name).__version__)


def _problem_of_version(version: str) -> str | None:
    parts = version.split(".")
    if (int(parts[0]), int(parts[1])) < OLDEST:
        return f"aiohttp {version} is too old"
    if int(parts[0]) >= _TOO_NEW:
        return f"aiohttp {version} is newer than what is known to work"
    return None


class _Fast:
    """A ``Transport`` over aiohttp, except for SOCKS proxies, which aiohttp does not know."""

    name: TransportName = "aiohttp"

    def __init__(self, base_url: str) -> None:
        from provider_sdk._http.over_aiohttp import AiohttpTransport

        self._base_url = base_url
        self._fast = AiohttpTransport(base_url)
        self._chosen: dict[str, Transport] = {}

    async def open(self, request: HttpRequest) -> Exchange:
        """Send the request and return as soon as the headers of the answer have arrived."""
        return await self._for(request).open(request)

    def prepared(self, request: HttpRequest) -> HttpRequest:
        """Return a request with all headers that would be sent; its path is the whole address."""
        return self._fast.prepared(request)

    async def aclose(self) -> None:
        """Close own connections."""
        chosen, self._chosen = self._chosen, {}
        for transport in {self._fast, *chosen.values()}:
            await transport.aclose()

    def _for(self, request: HttpRequest) -> Transport:
        address = request.base_url or self._base_url
        found = self._chosen.get(address)
        if found is None:
            found = self._chosen[address] = self._choose(address)
        return found

    def _choose(self, address: str) -> Transport:
        proxy = route_to(address).proxy
        if proxy is None or not proxy.url.startswith("socks"):
            return self._fast
        from provider_sdk._http.over_httpx import HttpxTransport

        return HttpxTransport(address)
