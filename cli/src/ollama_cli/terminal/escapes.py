"""Removes terminal control sequences, and characters that hide text, from what others wrote.

Sources: ECMA-48, sections 5.3 to 5.6 and 8.3; https://vt100.net/emu/dec_ansi_parser; Unicode
Standard Annex 9 and Technical Report 36.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

LONGEST_SEQUENCE = 4096
"""The longest sequence, in characters; after that, an unfinished one counts as ended."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Characters that show nothing themselves, and reorder the text around them or carry text that
# nobody sees. Others of their kind stay, because languages and emoji need them: joiners, marks of
# direction, places for a line break.
_HIDDEN = r"\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f"
_UNSHOWN = re.compile(f"[{_HIDDEN}]|{_CONTROL.pattern}")
_ESC = "\x1b"
_BEL = "\x07"
_STRING_STARTERS = frozenset("P]X^_")


class EscapeFilter:
    """Removes escape sequences, control characters except tab and newline, and hidden characters.

    Text may arrive in pieces of any size, and none of it is held back. A newline or other control
    character ends a sequence, and so does ``LONGEST_SEQUENCE``: a stray opening cannot swallow the
    whole answer. The rest of such a sequence is harmless text, because its ESC was removed.
    """

    def __init__(self) -> None:
        self._passes: Callable[[str], bool] = self._text
        self._swallowed = 0

    def feed(self, text: str) -> str:
        """Take the next piece of text and return the part that may be shown."""
        if self._passes == self._text and not _UNSHOWN.search(text):
            return text
        return "".join([char for char in text if self._passes(char)])

    def _text(self, char: str) -> bool:
        if char == _ESC:
            self._enter(self._escape)
        elif "\x80" <= char <= "\x9f":
            # An eight-bit control character stands for ESC and another character.
            self._enter(self._escape)
            self._escape(chr(ord(char) - 0x40))
        else:
            return _UNSHOWN.match(char) is None
        return False

    def _escape(self, char: str) -> bool:
        if char == "[":
            self._enter(self._control_sequence)
        elif char in _STRING_STARTERS:
            self._enter(self._string)
        elif " " <= char <= "/":
            return self._swallow()
        elif "0" <= char <= "~":
            self._leave()
        else:
            return self._again(char)
        return False

    def _control_sequence(self, char: str) -> bool:
        if "@" <= char <= "~":
            self._leave()
        elif " " <= char <= "?":
            return self._swallow()
        else:
            return self._again(char)
        return False

    def _string(self, char: str) -> bool:
        if char == _BEL:
            self._leave()
            return False
        # The terminator, ESC \, is read as a sequence of its own.
        return self._again(char) if _CONTROL.match(char) or char == "\n" else self._swallow()

    def _enter(self, state: Callable[[str], bool]) -> None:
        self._passes = state
        self._swallowed = 0

    def _leave(self) -> None:
        self._passes = self._text

    def _again(self, char: str) -> bool:
        self._leave()
        return self._text(char)

    def _swallow(self) -> bool:
        self._swallowed += 1
        if self._swallowed >= LONGEST_SEQUENCE:
            self._leave()
        return False


def cleaner(raw: bool) -> Callable[[str], str]:
    """Return what cleans a text that arrives in pieces; nothing does if ``raw``."""
    return str if raw else EscapeFilter().feed


def without_escapes(text: str) -> str:
    """Return a complete text without terminal control sequences and hidden characters."""
    return EscapeFilter().feed(text)


def escaped_as_json(text: str) -> str:
    """Return a text with each character that must not reach a terminal as JSON escapes it."""
    return _UNSHOWN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def on_one_line(text: str) -> str:
    """Return an id or a name without escapes, with its line breaks and tabs as spaces."""
    return " ".join(without_escapes(text).split())


def values_without_escapes(value: Any) -> Any:
    """Return a JSON value with all of its texts without escapes."""
    return with_texts(value, without_escapes)


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with all of its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: with_texts(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_texts(item, change) for item in value]
    return value
