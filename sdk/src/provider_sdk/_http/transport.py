"""The protocol behind which each HTTP library sends requests, and what all of them do alike.

A transport sends one request and returns the answer while it arrives. The dialect reads the answer,
and the retry policy decides whether to try again. No exception of a library leaves its module, and
no redirect is followed: a credential goes only to the host that it was given for.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from provider_sdk._dialect import HttpRequest
from provider_sdk._http.environment import Proxy, proxy_for
from provider_sdk._http.exchange import Exchange
from provider_sdk._http.failures import illegal_header, unsendable

if TYPE_CHECKING:
    from provider_sdk._unsent import Unsent

UNSENT: ContextVar[Unsent | None] = ContextVar("UNSENT", default=None)
"""What keeps requests instead of their being sent; ``None`` if they are sent."""

CONNECT_TIMEOUT_S = 5.0
"""Seconds that making a connection may take.

The deadline of the call bounds everything else: a limit on reading would only cut short a model
that thinks for long.
"""

KEEP_ALIVE_S = 30.0
"""Seconds that a connection may be idle before it is closed."""


DEFAULTS = {"accept": "*/*", "accept-encoding": "gzip"}
"""Headers that a request has unless it names others."""

# RFC 9110, 5.1 and 5.5. A value may not begin or end with a blank.
_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_VALUE = re.compile(r"(?:[!-~]+(?:[ \t]+[!-~]+)*)?")


_OWN = frozenset({"transfer-encoding", "expect"})
"""How the body travels is not the caller's to say: the library would send something else."""

TransportName = Literal["aiohttp", "httpx"]
"""An HTTP library that requests can be sent with."""


class Transport(Protocol):
    """Connections of one provider, for every event loop that uses it.

    Attributes:
        name: the HTTP library.
    """

    name: TransportName

    async def open(self, request: HttpRequest) -> Exchange:
        """Send the request and return as soon as the headers of the answer have arrived.

        Raises:
            ProviderUnavailableError: no connection, or it broke before the answer began;
                ``ProviderTimeoutError`` when connecting took too long.
            ProviderRequestError: the request cannot be expressed in HTTP, or the environment names
                a proxy or certificates that cannot be used.
        """

    def prepared(self, request: HttpRequest) -> HttpRequest:
        """Return a request with all headers that would be sent; its path is the whole address.

        Raises:
            ProviderRequestError: as ``open``.
        """

    async def aclose(self) -> None:
        """Close own connections, those of other event loops included."""


class Route(NamedTuple):
    """How an address is reached."""

    is_secure: bool
    proxy: Proxy | None


def route_to(address: str) -> Route:
    """Return how an address is reached from here, as the environment says now.

    Raises:
        ProviderRequestError: the environment names a proxy that cannot be used.
    """
    return Route(address.startswith("https:"), proxy_for(address))


def host_of(address: str) -> str:
    """Return the host of an address, and its port if it names one."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def check_sendable(request: HttpRequest) -> None:
    """Check that the headers of a request can be sent as they are.

    Raises:
        ProviderRequestError: one cannot, because of a line break, for example, or it contradicts
            how the body is sent.
        UnicodeEncodeError: one has a character outside ASCII.
    """
    for name, value in request.headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            name.encode("ascii")
            value.encode("ascii")
            raise illegal_header()
        known = name.lower()
        if known in _OWN or (known == "content-length" and value != content_length(request)):
            raise unsendable(f"the header {known} says how the body is sent, and is set by the SDK")


def content_length(request: HttpRequest) -> str:
    """Return the header that says how long the body is."""
    return str(len(request.body or b""))
