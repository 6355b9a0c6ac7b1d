"""Forms of values, each with what a careless provider makes of it."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Spoil = Callable[[Any], Any]
"""Returns what is left of a value; the value itself if it does not have the form."""


class _Lost:
    """The value is lost altogether."""

    def __repr__(self) -> str:
        return "LOST"


LOST: Final = _Lost()


@dataclass(frozen=True, slots=True)
class Form:
    """One form that a value may have.

    Attributes:
        name: what the value is like, as it stands in the table.
        spoil: loses just this form.
    """

    name: str
    spoil: Spoil


def lost_if(holds: Callable[[Any], bool]) -> Spoil:
    """Return what loses the values for which this holds."""
    return lambda value: LOST if holds(value) else value


def changed_if(kind: type | tuple[type, ...], change: Callable[[Any], Any]) -> Spoil:
    """Return what changes the values of a type, and leaves others alone."""

    def spoil(value: Any) -> Any:
        right = isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
        return change(value) if right else value

    return spoil


def deep(change: Spoil) -> Spoil:
    """Return what changes every value within lists and objects; a lost one is left out."""

    def spoil(value: Any) -> Any:
        if isinstance(value, Mapping):
            found = {name: spoil(item) for name, item in value.items()}
            return {name: item for name, item in found.items() if item is not LOST}
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [item for item in map(spoil, value) if item is not LOST]
        return change(value)

    return spoil


def _unfenced(text: str) -> str:
    fenced = re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", text, re.S)
    return fenced[1] if fenced else text


def _compact(text: str) -> str:
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except ValueError:
        return text


def _text(change: Callable[[str], str]) -> Spoil:
    return changed_if(str, change)


PRESENT = Form("any value", lambda value: LOST)
EMPTY = Form("empty", lost_if(lambda value: value == "" or value == [] or value == {}))
TEXT_FORMS: Sequence[Form] = (
    PRESENT,
    Form("white space around it", _text(str.strip)),
    Form("line ends of Windows", _text(lambda text: text.replace("\r\n", "\n"))),
    Form("decomposed characters (NFD)", _text(lambda text: unicodedata.normalize("NFC", text))),
    Form("compatibility characters", _text(lambda text: unicodedata.normalize("NFKC", text))),
    Form("characters of four bytes", _text(lambda text: "".join(c for c in text if c <= "\uffff"))),
    Form("control characters", _text(lambda text: re.sub(r"[\x00-\x08\x0b-\x1f]", "", text))),
    Form("escapes and entities", _text(html.unescape)),
    Form("markup", _text(lambda text: re.sub(r"</?\w+>", "", text))),
    Form("words of a chat template", _text(lambda text: re.sub(r"<\|\w+\|>", "", text))),
    Form("one fence around it", _text(_unfenced)),
    Form("JSON with blanks", _text(_compact)),
    Form("long", _text(lambda text: text[:8192])),
)
"""Forms of a text that reaches people or models; it may not be changed in any way."""

INTEGER_FORMS: Sequence[Form] = (
    PRESENT,
    Form("zero", lost_if(lambda value: value == 0 and type(value) is int)),
    Form("from 2**31", changed_if(int, lambda number: min(number, 2**31 - 1))),
    Form("from 2**53", changed_if(int, lambda number: int(float(number)))),
)
NUMBER_FORMS: Sequence[Form] = (
    PRESENT,
    Form("zero", lost_if(lambda value: value == 0)),
    Form("whole", changed_if(float, lambda number: int(number) if number == 1 else number)),
    Form("many digits", changed_if(float, lambda number: round(number, 2))),
)
LIST_FORMS: Sequence[Form] = (
    PRESENT,
    Form("several", changed_if((list, tuple), lambda items: items[:1])),
    Form("more than four", changed_if((list, tuple), lambda items: items[:4])),
    Form("in an order", changed_if((list, tuple), lambda items: items[::-1])),
)
JSON_FORMS: Sequence[Form] = (
    Form("null", deep(lost_if(lambda value: value is None))),
    Form("true and false", deep(changed_if(bool, int))),
    Form("integers from 2**53", deep(changed_if(int, lambda number: int(float(number))))),
    Form("1.0", deep(changed_if(float, lambda n: int(n) if n.is_integer() else n))),
    Form("empty text", deep(lost_if(lambda value: value == ""))),
    Form("characters outside ASCII", deep(_text(lambda t: t.encode("ascii", "replace").decode()))),
    Form("empty objects and lists", lambda value: _without_empty(value)),
    Form("five levels", lambda value: _cut_at(value, 5)),
)
"""Forms of what an object or a list may hold."""


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        found = {name: _without_empty(item) for name, item in value.items()}
        return {name: item for name, item in found.items() if item not in ({}, [])}
    if isinstance(value, list):
        return [item for item in map(_without_empty, value) if item not in ({}, [])]
    return value


def _cut_at(value: Any, levels: int) -> Any:
    if not isinstance(value, Mapping | list):
        return value
    if levels == 0:
        return None
    if isinstance(value, Mapping):
        return {name: _cut_at(item, levels - 1) for name, item in value.items()}
    return [_cut_at(item, levels - 1) for item in value]
