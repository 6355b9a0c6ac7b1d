"""Says what is wrong with a base URL without repeating it: it may hold a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urlsplit

_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/$&()*+,;=!%\[\]-]+")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def address_problem(url: str, endpoints: Sequence[str]) -> str | None:
    """Return what is wrong with a base URL, which must not end in an endpoint, or ``None``."""
    return next(_problems(url, endpoints), None)


def _problems(url: str, endpoints: Sequence[str]) -> Iterator[str]:
    if "@" in url:
        yield "has @, so what stands before it is a user and password"
    if "?" in url or "#" in url:
        yield "has a query or a fragment"
    if not _CHARACTERS.fullmatch(url):
        yield "has spaces or other characters that an address must not have"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        yield "has no valid host and port"
        return
    if parts.scheme not in ("http", "https"):
        yield "does not begin with https:// or http://"
    if port == 0 or parts.netloc.endswith(":"):
        yield "has a port that is empty or 0"
    if not _is_host(parts):
        yield "has no valid host name"
    if _ESCAPE.search(url):
        yield "has a % without two hexadecimal digits"
    for endpoint in endpoints:
        if parts.path.rstrip("/").endswith(endpoint):
            yield f"ends in {endpoint}, which the provider adds itself; leave that off"


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return _is_ipv6(host)
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True
