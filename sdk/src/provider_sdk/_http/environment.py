"""The proxies and certificates that environment variables name.

The HTTP library reads the same variables, but raises its own exceptions if they are wrong. Here
the error names the variable. Values are not repeated: a proxy's address may hold a
password.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies

from provider_sdk._errors import ProviderRequestError

VARIABLES = {
    "HTTPS_PROXY": "the proxy for addresses that begin with https",
    "HTTP_PROXY": "the proxy for addresses that begin with http",
    "ALL_PROXY": "the proxy for both, if a scheme has no proxy of its own",
    "NO_PROXY": "hosts, domains, addresses and networks that are reached without a proxy, "
    "separated by commas; * is all",
    "SSL_CERT_FILE": "a file of certificate authorities, instead of the usual ones",
    "SSL_CERT_DIR": "a folder of certificate authorities, instead of the usual ones",
    "SSLKEYLOGFILE": "a file to which the keys of connections are written, for debugging",
}
"""The variables that are read here, and what they set; those of proxies also in small letters."""

_PORTS = {"http": 80, "https": 443}
_SCHEMES = ("http", "https", "socks5", "socks5h")


class Proxy(NamedTuple):
    """A proxy, and the setting that names it.

    Attributes:
        url: its address.
        source: the variable, or the system's settings.
    """

    url: str
    source: str

    @property
    def shown(self) -> str:
        """Its host and port, without user and password, and where they came from."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or ''}".rstrip(":") + f" (from {self.source})"

    @property
    def address(self) -> str:
        """Its scheme, host and port, without user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def authorization(self) -> str | None:
        """The header ``Proxy-Authorization`` for its user and password, ``None`` without them."""
        parts = urlsplit(self.url)
        if not parts.username and not parts.password:
            return None
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        return f"Basic {b64encode(pair.encode()).decode()}"


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for an address, ``None`` for none.

    Loopback addresses never use one. ``NO_PROXY`` lists hosts, domains, addresses and networks
    (``::1/128``) without one, separated by commas; ``*`` is all. As for the HTTP library, an entry
    with a scheme (``http://host``) means exactly this host, and only for this scheme.

    Raises:
        ProviderRequestError: the proxy cannot be used.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if is_loopback(host) or _is_excepted(parts.scheme, host, parts.port):
        return None
    found = getproxies()
    value = (found.get(parts.scheme) or found.get("all") or "").strip()
    if not value:
        return None
    proxy = Proxy(value if "://" in value else f"http://{value}", _source(parts.scheme))
    _check(proxy)
    return proxy


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return _is_short_loopback(host)
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


def _is_short_loopback(host: str) -> bool:
    """Whether it is an address such as ``127.1``, which systems complete."""
    try:
        return host[:1].isdigit() and socket.inet_aton(host)[0] == 127
    except OSError:
        return False


def tls_context() -> ssl.SSLContext:
    """Return the context that checks certificates, with the authorities that are configured.

    ``SSL_CERT_FILE``, then ``SSL_CERT_DIR`` replace those that come with the HTTP library.

    Raises:
        ProviderRequestError: a file or folder of the environment cannot be used.
    """
    _check_key_log()
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := os.environ.get(variable):
            return _context_of(variable, path)
    return _default_context()


def _check_key_log() -> None:
    # Python writes the keys of connections there, and raises if it cannot.
    if path := os.environ.get("SSLKEYLOGFILE"):
        try:
            with Path(path).open("a", encoding="ascii"):
                return
        except OSError as error:
            problem = error.strerror or type(error).__name__
        raise ProviderRequestError(
            f"the environment variable SSLKEYLOGFILE names {path!r}, which cannot be written "
            f"({problem})",
            hint="Correct SSLKEYLOGFILE, or unset it.",
        )


def _context_of(variable: str, path: str) -> ssl.SSLContext:
    if variable == "SSL_CERT_DIR":
        if any(Path(folder).is_dir() for folder in path.split(os.pathsep)):
            return _cached_context(None, path)
        problem = "is not a folder"
    else:
        try:
            return _cached_context(path, None)
        except OSError as error:  # ssl.SSLError is one
            problem = f"holds no certificates that can be read ({error.strerror or error})"
    raise ProviderRequestError(
        f"the environment variable {variable} names {path!r}, which {problem}",
        hint=f"Correct {variable}, or unset it to use the usual certificate authorities.",
    )


# Loading the certificate authorities takes longer than a call on loopback: once is enough.
@functools.lru_cache(maxsize=4)
def _cached_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=file, capath=folder)


@functools.cache
def _default_context() -> ssl.SSLContext:
    import certifi  # comes with the HTTP library

    return ssl.create_default_context(cafile=certifi.where())


def _source(scheme: str) -> str:
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    name = next((name for name in names if os.environ.get(name)), None)
    return f"the environment variable {name}" if name else "the system's settings"


def _check(proxy: Proxy) -> None:
    if problem := _problem(proxy.url):
        raise unusable_proxy(proxy.source, problem)


def unusable_proxy(source: str, problem: str) -> ProviderRequestError:
    """Return the error for a proxy of the environment that cannot be used."""
    return ProviderRequestError(
        f"{source} names a proxy that cannot be used: {problem}",
        hint="Correct it, unset it, or list the host in NO_PROXY.",
    )


def _problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "its address is not valid"
    if parts.scheme not in _SCHEMES:
        return f"its scheme is {parts.scheme[:20]!r}, and known are {', '.join(_SCHEMES)}"
    if not _is_host(parts):
        return "its address names no host"
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        return "for SOCKS the package socksio is missing (pip install 'httpx[socks]')"
    return None


def _is_host(parts: SplitResult) -> bool:
    return bool(parts.hostname) and parts.netloc.isprintable() and " " not in parts.netloc


def _is_excepted(scheme: str, host: str, port: int | None) -> bool:
    listed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return any(_covers(entry, scheme, host, port) for entry in _entries(listed))


def _entries(listed: str) -> Iterator[str]:
    yield from (entry.strip().lower() for entry in listed.split(",") if entry.strip())


def _covers(entry: str, scheme: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    only_scheme, _, entry = entry.rpartition("://")
    if only_scheme:
        if only_scheme not in (scheme, "all"):
            return False
        entry = entry.partition("/")[0]
    elif "/" in entry:
        return _is_within(host, entry)
    name, only_port = _host_and_port(entry)
    if only_port and only_port != str(port or _PORTS.get(scheme)):
        return False
    is_domain = not only_scheme or name.startswith("*")
    name = name.lstrip("*").lstrip(".").rstrip(".")
    return host == name or (is_domain and host.endswith(f".{name}")) or _same_address(host, name)


def _host_and_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.lstrip(":")
    if entry.count(":") == 1:
        name, _, only_port = entry.partition(":")
        return name, only_port
    return entry, ""


def _is_within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network.strip("[]").replace("]", ""), strict=False)
    except ValueError:
        return False


def _same_address(host: str, name: str) -> bool:
    try:
        return ip_address(host) == ip_address(name)
    except ValueError:
        return False
