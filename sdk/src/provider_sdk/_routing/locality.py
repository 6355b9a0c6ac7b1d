"""Whether what is sent to a provider stays on the user's own machines."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from provider_sdk._base import BaseProvider

_PRIVATE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
_SOCKETS = ("unix", "http+unix", "https+unix")


def is_local(provider: BaseProvider) -> bool:
    """Whether its class says that it is local, and its address is loopback, private or a socket.

    A host name other than ``localhost`` is not: only a resolver could tell where it leads. A
    provider without an address, whose model runs in this process, is.
    """
    return bool(provider.local) and is_local_address(getattr(provider, "base_url", ""))


def is_local_address(url: object) -> bool:
    """Whether an address is loopback, private or a Unix socket; no address is."""
    if not url:
        return True
    try:
        parts = urlsplit(str(url))
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    return parts.scheme in _SOCKETS or _is_near(host)


def _is_near(host: str) -> bool:
    from provider_sdk._http.environment import is_loopback  # loads ssl, which not every call needs

    return is_loopback(host) or _is_private(host)


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in _PRIVATE if network.version == address.version)
