"""Where two values differ first, in words, if that is hard to see in the values themselves."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from provider_conformance._text import clip, repr_of

_LONG = 60
"""Texts of more characters than this are long: their difference is always told."""

_AROUND = 20
_MOST_CHARS = 120
_MOST_DEPTH = 50
_DEEPER = "it is deeper inside"


def first_difference(expected: object, actual: object) -> str:
    """Return where two values differ first; ``""`` if that is plain to see, or not at all."""
    path, ours, theirs = _descend(expected, actual)
    said = _of_leaves(ours, theirs, nested=bool(path))
    if not said:
        return ""
    return f"at {path}: {said}" if path else said


def visible(text: str) -> str:
    """Return a text with escapes for what is invisible, or looks like something else."""
    return "".join(char if _is_plain(char) else _escaped(char) for char in text)


def _descend(expected: object, actual: object) -> tuple[str, object, object]:
    """Return the path to the first difference, and what is there in both."""
    path = ""
    for _ in range(_MOST_DEPTH):
        step = _first_step(expected, actual)
        if step is None:
            break
        name, expected, actual = step
        path += name
    return path, expected, actual


def _first_step(expected: object, actual: object) -> tuple[str, object, object] | None:
    """Return the first key or index in which two containers of one kind differ."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key in expected:
            if key in actual and not same(expected[key], actual[key]):
                return f"[{clip(repr_of(key), _MOST_CHARS)}]", expected[key], actual[key]
    elif isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        for index, (ours, theirs) in enumerate(zip(expected, actual, strict=False)):
            if not same(ours, theirs):
                return f"[{index}]", ours, theirs
    return None


def same(expected: object, actual: object) -> bool:
    """Whether both are equal and of the same type, at every depth: True is not 1."""
    if expected != actual or type(expected) is not type(actual):
        return False
    if isinstance(expected, dict):
        assert isinstance(actual, dict)
        return all(same(value, actual[key]) for key, value in expected.items())
    if isinstance(expected, list | tuple):
        assert isinstance(actual, list | tuple)
        return all(map(same, expected, actual))
    return True


def _are_lists(expected: object, actual: object) -> bool:
    return type(expected) is type(actual) and isinstance(expected, list | tuple)


def _of_leaves(expected: Any, actual: Any, *, nested: bool) -> str:
    if isinstance(expected, str) and isinstance(actual, str) and expected != actual:
        return _of_texts(expected, actual) or (_both(expected, actual) if nested else "")
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return _of_keys(expected, actual)
    if _are_lists(expected, actual):
        return _of_lengths(expected, actual)
    if type(expected) is not type(actual) and _look_alike(expected, actual):
        return (
            f"expected {_shown(expected)} of type {type(expected).__name__}, "
            f"got {_shown(actual)} of type {type(actual).__name__}"
        )
    return _both(expected, actual) if nested else ""


def _look_alike(expected: object, actual: object) -> bool:
    return expected == actual or repr_of(expected).strip("'\"") == repr_of(actual).strip("'\"")


def _both(expected: object, actual: object) -> str:
    return f"expected {_shown(expected)}, got {_shown(actual)}"


def _shown(value: object) -> str:
    return clip(visible(repr_of(value)), _MOST_CHARS)


def _of_keys(expected: Mapping[Any, Any], actual: Mapping[Any, Any]) -> str:
    missing = [key for key in expected if key not in actual]
    if missing:
        return f"the key {_shown(missing[0])} is missing"
    surplus = [key for key in actual if key not in expected]
    if surplus:
        return f"the key {_shown(surplus[0])} is too many"
    return _DEEPER if _first_step(expected, actual) else ""


def _of_lengths(expected: Sequence[Any], actual: Sequence[Any]) -> str:
    if len(actual) < len(expected):
        left = expected[len(actual)]
        return f"{len(actual)} of {len(expected)} items; the first that is missing: {_shown(left)}"
    if len(actual) > len(expected):
        more = actual[len(expected)]
        return f"{len(actual)} items, not {len(expected)}; the first too many: {_shown(more)}"
    return _DEEPER if _first_step(expected, actual) else ""


def _of_texts(expected: str, actual: str) -> str:
    place = _common_start(expected, actual)
    if max(len(expected), len(actual)) <= _LONG and not _are_similar(expected, actual, place):
        return ""
    return (
        f"at character {place + 1:,}: expected {_excerpt(expected, place)}, "
        f"got {_excerpt(actual, place)}"
    )


def _common_start(expected: str, actual: str) -> int:
    """Return the length of what both texts begin with, in a few steps however long they are."""
    low, high = 0, min(len(expected), len(actual))
    while low < high:
        middle = (low + high + 1) // 2
        if expected[low:middle] == actual[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _are_similar(expected: str, actual: str, start: int) -> bool:
    end = _common_start(expected[start:][::-1], actual[start:][::-1])
    if start + end >= max(len(expected), len(actual)) / 2:
        return True
    return _folded(expected) == _folded(actual)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _excerpt(text: str, place: int) -> str:
    """Return what stands around a place, and the characters there by their numbers."""
    if place >= len(text):
        return f"the end after {_quoted(text, max(0, place - _AROUND), place)}"
    points = [text[place]]
    # What combines with a character is a part of what one sees.
    for char in text[place + 1 : place + 4]:
        if not unicodedata.combining(char):
            break
        points.append(char)
    numbers = " ".join(f"U+{ord(point):04X}" for point in points)
    return f"{_quoted(text, max(0, place - _AROUND), place + _AROUND)} ({numbers})"


def _quoted(text: str, start: int, end: int) -> str:
    before = "…" if start else ""
    after = "…" if end < len(text) else ""
    return f"{before}'{visible(text[start:end])}'{after}"


def _is_plain(char: str) -> bool:
    return char.isprintable() and not unicodedata.combining(char)


def _escaped(char: str) -> str:
    if char.isascii():
        return repr(char)[1:-1]
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
