"""Texts that stand in the input as one character each, such as big pastes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.terminal.counted import counted

MOST_LINES = 10
MOST_CHARACTERS = 1_000
"""A paste with more lines or characters is folded."""

MOST_TYPED = 10_000
"""A typed text with more characters, such as one from an editor, is folded."""

_KEPT = 64 << 20
_MOST_KEPT = 4_000
"""So many characters, and so many folds, are kept although nothing shows them any more."""

# The last plane of Unicode is for private use, and fonts with icons use the plane before it.
_FIRST, _LAST = 0x100000, 0x10FF00
_GUARDS = {"\U0010fff0": "@", "\U0010fff1": '"', "\U0010fff2": "\\", "\U0010fff3": "/"}
_GUARDED = {char: guard for guard, char in _GUARDS.items()}
_ALL_GUARDED = str.maketrans(_GUARDED)
MARKS = "\U00100000-\U0010ffff"
"""The characters that stand for a text, as a range in a regular expression."""

_GONE = "[a paste that is not kept any more]"

_MARK = re.compile(f"[{MARKS}]")
_LINE_END = re.compile(r"\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Fold(NamedTuple):
    """A text that stands in the input as one character.

    Attributes:
        text: the text.
        typed: whether it was typed.
        number: counts those in one input.
        label: what is shown instead of it.
    """

    text: str
    typed: bool
    number: int
    label: str


class Folds:
    """Turns pasted and typed text into what stands in the input, and the other way round.

    A big text becomes one mark, a character that is used for nothing else. A character of a paste
    that would mean something if it was typed (``@``, quotes or a slash at the beginning, a
    backslash at the end) becomes a mark as well, which is shown as that character.
    """

    def __init__(self) -> None:
        self._folds: dict[str, Fold] = {}
        self._marks: dict[tuple[str, bool, int], str] = {}
        self._next = _FIRST

    def pasted(self, text: str, beside: str = "") -> str:
        """Return what to insert for a paste.

        Args:
            text: the paste; each line ending becomes a newline.
            beside: what is in the input, whose folds are numbered too.
        """
        clean = _clean(text)
        if folded := self._folded(clean, typed=False, beside=beside):
            return folded
        guarded = _guarded(clean.replace("@", _GUARDED["@"]))
        return message(guarded) if "\n" in guarded else guarded

    def typed(self, text: str, beside: str = "") -> str:
        """Return what to insert for a typed text that does not come from keys."""
        clean = _clean(text)
        return self._folded(clean, typed=True, beside=beside) or _guarded(clean)

    def inserted(self, entry: Entry, beside: str = "") -> str:
        """Return what to insert for an entry, so that it is the same again."""
        found = ""
        for piece in entry.pieces:
            clean = _clean(piece.text)
            folded = self._folded(clean, typed=piece.typed, beside=beside + found)
            found += folded or (clean if piece.typed else clean.translate(_ALL_GUARDED))
        return _guarded(found)

    def entry(self, text: str) -> Entry:
        """Return what the input holds, as an entry."""
        return Entry(tuple(_joined(self._pieces(text))), self.shown(text))

    def whole(self, text: str) -> str:
        """Return what the input holds as one text, with nothing folded."""
        return "".join(piece.text for piece in self._pieces(text))

    def shown(self, text: str) -> str:
        """Return what the input shows."""
        return _MARK.sub(lambda found: self.label(found[0]), text)

    def label(self, mark: str) -> str:
        """Return what is shown instead of a mark."""
        return _GUARDS.get(mark) or self._find(mark).label

    @property
    def held(self) -> int:
        """How many characters all folded texts have."""
        return sum(len(fold.text) for fold in self._folds.values())

    def forget_all_but(self, texts: Iterable[str]) -> None:
        """Forget the oldest folds that are in none of these texts, if there are too many."""
        size = self.held
        if size <= _KEPT and len(self._folds) <= _MOST_KEPT:
            return
        used = {mark for text in texts for mark in _MARK.findall(text)}
        for mark in [mark for mark in self._folds if mark not in used]:
            if size <= _KEPT and len(self._folds) <= _MOST_KEPT:
                return
            fold = self._folds.pop(mark)
            del self._marks[fold.text, fold.typed, fold.number]
            size -= len(fold.text)

    def _folded(self, text: str, *, typed: bool, beside: str) -> str | None:
        """Return the mark of a text, ``None`` if it is to be shown as it is."""
        big = len(text) > (MOST_TYPED if typed else MOST_CHARACTERS)
        if big or (not typed and text.count("\n") >= MOST_LINES) or _MARK.search(text):
            return self._fold(text, typed=typed, beside=beside)
        return None

    def _fold(self, text: str, *, typed: bool, beside: str) -> str:
        numbers = (self._find(mark).number for mark in _MARK.findall(beside))
        number = max(numbers, default=0) + 1
        if known := self._marks.get((text, typed, number)):
            return known
        mark = chr(self._next)
        while mark in self._folds:
            mark = chr(_FIRST + (ord(mark) + 1 - _FIRST) % (_LAST - _FIRST))
        self._next = ord(mark)
        name = "typed" if typed else "pasted"
        label = f"[{name} {number}: {_size(text)}]"
        self._folds[mark] = Fold(text, typed, number, label)
        self._marks[text, typed, number] = mark
        return mark

    def _find(self, mark: str) -> Fold:
        return self._folds.get(mark) or Fold("", False, 0, _GONE)

    def _pieces(self, text: str) -> Iterator[Piece]:
        at = 0
        for found in _MARK.finditer(text):
            yield Piece(without_surrogates(text[at : found.start()]))
            at = found.end()
            if char := _GUARDS.get(found[0]):
                yield Piece(char, typed=False)
            else:
                fold = self._find(found[0])
                yield Piece(fold.text, fold.typed)
        yield Piece(without_surrogates(text[at:]))


def message(text: str) -> str:
    """Return what the input holds so that it calls no slash command."""
    return _GUARDED["/"] + text[1:] if text.startswith("/") else text


def without_surrogates(text: str) -> str:
    """Return a text in which pairs of surrogates are joined, and what is not Unicode is replaced.

    A terminal may send any byte, and on Windows a character as a pair.
    """
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _clean(text: str) -> str:
    return without_surrogates(_LINE_END.sub("\n", text))


def _guarded(text: str) -> str:
    """Return a text whose ends mean nothing to the keys."""
    if text.startswith('"""'):
        text = _GUARDED['"'] + text[1:]
    if text.endswith("\\"):
        text = text[:-1] + _GUARDED["\\"]
    return text


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield pieces, with those of one kind that follow each other as one."""
    last: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if last is not None and last.typed == piece.typed:
            last = Piece(last.text + piece.text, piece.typed)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _size(text: str) -> str:
    lines = text.count("\n") + (not text.endswith("\n"))
    size = len(text.encode())
    unit = f"{size:,} bytes"
    if size >= 1_000_000:
        unit = f"{size / 1_000_000:.1f} MB"
    elif size >= 10_000:
        unit = f"{size / 1_000:.0f} kB"
    return f"{counted(lines, 'line')}, {unit}"
