"""Writes an address as HTTP sends it: what is percent-encoded stays so, all else is encoded once.

httpx writes addresses in the same way (it follows RFC 3986 and the URL Standard), so that a request
looks the same whichever library sends it.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

MAX_CHARACTERS = 65_536
"""Longest address that is sent."""

_PORTS = {"http": 80, "https": 443}
# https://url.spec.whatwg.org/#percent-encoded-bytes
_NOT_IN_PATH = re.compile(r"[^!$-;=@-_a-z|~]")
_NOT_IN_QUERY = re.compile(r"[^!$-;=?-~]")
_NOT_IN_HOST = re.compile(r"[^!\"$-.0-9;=\\_`a-z{-~]")
_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


def written(address: str) -> str:
    """Return an address as it is sent, without a fragment.

    Args:
        address: a base URL that was checked, and after it a path and perhaps a query.

    Raises:
        ValueError: it is too long, or its host or a character of it cannot be sent.
    """
    if len(address) > MAX_CHARACTERS:
        raise ValueError("URL too long")
    for position, character in enumerate(address):
        if character.isascii() and not character.isprintable():
            raise ValueError(
                "Invalid non-printable ASCII character in URL, "
                f"{character!r} at position {position}."
            )
    start, mark, query = address.partition("#")[0].partition("?")
    parts = urlsplit(start)
    path = _encoded(_NOT_IN_PATH, _without_dots(parts.path) or "/")
    query = _encoded(_NOT_IN_QUERY, query)
    return f"{parts.scheme}://{_authority(parts)}{path}{mark}{query}"


def _authority(parts: SplitResult) -> str:
    host = _host(parts.hostname or "")
    port = parts.port
    return host if port in (None, _PORTS.get(parts.scheme)) else f"{host}:{port}"


def _host(host: str) -> str:
    if ":" in host:
        return f"[{_checked(IPv6Address, host)}]"
    if _IPV4.fullmatch(host):
        return _checked(IPv4Address, host)
    if host.isascii():
        return _encoded(_NOT_IN_HOST, host)
    import idna  # both libraries need it, and only such hosts do

    try:
        return idna.encode(host).decode()
    except idna.IDNAError:
        pass
    raise ValueError(f"Invalid IDNA hostname: {host!r}")


def _checked(kind: type[IPv4Address | IPv6Address], host: str) -> str:
    try:
        kind(host)
    except AddressValueError:
        pass
    else:
        return host
    raise ValueError(f"Invalid {kind.__name__.removesuffix('Address')} address: {host!r}")


def _without_dots(path: str) -> str:
    """Return a path without its segments ``.`` and ``..`` (RFC 3986, 5.2.4)."""
    segments = path.split("/")
    if "." not in segments and ".." not in segments:
        return path
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if kept not in ([], [""]):
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _encoded(unsafe: re.Pattern[str], text: str) -> str:
    return unsafe.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
