"""Taking terminal control out of text that a model wrote.

Source: ECMA-48, sections 5.3 to 5.6 and 8.3; https://vt100.net/emu/dec_ansi_parser
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_SEQUENCE = 4096
"""Characters that an unfinished sequence may swallow; what follows is text again."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ESC = "\x1b"
_BEL = "\x07"
_STRING_STARTERS = frozenset("P]X^_")


class EscapeFilter:
    """Drops escape sequences and control characters but tab and newline.

    A push machine: text may be cut anywhere, and nothing is held back. A sequence that a newline
    or another control character breaks, or that grows too long, ends there, so that a stray
    opening cannot swallow the answer; what is left of it is harmless, for no ESC ever passes.
    """

    def __init__(self) -> None:
        self._passes: Callable[[str], bool] = self._text
        self._swallowed = 0

    def feed(self, text: str) -> str:
        """Take the next text, return what of it may be shown."""
        if self._passes == self._text and not _CONTROL.search(text):
            return text
        return "".join([char for char in text if self._passes(char)])

    def _text(self, char: str) -> bool:
        if char == _ESC:
            self._enter(self._escape)
        elif "\x80" <= char <= "\x9f":
            # An eight-bit control is ESC and a character in one.
            self._enter(self._escape)
            self._escape(chr(ord(char) - 0x40))
        else:
            return _CONTROL.match(char) is None
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
        # The terminator ESC \ begins a sequence like any other.
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


def without_escapes(text: str) -> str:
    """Return a whole text without terminal control."""
    return EscapeFilter().feed(text)
