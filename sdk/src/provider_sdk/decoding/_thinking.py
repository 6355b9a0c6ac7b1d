"""Reasoning that a model writes into its answer, between ``<think>`` and ``</think>``."""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category

_OPEN = "<think>"
_CLOSE = "</think>"
_LONGEST = len(_CLOSE)
# These show nothing, though their Unicode categories are those of letters and marks.
_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\ufe0e\ufe0f\uffa0")
_FENCE_MARKS = "`~"
_SHORTEST_FENCE = 3
# A tag between quotes or backticks is quoted, not used.
_QUOTES = frozenset("`'\"\u201c\u2018")
_UNQUOTES = frozenset("`'\"\u201d\u2019")


class Split(NamedTuple):
    """A piece of content, split into text and reasoning.

    Attributes:
        text: the part that is text.
        reasoning: the part that is reasoning.
        text_was_reasoning: whether all text before this piece was reasoning. A ``</think>`` then
            came without ``<think>``: the server's template had already written the opening tag.
    """

    text: str
    reasoning: str
    text_was_reasoning: bool = False


class ThinkSplitter:
    """Splits content into text and reasoning; a tag may be cut between two pieces.

    A ``<think>`` counts at the start of the content, or directly after a closed block, because
    models write it there; blanks and characters that show nothing may come before it. Everywhere
    else, in code for example, it is text. Everything after an unclosed tag is reasoning. Only the
    first ``</think>`` may lack its opening tag; but not in a code fence, not if an opening tag
    precedes it in the text, and not if the service sends reasoning in a separate field (then set
    ``may_close_unopened`` to false).

    Attributes:
        may_close_unopened: whether a first ``</think>`` without ``<think>`` still counts.
    """

    def __init__(self) -> None:
        self._thinking = False
        self._held = ""
        self._last = ""
        self._may_open = True
        self._fence = _Fence()
        self.may_close_unopened: bool = True

    def take_plain(self, content: str) -> bool:
        """Take the next piece if all of it is text; if not, return false, and it must be fed.

        Most pieces are, and this costs half of ``feed``.
        """
        if "<" in content or self._held or self._thinking or self._may_open:
            return False
        if "`" in content or "~" in content or self._fence.run:
            self._remember(content)
        elif content:
            self._last = content
        return True

    def feed(self, content: str) -> Split:
        """Take the next piece of content; hold back what may be the beginning of a tag."""
        if self.take_plain(content):
            return Split(content, "")
        return self._split_at_tags(self._held + content, final=False)

    def flush(self) -> Split:
        """Return what was held back, which is not a tag after all."""
        return self._split_at_tags(self._held, final=True)

    def _split_at_tags(self, content: str, *, final: bool) -> Split:
        texts: list[str] = []
        thoughts: list[str] = []
        reclassify = False
        self._held = ""
        begin = seen = 0
        end = len(content)
        while not self._tags_are_text and (at := content.find("<", seen)) >= 0:
            self._remember(content[seen:at])
            if not final and self._is_undecided(content, at):
                self._held = content[at:]
                end = seen = at
                break
            tag = self._tag(content, at)
            if not tag:
                self._remember("<")
                seen = at + 1
                continue
            (thoughts if self._thinking else texts).append(content[begin:at])
            if tag == _CLOSE and not self._thinking:
                reclassify = True
                thoughts[:0] = texts
                texts.clear()
            self._note_tag(tag)
            begin = seen = at + len(tag)
        self._remember(content[seen:end])
        (thoughts if self._thinking else texts).append(content[begin:end])
        return Split("".join(texts), "".join(thoughts), reclassify)

    @property
    def _tags_are_text(self) -> bool:
        """Whether every tag from here on is text."""
        return not (self._thinking or self._may_open or self.may_close_unopened)

    def _tag(self, content: str, at: int) -> str:
        """Return the tag at this place, ``""`` without a tag, or if it does not count."""
        tag = next((tag for tag in (_OPEN, _CLOSE) if content.startswith(tag, at)), "")
        end = at + len(tag)
        if not tag or (self._last[-1:] in _QUOTES and content[end : end + 1] in _UNQUOTES):
            return ""
        if tag == _CLOSE:
            may_close = self.may_close_unopened and not self._fence.is_open
            return tag if self._thinking or may_close else ""
        if self._may_open:
            return tag
        if not self._thinking:
            # This ``<think>`` is text, so its ``</think>`` is text as well.
            self.may_close_unopened = False
        return ""

    def _note_tag(self, tag: str) -> None:
        self._thinking = tag == _OPEN
        self._may_open = not self._thinking
        self.may_close_unopened = False
        self._last = ""

    def _is_undecided(self, content: str, at: int) -> bool:
        """Whether more content is needed to know if there is a tag at this place."""
        if len(content) - at > _LONGEST:
            return False
        rest = content[at:]
        if rest in (_OPEN, _CLOSE):
            return self._last[-1:] in _QUOTES
        return any(tag.startswith(rest) for tag in (_OPEN, _CLOSE))

    def _remember(self, piece: str) -> None:
        """Remember what decides whether a tag after this piece counts."""
        if not piece:
            return
        self._last = piece
        if self._thinking:
            return
        if self._may_open and not all(map(_is_blank, piece)):
            self._may_open = False
        if self.may_close_unopened and ("`" in piece or "~" in piece or self._fence.run):
            self._fence.add(piece)


def _is_blank(character: str) -> bool:
    """Whether a character shows nothing, such as a byte order mark or a zero-width space."""
    # Whitespace, or of the Unicode categories for control and formatting.
    return character.isspace() or category(character) in ("Cc", "Cf") or character in _FILLERS


class _Fence:
    """Tracks code fences, which open with three or more backticks or tildes and close with as many.

    Attributes:
        run: how many of them the text so far ends with.
    """

    __slots__ = ("_fence", "_length", "_mark", "run")

    def __init__(self) -> None:
        self._fence = ""
        self._length = 0
        self._mark = ""
        self.run = 0

    @property
    def is_open(self) -> bool:
        return self._length_after_run() > 0

    def add(self, piece: str) -> None:
        for character in piece:
            if self.run and character != self._mark:
                self._end_run()
            if character in _FENCE_MARKS:
                self._mark = character
                self.run += 1

    def _end_run(self) -> None:
        before, self._length = self._length, self._length_after_run()
        self._fence = self._fence if before else self._mark
        self.run = 0

    def _length_after_run(self) -> int:
        if not self._length:
            return self.run if self.run >= _SHORTEST_FENCE else 0
        closes = self._mark == self._fence and self.run >= self._length
        return 0 if closes else self._length
