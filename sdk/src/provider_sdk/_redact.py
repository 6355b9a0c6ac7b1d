"""Keeps credentials out of everything that people see."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, reduce
from itertools import takewhile
from typing import Any

from provider_sdk._escapes import Unescaped, unescaped
from provider_sdk._patterns import Pattern

REDACTED = "[redacted]"

# Shorter values occur in ordinary words; replacing them would garble messages and hide nothing.
_SHORTEST = 4
# From this length a value is found in encoded forms too, and one in a header counts as secret.
_LONG = 8
# What services show of a key to tell which one it is ("sk-12...") is shorter.
_SHORTEST_PREFIX = 12
# Escapes within escapes that are undone, such as those of JSON within an address within HTML.
_LAYERS = 4
_SECRET_HEADER = Pattern(
    r"auth(?!or(?!i[sz]))|cookie|secret|passw|passphrase|credential|bearer|signature|api-?key"
    r"|(?:^|[-_])(?:pwd|jwt|pat|session|sid)(?:[-_]|$)|(?<!idempotency-)(?:key|token)(?:[-_]|$)",
    re.IGNORECASE,
)


class Redactor:
    """Replaces known secrets in a text by ``[redacted]``.

    It finds a secret of 4 or more characters as it is, and with any of its characters escaped as
    in addresses, JSON, HTML or Python, several times too. It finds one of 8 or more also in any
    letter case and in Base64, even within longer Base64; and one of 13 or more also if only its
    first 12 or more characters are there, because services truncate messages.
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
        parts: list[str] = []
        end = 0
        for start, stop in sorted(self._places(text)):
            if start >= end:
                parts += (text[end:start], REDACTED)
            end = max(end, stop)
        return "".join([*parts, text[end:]]) if parts else text

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    # Compiled when a text is first redacted: most providers never meet one.

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The pattern of how each secret begins, longest first: one may be part of another."""
        return re.compile("|".join(map(_pattern_of, self._forms)))

    @cached_property
    def _forms(self) -> list[str]:
        """The secrets in every form that is found, all but short ones in small letters."""
        forms = {form for secret in self._secrets for form in _forms_of(secret)}
        return sorted(forms, key=lambda form: (-len(form), form))

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where secrets begin and end in the text."""
        yield from self._places_in(text)
        layers: list[Unescaped] = []
        while len(layers) < _LAYERS and (layer := unescaped(text)) and layer.text != text:
            layers.insert(0, layer)
            text = layer.text
            for place in self._places_in(text):
                yield reduce(lambda place, layer: layer.origin(*place), layers, place)

    @cached_property
    def _beginnings(self) -> list[str]:
        """What a text without regard to letter case holds, if the pattern finds anything in it."""
        return [_without_case(form[:_SHORTEST_PREFIX]) for form in self._forms]

    def _places_in(self, text: str) -> Iterator[tuple[int, int]]:
        # Most texts hold no secret, and plain searches tell so several times faster.
        folded = _without_case(text)
        if not any(beginning in folded for beginning in self._beginnings):
            return
        end = 0
        # Not `finditer`, for the reason that `_escapes_in` of `_escapes` gives.
        while found := self._pattern.search(text, end):
            start = found.start()
            longest = max(_common_length(text, start, form) for form in self._forms)
            end = max(found.end(), start + longest)
            yield start, end


def redacted_json(value: Any, redact: Callable[[str], str]) -> Any:
    """Return decoded JSON with each text in it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redacted_json(item, redact) for item in value]
    if isinstance(value, Mapping):
        return {redact(name): redacted_json(item, redact) for name, item in value.items()}
    return value


def is_secret_header(name: str) -> bool:
    """Whether a header's name says that it carries a credential."""
    return _SECRET_HEADER.search(name) is not None


def secrets_in(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of headers whose names say that they carry a credential."""
    for name, value in headers.items():
        if is_secret_header(name):
            yield from (
                secret for secret in _secret_parts(name.lower(), value) if len(secret) >= _LONG
            )


def _secret_parts(name: str, value: str) -> Iterator[str]:
    """Yield the secret parts of a header: without scheme, user or the names of cookies."""
    if "cookie" in name:
        yield from ((pair.partition("=")[2] or pair).strip(' "') for pair in value.split(";"))
        return
    scheme, _, rest = value.strip().partition(" ")
    yield rest.strip() or scheme
    if scheme.lower() == "basic":
        yield _password_in(rest)


def _password_in(encoded: str) -> str:
    try:
        return b64decode(encoded).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _forms_of(secret: str) -> Iterator[str]:
    """Yield the forms of a secret, without escapes too: it may hold what looks like one."""
    forms = [secret]
    if not secret.isascii():
        # The bytes of UTF-8 or units of UTF-16 can be escaped one by one.
        data = secret.encode("utf-16-be", "surrogatepass")
        units = (int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
        forms += [secret.encode("utf-8", "replace").decode("latin-1"), "".join(map(chr, units))]
    if len(secret) >= _LONG:
        forms += _base64_forms(secret)
    for form in forms:
        yield _comparable(form)
        while (layer := unescaped(form)) and len(layer.text) >= _SHORTEST and layer.text != form:
            form = layer.text
            yield _comparable(form)


def _comparable(form: str) -> str:
    return form.lower() if len(form) >= _LONG else form


def _pattern_of(form: str) -> str:
    if len(form) < _LONG:
        return re.escape(form)
    return f"(?i:{re.escape(form[:_SHORTEST_PREFIX])})"


def _base64_forms(secret: str) -> Iterator[str]:
    data = secret.encode(errors="replace")
    for before in range(3):
        # The characters that are the same whatever stands before and after it.
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + data).decode()[first:last]


def _without_case(text: str) -> str:
    """Return the text so that characters which a pattern takes for equal are equal.

    A pattern takes the letters I with and without a dot for one, as they are in Turkish; folding
    does not. A dot of its own above them is the same dot.
    """
    folded = text.casefold()
    return folded if folded.isascii() else folded.replace("\u0307", "").replace("\u0131", "i")


def _common_length(text: str, start: int, form: str) -> int:
    pairs = zip(text[start : start + len(form)].lower(), form, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
