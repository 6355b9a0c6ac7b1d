"""Joins characters that a stream sends in two pieces."""

from __future__ import annotations

import re

from provider_sdk._json import mended

# The first of two surrogates, or the first bytes of a UTF-8 character, at the end of a text.
_UNFINISHED = re.compile(
    "(?:[\ud800-\udbff]"
    "|(?<![\ud800-\udbff])(?:[\udcc2-\udcdf]|[\udce0-\udcef][\udc80-\udcbf]?"
    "|[\udcf0-\udcf4][\udc80-\udcbf]{0,2}))\\Z"
)


class CharacterJoiner:
    """Joins the halves of each character that is cut between two pieces of one text.

    A server that cuts tokens within a character sends one of its surrogates, or some of its bytes,
    in one event, and the rest in the next. Pass it text from ``decode_json`` with ``keep_halves``.
    A half whose other half never comes becomes U+FFFD.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take the next piece of the text, return the part without a cut character."""
        if piece.isascii() and not self._held:
            return piece
        text = self._held + piece
        self._held = ""
        if cut := _UNFINISHED.search(text):
            self._held = cut.group()
            text = text[: cut.start()]
        return mended(text)

    def flush(self) -> str:
        """Return U+FFFD for a half that was held back."""
        held, self._held = self._held, ""
        return mended(held)
