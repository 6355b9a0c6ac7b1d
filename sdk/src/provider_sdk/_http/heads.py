"""The headers of requests and answers, for a library that leaves them to its caller."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from provider_sdk._dialect import HttpRequest
from provider_sdk._http.transport import DEFAULTS, content_length


def all_headers(request: HttpRequest, url: str) -> dict[str, str]:
    """Return all headers of a request, with those that the library adds."""
    sent = {"host": urlsplit(url).netloc, **DEFAULTS}
    sent |= {name.lower(): value for name, value in request.headers.items()}
    if request.body is not None or request.method not in ("GET", "HEAD", "OPTIONS"):
        sent.setdefault("content-length", content_length(request))
    return sent


def read_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers of an answer: names in lower case, the values of one name joined.

    A value that is not UTF-8 is read as ISO 8859-1, which old servers mean.
    """
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("iso-8859-1").lower()
        try:
            value = raw_value.decode()
        except UnicodeDecodeError:
            value = raw_value.decode("iso-8859-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
