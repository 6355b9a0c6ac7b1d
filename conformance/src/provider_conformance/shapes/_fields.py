"""What stands where in JSON: paths, types and words, without content.

A path is written as in ``choices[].message.content``. What follows an object with a ``type`` is
told apart by it, as in ``content[](type=text).text``: such objects share a place, and not their
fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider_conformance._reading import DEEPEST

FREE_KEY = "free_key_7f3a"
"""A key of the payload; an object that holds it has keys that the protocol does not know."""

_MOST_KEYS = 200
"""An object with more keys is a map whose keys are content."""

_MOST_WORDS = 64
_LONGEST_WORD = 60
# Ids, dates and payload hold digits; a sentence holds blanks.
_WORD = re.compile(r"[A-Za-z][A-Za-z_.\-]*")
_KIND = re.compile(r"[\w.:/\-]+")
_KEY = re.compile(r"[\w$@:/\-]{1,80}")
_ROOT = re.compile(r"^\(type=[^)]*\)\.?")
_VARIANT = re.compile(r"\(type=[^)]*\)")

# By type of a value: the recorded types of which it is an instance. Some services write every
# number with a point, and others only where it is needed.
_FITS = {
    "integer": {"integer", "fraction"},
    "float": {"float", "fraction"},
    "fraction": {"fraction", "float"},
}
_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    str: "text",
    list: "list",
    dict: "object",
    type(None): "null",
}


class TooDeepError(ValueError):
    """A value is nested too deeply to be compared."""


@dataclass
class Field:
    """What stands at one path.

    Attributes:
        types: of values; ``float`` is a whole number that is written with a point.
        words: the texts, as long as each is a word of the protocol and they are few.
        is_open: whether the texts are not an enumeration.
        is_free: whether it is an object whose keys are content.
    """

    types: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    is_open: bool = False
    is_free: bool = False

    def add(self, value: Any) -> None:
        """Note a value."""
        self.types.add(_type_of(value))
        if not isinstance(value, str) or not value or self.is_open:
            return
        if is_word(value):
            self.words.add(value)
        if value not in self.words or len(self.words) > _MOST_WORDS:
            self.words, self.is_open = set(), True

    def merge(self, other: Field) -> None:
        """Add what another field holds."""
        self.types |= other.types
        self.is_free |= other.is_free
        self.is_open |= other.is_open
        self.words = set() if self.is_open else self.words | other.words

    def fits(self, kind: str) -> bool:
        """Whether values of this type may stand here."""
        return bool(_FITS.get(kind, {kind}) & self.types)


Fields = dict[str, Field]


def is_word(text: str) -> bool:
    """Whether a text may belong to an enumeration of a protocol."""
    return len(text) <= _LONGEST_WORD and _WORD.fullmatch(text) is not None


def add_value(fields: Fields, value: Any) -> None:
    """Note every value in some JSON.

    Raises:
        TooDeepError: it is nested too deeply.
    """
    waiting = [(value, "", 0)]
    while waiting:
        item, path, depth = waiting.pop()
        if depth > DEEPEST:
            raise TooDeepError(f"it is nested more than {DEEPEST} levels deep")
        fields.setdefault(path, Field()).add(item)
        if isinstance(item, list):
            waiting += [(one, f"{path}[]", depth + 1) for one in item]
        elif isinstance(item, dict):
            path = f"{path}{_variant(item)}"
            here = fields.setdefault(path, Field())
            here.types.add("object")
            here.is_free |= FREE_KEY in item or len(item) > _MOST_KEYS
            if not here.is_free:
                waiting += [(one, _joined(path, key), depth + 1) for key, one in item.items()]


def plain(path: str) -> str:
    """Return a path that tells no types apart."""
    return _VARIANT.sub("", path)


def without_root_type(path: str) -> str:
    """Return a path that does not tell the type of the whole body."""
    return _ROOT.sub("", path)


def less_typed(path: str) -> Iterator[str]:
    """Yield the path as it would be if one of its objects told no type."""
    return (path[: found.start()] + path[found.end() :] for found in _VARIANT.finditer(path))


def is_below(path: str, owners: Iterable[str]) -> bool:
    """Whether a path leads through one of some others, or is one."""
    return any(
        path == owner or (path.startswith(owner) and path[len(owner)] in ".[( ") for owner in owners
    )


def _variant(item: Mapping[str, Any]) -> str:
    kind = item.get("type")
    if not isinstance(kind, str) or len(kind) > _LONGEST_WORD or not _KIND.fullmatch(kind):
        return ""
    return f"(type={kind})"


def _joined(path: str, key: str) -> str:
    key = key if _KEY.fullmatch(key) else "*"
    return f"{path}.{key}" if path else key


def _type_of(value: Any) -> str:
    if isinstance(value, float):
        return "float" if value.is_integer() else "fraction"
    return _TYPES.get(type(value), "text")
