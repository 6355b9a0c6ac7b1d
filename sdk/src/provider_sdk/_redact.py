"""Keeping credentials out of everything that people see."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"

# Shorter values stand in ordinary words; replacing them would garble messages and hide nothing.
_SHORTEST = 4
# From here on a value is found in disguise, too, and one in a header counts as a secret.
_LONG = 8
# What services show of a key to tell which one it is ("sk-12...") is shorter.
_SHORTEST_START = 12
_MOST_LEARNED = 8
_SECRET_HEADER = re.compile(r"authorization|cookie|secret|password|(key|token)$", re.IGNORECASE)


class Redactor:
    """Replaces known secrets by value, wherever they stand and however they are quoted.

    Of a secret of eight characters these count too: another case, and its Base64, by itself or
    within more; of a longer one also a beginning of twelve, where a message was cut.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        self._own = [secret for secret in secrets if secret and len(secret) >= _SHORTEST]
        self._learned: dict[str, None] = {}
        self._compile()

    def learn(self, secrets: Iterable[str]) -> None:
        """Replace these too; of very many, the latest."""
        new = [secret for secret in secrets if secret not in self._learned]
        if not new:
            return
        self._learned.update(dict.fromkeys(new))
        for oldest in list(self._learned)[:-_MOST_LEARNED]:
            del self._learned[oldest]
        self._compile()

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._whole is not None:
            text = self._whole.sub(REDACTED, text)
        if self._starts is not None:
            text = "".join(self._without_starts(text, self._starts))
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._own) + len(self._learned)} secrets)"

    def _compile(self) -> None:
        secrets = [*self._own, *self._learned]
        long = [secret for secret in secrets if len(secret) >= _LONG]
        disguised = _one_of(form for secret in long for form in _disguises(secret))
        plain = _one_of(form for secret in secrets for form in _quoted(secret))
        whole = f"(?i:{disguised})|{plain}" if long else plain
        self._whole = re.compile(whole) if secrets else None
        self._cut = [form.lower() for form in long if len(form) > _SHORTEST_START]
        starts = _one_of(form[:_SHORTEST_START] for form in self._cut)
        self._starts = re.compile(starts, re.IGNORECASE) if starts else None

    def _without_starts(self, text: str, starts: re.Pattern[str]) -> Iterator[str]:
        end = 0
        for found in starts.finditer(text):
            if found.start() >= end:
                yield text[end : found.start()]
                yield REDACTED
                end = found.start() + max(_shared(text, found.start(), form) for form in self._cut)
        yield text[end:]


def secrets_in(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of headers whose names say that they carry a credential."""
    for name, value in headers.items():
        if _SECRET_HEADER.search(name):
            yield from (secret for secret in _bare(name.lower(), value) if len(secret) >= _LONG)


def _bare(name: str, value: str) -> list[str]:
    """Return the value without the words around it that are no secret."""
    if "authorization" in name:
        return [value.strip().partition(" ")[2] or value]
    if "cookie" in name:
        return [pair.partition("=")[2].strip() for pair in value.split(";")]
    return [value]


def _quoted(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret))
    yield "".join(char if char.isalnum() else f"%{ord(char):02X}" for char in secret)


def _disguises(secret: str) -> Iterator[str]:
    yield from _quoted(secret)
    data = secret.encode(errors="replace")
    for before in range(3):
        # The characters that come out whatever stands before and behind it.
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + data).decode()[first:last]


def _one_of(forms: Iterable[str]) -> str:
    """Return the pattern for any of them, longest first: one may be part of another."""
    return "|".join(map(re.escape, sorted(set(forms), key=len, reverse=True)))


def _shared(text: str, start: int, form: str) -> int:
    pairs = zip(text[start : start + len(form)].lower(), form, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
