"""What somebody entered in the chat: typed text and pasted text, which are told apart."""

from __future__ import annotations

from typing import NamedTuple

QUOTES = '"""'
"""What is between them is one message, of any number of lines."""


def continues(line: str) -> bool:
    """Whether a line ends with one backslash, so that the next one belongs to it; two are text."""
    return line.endswith("\\") and not line.endswith("\\\\")


class Piece(NamedTuple):
    """A part of an entry.

    Attributes:
        text: the text.
        typed: whether it was typed; what was pasted mentions no file.
    """

    text: str
    typed: bool = True


class Entry(NamedTuple):
    """A message or a slash command, as it was entered.

    Attributes:
        pieces: what it consists of.
        shown: how it stood in the input, with big pastes folded.
    """

    pieces: tuple[Piece, ...]
    shown: str

    @classmethod
    def of(cls, text: str) -> Entry:
        """Return a typed text as an entry."""
        return cls((Piece(text),), text)

    @property
    def text(self) -> str:
        """Return all of it as one text."""
        return "".join(piece.text for piece in self.pieces)
