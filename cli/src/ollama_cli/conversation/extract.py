"""Summing up without a model: the first and last sentence of each text, and the names in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ollama_cli.conversation.blocks import Entry

_READ = 4000
_MOST_LINES = 1000
_SENTENCES = (240, 120, 60)
_MOST_NAMES = 8
_LONGEST_NAME = 60
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_NAME = re.compile(
    r"`([^`\n]{1,60})`"  # what somebody marked as code
    r"|((?:[\w.-]{1,40}/){1,6}[\w.-]{1,40})"  # a path
    r"|\b(\w{1,40}_\w{1,40}|[a-z]{1,30}[A-Z]\w{1,30}|\w{1,40}\.[a-z]{1,4})\b"
)
_SEPARATOR = " […] "


def extract(before: str, entries: Iterable[Entry], fits: Callable[[str], bool]) -> str:
    """Return a summary of an earlier summary and of entries, without a model.

    The same arguments have the same result. What is oldest is left out if there is too much.

    Args:
        before: the earlier summary, ``""`` if this is the first; it gets at most half of the room.
        entries: what was said since.
        fits: whether a text is short enough; an empty one is.
    """
    counted = [entry for entry in entries if not entry.continued]
    if not counted:
        return shortened(before, fits)
    if before:
        before = shortened(before, lambda text: fits(text + text))
    lines: list[str] = []
    for longest in _SENTENCES:
        lines = [_line(entry, longest) for entry in counted[-_MOST_LINES:]]
        if len(lines) == len(counted) and fits(found := _joined(before, lines, 0)):
            return found
    kept = _most(
        len(lines), lambda count: fits(_joined(before, lines[-count:], len(counted) - count))
    )
    return shortened(_joined(before, lines[len(lines) - kept :], len(counted) - kept), fits)


def _joined(before: str, lines: Sequence[str], left_out: int) -> str:
    note = f"({left_out} earlier entries are left out.)" if left_out else ""
    return "\n".join([*filter(None, (before, note)), *lines])


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """Return a text if it fits, else as much of its beginning and of its end as does."""
    if fits(text):
        return text

    def cut(length: int) -> str:
        return text[:length].rstrip() + _SEPARATOR + text[len(text) - length :].lstrip()

    length = _most(len(text) // 2, lambda length: fits(cut(length)))
    return cut(length) if length else ""


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """Return a large number up to the limit that fits, 0 if none does.

    It grows from below, so that what is tried is never much longer than what fits.
    """
    low, high = 0, 1
    while high < limit and fits(high):
        low, high = high, high * 2
    high = min(high, limit)
    if high > low and fits(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _line(entry: Entry, longest: int) -> str:
    text = entry.text
    head, tail = text[:_READ], text[-_READ:]
    first = _first(_SENTENCE_END.split(head), longest)
    last = _first(_SENTENCE_END.split(tail)[::-1], longest)
    said = first if last == first else first + _SEPARATOR + last
    names = [name for name in _names(head) if name not in said]
    listed = f" ({', '.join(names)})" if names else ""
    return f"- {entry.label}: {said}{listed}"


def _first(sentences: Sequence[str], longest: int) -> str:
    found = next((sentence.strip() for sentence in sentences if sentence.strip()), "")
    return found if len(found) <= longest else found[:longest].rstrip() + "…"


def _names(text: str) -> list[str]:
    found = dict.fromkeys(next(filter(None, match.groups())) for match in _NAME.finditer(text))
    return [name[:_LONGEST_NAME] for name in found][:_MOST_NAMES]
