"""Searches what is about to be written for credentials, in every form in which one can stand there.

``Redactor`` of the SDK knows how texts quote and encode a secret. Here the texts are found: those
within bytes, JSON, compressed bodies and other encodings.
"""

from __future__ import annotations

import base64
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from provider_sdk.adapting import Redactor

from provider_conformance.wires import json_values

_SHORTEST_FOR_REDACTOR = 4
_MOST_BYTES = 16 * 1024 * 1024
_DEPTH = 3
"""Encodings within encodings that are undone, such as Base64 of JSON within JSON."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_COMPRESSED = (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS)
"""Formats that zlib can tell apart by itself, gzip and zlib; and deflate without a head."""


class SecretSearch:
    """Finds credentials in texts, bytes and decoded JSON."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {secret for secret in secrets if secret}
        self._short = [secret for secret in found if len(secret) < _SHORTEST_FOR_REDACTOR]
        self._redactor = Redactor(form for secret in found for form in _further_forms(secret))

    def finds_in(self, value: Any) -> bool:
        """Return whether a credential shows in a text, in bytes, or anywhere in JSON types."""
        seen: set[str] = set()
        return any(self._finds(text, _DEPTH, seen) for text in _texts_of(value))

    def redacted(self, text: str) -> str:
        """Return a text without credentials."""
        for secret in self._short:
            text = text.replace(secret, "[redacted]")
        return self._redactor(text)

    def _finds(self, text: str, depth: int, seen: set[str]) -> bool:
        if text in seen:
            return False
        seen.add(text)
        if self.redacted(text) != text:
            return True
        return depth > 0 and any(self._finds(view, depth - 1, seen) for view in _decoded(text))


def _further_forms(secret: str) -> Iterator[str]:
    data = secret.encode("utf-8", "surrogatepass")
    # Bytes that are not text are read as Latin-1.
    yield from (secret, data.decode("latin-1"), data.hex())


def _texts_of(value: Any) -> Iterator[str]:
    """Yield every text in a value, keys included; bytes in the ways in which they can be read."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, bytes):
            waiting += _readings(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one


def _readings(data: bytes) -> list[Any]:
    """Return bytes as text, without the zeros of UTF-16, decoded from JSON, and decompressed."""
    readings: list[Any] = [data.decode("latin-1"), data.decode("utf-8", "replace")]
    if b"\0" in data:
        readings.append(data.replace(b"\0", b"").decode("latin-1"))
    readings += json_values(data)
    readings += _decompressed(data)
    return readings


def _decompressed(data: bytes) -> Iterator[bytes]:
    for bits in _COMPRESSED:
        rest = data
        while rest:
            stream = zlib.decompressobj(bits)
            try:
                found = stream.decompress(rest, _MOST_BYTES)
            except zlib.error:
                break
            if found:
                yield found
            rest = stream.unused_data


def _decoded(text: str) -> Iterator[str]:
    """Yield the text without escapes, without white space, and what its Base64 stands for."""
    # The redactor undoes escapes by itself; this is for the Base64 that they may hide.
    plain = unquote(html.unescape(_ESCAPE.sub(_unescape, text)), errors="replace")
    yield from (view for view in (plain, "".join(plain.split())) if view != text)
    for found in _BASE64.findall(text):
        yield from _decoded_base64(found)


def _decoded_base64(text: str) -> Iterator[str]:
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    data = base64.b64decode(plain[: len(plain) - (len(plain) % 4 == 1)] + "==")
    yield from _texts_of(data)


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[3]
