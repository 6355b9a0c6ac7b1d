"""Reasoning that a model writes into its answer, between ``<think>`` and ``</think>``."""

from __future__ import annotations

from typing import NamedTuple

_OPEN = "<think>"
_CLOSE = "</think>"
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

    Everything after an unclosed tag is reasoning. Only the first ``</think>`` may lack its opening
    tag, and not where the service sends reasoning in a field of its own.
    """

    def __init__(self) -> None:
        self._thinking = False
        self._held = ""
        self._last = ""
        self.may_close_unopened: bool = True

    def feed(self, content: str) -> Split:
        """Take the next content; what may be the beginning of a tag is held back."""
        if not self._held and "<" not in content:
            if content:
                self._last = content[-1]
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
        while content:
            start = content.find("<")
            if start < 0:
                self._put(content, texts, thoughts)
                break
            self._put(content[:start], texts, thoughts)
            content = content[start:]
            if not final and self._is_undecided(content):
                self._held = content
                break
            tag = self._tag(content)
            if not tag:
                self._put("<", texts, thoughts)
                content = content[1:]
                continue
            if tag == _CLOSE and not self._thinking:
                reclassify = True
                thoughts[:0] = texts
                texts.clear()
            self._thinking, self.may_close_unopened = tag == _OPEN, False
            self._last = ""
            content = content[len(tag) :]
        return Split("".join(texts), "".join(thoughts), reclassify)

    def _tag(self, content: str) -> str:
        """Return the tag that takes effect at the start of the content, if one does."""
        tag = next((tag for tag in (_OPEN, _CLOSE) if content.startswith(tag)), "")
        if not tag or (self._last in _QUOTES and content[len(tag) :][:1] in _UNQUOTES):
            return ""
        if tag == _CLOSE:
            return tag if self._thinking or self.may_close_unopened else ""
        if self._last in _QUOTES:
            # `<think>…</think>` in one pair of quotes: its end is talked about like its start.
            self.may_close_unopened = False
            return ""
        return "" if self._thinking else tag

    def _is_undecided(self, content: str) -> bool:
        """Whether what comes next decides if the content starts with a tag."""
        if content in (_OPEN, _CLOSE):
            return self._last in _QUOTES
        return any(len(content) < len(tag) and tag.startswith(content) for tag in (_OPEN, _CLOSE))

    def _put(self, piece: str, texts: list[str], thoughts: list[str]) -> None:
        if piece:
            self._last = piece[-1]
            (thoughts if self._thinking else texts).append(piece)
