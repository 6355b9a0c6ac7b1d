"""What somebody entered in the chat: typed text and pasted text, which are told apart."""

from __future__ import annotations

from typing import NamedTuple


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
