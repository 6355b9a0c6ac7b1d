"""Keeps credentials out of everything that people see."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"

# Shorter values occur in ordinary words; replacing them would garble messages and hide nothing.
_SHORTEST = 4
# From this length a value is found in encoded forms too, and one in a header counts as secret.
_LONG = 8
# What services show of a key to tell which one it is ("sk-12...") is shorter.
_SHORTEST_PREFIX = 12
_SECRET_HEADER = re.compile(r"authorization|cookie|secret|password|(key|token)$", re.IGNORECASE)


class Redactor:
    """Replaces known secrets in a text by ``[redacted]``.

    It finds a secret of 4 or more characters as it is, percent-encoded, and escaped for JSON, HTML
    or Python. It finds one of 8 or more also in any letter case and in Base64, even within longer
    Base64; and one of 13 or more also if only its first 12 or more characters are there, because
    services truncate messages.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        self._secrets = [secret for secret in secrets if secret and len(secret) >= _SHORTEST]
        long = [secret for secret in self._secrets if len(secret) >= _LONG]
        encoded = _pattern_of_any(form for secret in long for form in _encoded_forms(secret))
        plain = _pattern_of_any(form for secret in self._secrets for form in _plain_forms(secret))
        whole = f"(?i:{encoded})|{plain}" if long else plain
        self._whole = re.compile(whole) if self._secrets else None
        self._prefixed = [form.lower() for form in long if len(form) > _SHORTEST_PREFIX]
        prefixes = _pattern_of_any(form[:_SHORTEST_PREFIX] for form in self._prefixed)
        self._prefix_pattern = re.compile(prefixes, re.IGNORECASE) if prefixes else None

    def with_more(self, secrets: Iterable[str]) -> Redactor:
        """Return a redactor that replaces these secrets as well."""
        return Redactor([*self._secrets, *secrets])

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._whole is not None:
            text = self._whole.sub(REDACTED, text)
        if self._prefix_pattern is not None:
            text = "".join(self._without_prefixes(text, self._prefix_pattern))
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def _without_prefixes(self, text: str, prefixes: re.Pattern[str]) -> Iterator[str]:
        end = 0
        for found in prefixes.finditer(text):
            if found.start() >= end:
                yield text[end : found.start()]
                yield REDACTED
                end = found.start() + max(
                    _common_length(text, found.start(), form) for form in self._prefixed
                )
        yield text[end:]


def secrets_in(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of headers whose names say that they carry a credential."""
    for name, value in headers.items():
        if _SECRET_HEADER.search(name):
            yield from (
                secret for secret in _without_scheme(name.lower(), value) if len(secret) >= _LONG
            )


def _without_scheme(name: str, value: str) -> list[str]:
    """Return the secret parts of a header, without scheme or cookie names."""
    if "authorization" in name:
        return [value.strip().partition(" ")[2] or value]
    if "cookie" in name:
        return [pair.partition("=")[2].strip() for pair in value.split(";")]
    return [value]


def _plain_forms(secret: str) -> Iterator[str]:
    """Yield the secret as texts quote it: in addresses, JSON, HTML and Python."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret))
    yield "".join(char if char.isalnum() else f"%{ord(char):02X}" for char in secret)
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield from ("".join(_as_json(char) for char in secret), repr(secret)[1:-1])
    yield from (html.escape(secret), html.escape(secret, quote=False))
    for names in ({"'": "&#39;", '"': "&#34;"}, {"'": "&apos;", '"': "&quot;"}):
        yield "".join(names.get(char) or html.escape(char, quote=False) for char in secret)
    yield secret.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')


def _as_json(char: str) -> str:
    # Go and PHP write these so, wherever they stand.
    return f"\\u{ord(char):04x}" if char in "<>&'\"+=/" else json.dumps(char)[1:-1]


def _encoded_forms(secret: str) -> Iterator[str]:
    yield from _plain_forms(secret)
    data = secret.encode(errors="replace")
    for before in range(3):
        # The characters that are the same whatever stands before and after it.
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + data).decode()[first:last]


def _pattern_of_any(forms: Iterable[str]) -> str:
    """Return the pattern for any of them, longest first: one may be part of another."""
    return "|".join(map(re.escape, sorted(set(forms), key=len, reverse=True)))


def _common_length(text: str, start: int, form: str) -> int:
    pairs = zip(text[start : start + len(form)].lower(), form, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
