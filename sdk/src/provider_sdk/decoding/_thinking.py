"""Reasoning that a model writes into its answer, between ``<think>`` and ``</think>``."""

from __future__ import annotations

from typing import NamedTuple

_OPEN = "<think>"
_CLOSE = "</think>"
_LONGEST = len(_CLOSE)
# A tag between two of these is being talked about, not used.
_QUOTES = frozenset("`'\"\u201c\u2018")
_UNQUOTES = frozenset("`'\"\u201d\u2019")


class Split(NamedTuple):
    """A piece of content, sorted.

    ``text_was_reasoning`` means that all text before this piece was reasoning: a ``</think>`` came
    without ``<think>``, because the server's template had already written the opening tag.
    """

    text: str
    reasoning: str
    text_was_reasoning: bool = False


class ThinkSplitter:
    """Sorts content into text and reasoning, wherever the tags are cut.

    A ``<think>`` counts where a model would put it: at the start of the content, or right behind a
    block that was closed. Everywhere else, in code for example, it is text. Everything after an
    unclosed tag is reasoning. Only the first ``</think>`` may lack its opening tag; not in a code
    fence, not where an opening tag stands in the text before it, and not where the service sends
    reasoning in a field of its own (set ``may_close_unopened`` to false there).
    """

    def __init__(self) -> None:
        self._thinking = False
        self._held = ""
        self._last = ""
        self._may_open = True
        self._fence = _Fence()
        self.may_close_unopened: bool = True

    def feed(self, content: str) -> Split:
        """Take the next content; what may be the beginning of a tag is held back."""
        if not self._held:
            if not (self._thinking or self._may_open or self.may_close_unopened):
                return Split(content, "")  # no tag can have a meaning any more
            if "<" not in content:
                self._see(content)
                return Split("", content) if self._thinking else Split(content, "")
        return self._sorted(self._held + content, final=False)

    def flush(self) -> Split:
        """Return what was held back, which turned out to be no tag."""
        return self._sorted(self._held, final=True)

    def _sorted(self, content: str, *, final: bool) -> Split:
        texts: list[str] = []
        thoughts: list[str] = []
        reclassify = False
        self._held = ""
        begin = seen = 0
        end = len(content)
        while not self._tags_are_text and (at := content.find("<", seen)) >= 0:
            self._see(content[seen:at])
            if not final and self._is_undecided(content, at):
                self._held = content[at:]
                end = seen = at
                break
            tag = self._tag(content, at)
            if not tag:
                self._see("<")
                seen = at + 1
                continue
            (thoughts if self._thinking else texts).append(content[begin:at])
            if tag == _CLOSE and not self._thinking:
                reclassify = True
                thoughts[:0] = texts
                texts.clear()
            self._pass(tag)
            begin = seen = at + len(tag)
        self._see(content[seen:end])
        (thoughts if self._thinking else texts).append(content[begin:end])
        return Split("".join(texts), "".join(thoughts), reclassify)

    @property
    def _tags_are_text(self) -> bool:
        """Whether no tag can have a meaning any more."""
        return not (self._thinking or self._may_open or self.may_close_unopened)

    def _tag(self, content: str, at: int) -> str:
        """Return the tag that takes effect at this place, if one does."""
        tag = next((tag for tag in (_OPEN, _CLOSE) if content.startswith(tag, at)), "")
        end = at + len(tag)
        if not tag or (self._last in _QUOTES and content[end : end + 1] in _UNQUOTES):
            return ""
        if tag == _CLOSE:
            may_close = self.may_close_unopened and not self._fence.is_open
            return tag if self._thinking or may_close else ""
        if self._may_open:
            return tag
        if not self._thinking:
            # Its end is talked about like its start.
            self.may_close_unopened = False
        return ""

    def _pass(self, tag: str) -> None:
        self._thinking = tag == _OPEN
        self._may_open = not self._thinking
        self.may_close_unopened = False
        self._last = ""

    def _is_undecided(self, content: str, at: int) -> bool:
        """Whether what comes next decides if there is a tag at this place."""
        if len(content) - at > _LONGEST:
            return False
        rest = content[at:]
        if rest in (_OPEN, _CLOSE):
            return self._last in _QUOTES
        return any(tag.startswith(rest) for tag in (_OPEN, _CLOSE))

    def _see(self, piece: str) -> None:
        """Remember of a piece what decides about the tags behind it."""
        if not piece:
            return
        self._last = piece[-1]
        if self._thinking:
            return
        if self._may_open and not piece.isspace():
            self._may_open = False
        if self.may_close_unopened and ("`" in piece or self._fence.ticks):
            self._fence.see(piece)


class _Fence:
    """Whether a text stands in a code fence at its end: three backticks, or more, to as many."""

    __slots__ = ("_length", "ticks")

    def __init__(self) -> None:
        self._length = 0
        self.ticks = 0

    @property
    def is_open(self) -> bool:
        return self._after_ticks() > 0

    def see(self, piece: str) -> None:
        for character in piece:
            if character == "`":
                self.ticks += 1
            elif self.ticks:
                self._length, self.ticks = self._after_ticks(), 0

    def _after_ticks(self) -> int:
        if self._length:
            return 0 if self.ticks >= self._length else self._length
        return self.ticks if self.ticks >= 3 else 0
