"""Which asterisks and underscores are emphasis, and which are multiplication or names.

Sources: CommonMark 0.31.2, section 6.2; stricter where models mean the characters themselves.
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"\\.|`+|\*+|_+", re.DOTALL)
_ACCEPTED = {1: (1, 3), 2: (2, 3), 3: (3,)}
"""The runs that close one of a length: of three, a part may close what began inside."""


def may_open(mark: str, length: int, before: str, after: str) -> bool:
    """Whether a run of asterisks or underscores can begin emphasis.

    Args:
        mark: the character.
        length: how many there are.
        before: the character before them, ``""`` at the beginning.
        after: the one after them, ``""`` at the end.
    """
    if not after or after.isspace():
        return False
    if _is_punctuation(after) and not _separates(before):
        return False
    # Within a word or an address neither names nor products are emphasis.
    is_strict = mark == "_" or length == 1
    return not (is_strict and (before == "/" or (before.isascii() and before.isalnum())))


def closing_run(
    text: str, start: int, mark: str, length: int, limit: int, *, is_whole: bool
) -> tuple[int | None, int]:
    """Return where the marks are that end emphasis, and up to where there surely are none.

    Args:
        text: the text.
        start: where to begin to look.
        mark: the character.
        length: how many of it began the emphasis.
        limit: where to stop.
        is_whole: whether nothing follows the text.
    """
    place = start
    while (found := _MARKS.search(text, place)) and found.start() < limit:
        run, end = found.group(), found.end()
        if run[0] == "`":
            close = text.find(run, end, limit)
            if close < 0 and not is_whole and len(text) < limit:
                break
            end = close + len(run) if close >= 0 else end  # marks within code are code
        elif run[0] == mark:
            if end == len(text) and not is_whole:
                break
            is_fit = len(run) in _ACCEPTED[length]
            if is_fit and _may_close(mark, text[found.start() - 1], text[end : end + 1]):
                return end - length, place
        place = end
    return None, place


def _may_close(mark: str, before: str, after: str) -> bool:
    if before.isspace():
        return False
    if _is_punctuation(before) and not _separates(after):
        return False
    return not (mark == "_" and after.isascii() and after.isalnum())


def _separates(character: str) -> bool:
    return not character or character.isspace() or _is_punctuation(character)


def _is_punctuation(character: str) -> bool:
    return bool(character) and not character.isalnum() and not character.isspace()
