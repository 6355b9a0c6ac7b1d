"""Keeps credentials out of everything that people see."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import takewhile
from urllib.parse import quote

REDACTED = "[redacted]"

# Shorter values occur in ordinary words; replacing them would garble messages and hide nothing.
_SHORTEST = 4
# From this length a value is found in encoded forms too, and one in a header counts as secret.
_LONG = 8
# What services show of a key to tell which one it is ("sk-12...") is shorter.
_SHORTEST_PREFIX = 12
_SECRET_HEADER = re.compile(r"authorization|cookie|secret|password|(key|token)$", re.IGNORECASE)


_ENTITIES = {"&": ["amp"], "<": ["lt"], ">": ["gt"], '"': ["quot"], "'": ["apos"]}


class Redactor:
    """Replaces known secrets in a text by ``[redacted]``.

    It finds a secret of 4 or more characters as it is, and with any of its characters escaped as
    in addresses, JSON, HTML or Python. It finds one of 8 or more also in any letter case and in
    Base64, even within longer Base64; and one of 13 or more also if only its first 12 or more
    characters are there, because services truncate messages.
    """

    def __init__(self, secrets: Iterable[str | None]) -> None:
        found = {secret for secret in secrets if secret and len(secret) >= _SHORTEST}
        self._secrets = sorted(found, key=lambda secret: (-len(secret), secret))

    def with_more(self, secrets: Iterable[str]) -> Redactor:
        """Return a redactor that replaces these secrets as well."""
        return Redactor([*self._secrets, *secrets])

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if not self._secrets:
            return text
        text = self._whole.sub(REDACTED, text)
        return "".join(self._without_prefixes(text)) if self._prefixed else text

    # Compiled when a text is first redacted: most providers never meet one.

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        """The pattern of all secrets, longest first: one may be part of another."""
        return re.compile("|".join(map(_pattern_of, self._secrets)))

    @cached_property
    def _prefixed(self) -> list[str]:
        return [secret.lower() for secret in self._secrets if len(secret) > _SHORTEST_PREFIX]

    @cached_property
    def _prefix_pattern(self) -> re.Pattern[str]:
        prefixes = (re.escape(secret[:_SHORTEST_PREFIX]) for secret in self._prefixed)
        return re.compile("|".join(prefixes), re.IGNORECASE)

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def _without_prefixes(self, text: str) -> Iterator[str]:
        end = 0
        for found in self._prefix_pattern.finditer(text):
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


def _pattern_of(secret: str) -> str:
    plain = "".join(_char_pattern(char) for char in secret)
    if len(secret) < _LONG:
        return plain
    encoded = sorted(set(_base64_forms(secret)), key=len, reverse=True)
    return f"(?i:{'|'.join([plain, *map(re.escape, encoded)])})"


@lru_cache(maxsize=512)
def _char_pattern(char: str) -> str:
    """Return the pattern of a character in the forms in which texts quote it."""
    if char.isascii() and char.isalnum():
        return char
    code = ord(char)
    units = char.encode("utf-16-be", errors="surrogatepass")
    pairs = [units[at : at + 2].hex() for at in range(0, len(units), 2)]
    forms = [
        re.escape(char),
        re.escape(quote(char, safe="", errors="replace")),
        "".join(rf"\\{{1,2}}u{pair}" for pair in pairs),
        rf"\\{{1,2}}x{code:02x}",
        rf"\\{{1,4}}{re.escape(char)}",
        f"&#0*{code};",
        f"&#x0*{code:x};",
        *(f"&{name};" for name in _ENTITIES.get(char, ())),
        *([f"%{code:02x}"] if code < 256 else []),
        *([r"\+"] if char == " " else []),
    ]
    return f"(?:{re.escape(char)}|(?i:{'|'.join(forms[1:])}))"


def _base64_forms(secret: str) -> Iterator[str]:
    data = secret.encode(errors="replace")
    for before in range(3):
        # The characters that are the same whatever stands before and after it.
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + data).decode()[first:last]


def _common_length(text: str, start: int, form: str) -> int:
    pairs = zip(text[start : start + len(form)].lower(), form, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
