"""Lets no Python program that a snippet starts leave the machine."""

import ipaddress
import sys

_WATCHED = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}


def _refuse_others(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _WATCHED:
        return
    place = arguments[0] if event.startswith("socket.geth") or event.endswith("info") else None
    host = place if place is not None else arguments[1]
    if isinstance(host, tuple):
        host = host[0]
    if not _is_here(host):
        raise ConnectionRefusedError(f"snippets stay on this machine, and {host} is elsewhere")


def _is_here(host: object) -> bool:
    if host is None or host in ("localhost", b"localhost", ""):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name.startswith("/"):
        return True  # a Unix socket
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_others)
