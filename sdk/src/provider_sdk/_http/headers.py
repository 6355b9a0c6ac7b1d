"""The headers of a request: those that every request has, and which can be sent at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from provider_sdk._dialect import HttpRequest
from provider_sdk._http.failures import illegal_header, unsendable
from provider_sdk._http.gzip import ENCODING

DEFAULTS = {"accept": "*/*", "accept-encoding": ENCODING}
"""Headers that a request has unless it names others."""

# RFC 9110, 5.1 and 5.5. A value may not begin or end with a blank.
_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_VALUE = re.compile(r"(?:[!-~]+(?:[ \t]+[!-~]+)*)?")


_OWN = frozenset({"transfer-encoding", "expect"})
"""How the body travels is not the caller's to say: the library would send something else."""


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


def read(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
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
