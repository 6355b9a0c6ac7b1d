"""Reads addresses as ``OLLAMA_HOST`` may hold them.

Source: https://github.com/ollama/ollama/blob/main/envconfig/config.go
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

PORT = 11434
CLOUD = "ollama.com"
_SCHEMES = ("http", "https")
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_API_PATHS = ("/api", "/v1")


def full_address(text: str) -> str:
    """Return the base URL for an address as people write it, for Ollama's server or its clients.

    Scheme, host and port may be left out; with a scheme, the port is the scheme's own. An address
    on which a server listens everywhere means this machine. ``/api`` or ``/v1`` at the end is left
    out, because the paths of requests begin with it.
    """
    text = text.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = ("https" if _is_cloud(text) else "http"), text
    if scheme.lower() not in _SCHEMES:
        return text
    authority, slash, path = rest.partition("/")
    path = (slash + path).rstrip("/")
    for ending in _API_PATHS:
        path = path.removesuffix(ending)
    needs_port = not separator and scheme == "http"
    return f"{scheme.lower()}://{_full_authority(authority, needs_port=needs_port)}{path}"


def is_cloud(base_url: str) -> bool:
    """Whether a base URL is that of Ollama's cloud."""
    host = urlsplit(base_url).hostname or ""
    return host == CLOUD or host.endswith(f".{CLOUD}")


def _is_cloud(text: str) -> bool:
    return text.partition("/")[0].partition(":")[0].lower() == CLOUD


def _full_authority(authority: str, *, needs_port: bool) -> str:
    host, port = _split(authority)
    host = _ANY_ADDRESS.get(host, host) or "127.0.0.1"
    if not port and needs_port:
        port = str(PORT)
    host = f"[{host}]" if ":" in host and _is_ipv6(host) else host
    return f"{host}:{port}" if port else host


def _split(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, port.removeprefix(":")
    if _is_ipv6(authority):
        return authority, ""
    host, _, port = authority.rpartition(":") if ":" in authority else (authority, "", "")
    return host, port


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True
