"""The front matter of a Markdown file: a small, strict part of YAML between two lines ``---``.

A line is ``key: value``. The value is text, in quotes or not; JSON in ``[]`` or ``{}``; or empty,
and then indented lines follow: further keys, or items ``- value``. After ``|`` they are text of
several lines. Anything else is refused, so that nothing means something else than elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any, NamedTuple, TypeAlias

Value: TypeAlias = Any
"""``None``, text, ``Plain``, a list or a mapping of these, or a JSON array or object."""

_FENCE = "---"
_KEY = re.compile(r"([^\W\d][\w-]*)[ \t]*:(?:[ \t]+(.*))?")
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#.*")
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(.*)""")
_ITEM = re.compile(
    r"""[ ]*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,\[\]{}"'&*!>%@`|?#:-][^,\[\]{}"'#:]*)[ ]*"""
)
_MEANT = "&*!>%@`,]}|?"
"""How no text without quotes may begin, because YAML means something by it."""


class FrontMatterError(Exception):
    """The front matter cannot be read; the message names the line."""


class Plain(str):
    """Text without quotes, which may be meant as a number, true, false or null."""

    def typed(self) -> Any:
        """Return what JSON says that it is, else the text."""
        if self == "~":
            return None
        try:
            return json.loads(self)
        except (ValueError, RecursionError):
            return str(self)


class _Line(NamedTuple):
    number: int
    text: str


def split_front_matter(text: str) -> tuple[dict[str, Value], str]:
    """Return the keys and values of the front matter, and the text after it.

    Text that does not begin with a line ``---`` has none.

    Raises:
        FrontMatterError: it has no end, or is not in the form that this module describes.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        return {}, text
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            inside = [_Line(place, found) for place, found in enumerate(lines[1:number], 2)]
            return _mapping(inside, nested=False), "\n".join(lines[number + 1 :])
    raise FrontMatterError(f"line 1 is {_FENCE!r}, and no other line is, to end the front matter")


def _mapping(lines: Sequence[_Line], *, nested: bool) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, rest, block in _entries(lines):
        if key in found:
            raise _error(rest, f"the key {key!r} is there twice")
        found[key] = _value(rest, block, nested=nested)
    return found


def _entries(lines: Sequence[_Line]) -> list[tuple[str, _Line, list[_Line]]]:
    """Return each key, what follows it on its line, and the indented lines after it."""
    found: list[tuple[str, _Line, list[_Line]]] = []
    for line in lines:
        if found and (not line.text.strip() or line.text[0] in " \t"):
            found[-1][2].append(line)
        elif not _without_comment(line.text):
            continue
        elif match := _KEY.fullmatch(line.text.rstrip()):
            found.append((match[1], _Line(line.number, (match[2] or "").strip()), []))
        else:
            raise _error(line, "it is not 'key: value'")
    return found


def _value(rest: _Line, block: list[_Line], *, nested: bool) -> Value:
    text = rest.text
    if text in ("|", "|-"):
        return _block_text(block)
    if text[:1] in ("[", "{"):
        return _words(rest) or _json(rest, block)
    inside = [line for line in block if _without_comment(line.text)]
    if _without_comment(text):
        if inside:
            raise _error(inside[0], "text of several lines needs '|' after the key")
        return _scalar(rest)
    if not inside:
        return None
    if inside[0].text.lstrip().startswith("- "):
        return [_item(line) for line in inside]
    if nested:
        raise _error(inside[0], "it is nested too deeply; write it as JSON: {...}")
    return _mapping(_dedented(block), nested=True)


def _block_text(block: Sequence[_Line]) -> str:
    return dedent("\n".join(line.text for line in block)).strip("\n")


def _dedented(block: Sequence[_Line]) -> list[_Line]:
    text = dedent("\n".join(line.text for line in block))
    return [_Line(line.number, new) for line, new in zip(block, text.split("\n"), strict=True)]


def _item(line: _Line) -> Value:
    text = line.text.strip()
    if not text.startswith("- "):
        raise _error(line, "it is not '- value', as the lines before it are")
    item = _Line(line.number, text[2:].strip())
    return _json(item, []) if item.text[:1] in ("[", "{") else _scalar(item)


def _words(line: _Line) -> list[str]:
    """Return the items of a list such as ``[one, "two"]``; none if it is not of that form."""
    text = _without_comment(line.text)
    if not (text.startswith("[") and text.endswith("]")):
        return []
    items, place = [], 0
    while match := _ITEM.match(text, place + 1):
        place = match.end()
        items.append(_scalar(_Line(line.number, match[1].strip())))
        if text[place] != ",":
            return items if place == len(text) - 1 else []
    return []


def _scalar(line: _Line) -> str:
    text = line.text
    if text[:1] in ('"', "'"):
        return _unquoted(line)
    text = _without_comment(text)
    if text[:1] in _MEANT or text.startswith(("- ", "? ")):
        raise _error(line, f"text that begins with {text[:1]!r} needs quotes")
    return Plain(text)


def _unquoted(line: _Line) -> str:
    match = _QUOTED.fullmatch(line.text)
    if match is None or _without_comment(match[2]):
        raise _error(line, "text in quotes does not end with its quote")
    if match[1][0] == "'":
        return match[1][1:-1].replace("''", "'")
    found: str = _json(_Line(line.number, match[1]), [])
    return found


def _json(line: _Line, block: Sequence[_Line]) -> Any:
    text = "\n".join([line.text, *(each.text for each in block)])
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        problem = f"it is not JSON: {error.msg}"
        line = _Line(line.number + error.lineno - 1, "")
    except RecursionError:
        problem = "its values are nested too deeply"
    except ValueError as error:
        problem = str(error)
    else:
        return found
    raise _error(line, problem)


def _unique(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key of a JSON object is there twice")
    return found


def _without_comment(text: str) -> str:
    return _COMMENT.sub("", text, count=1).strip()


def _error(line: _Line, problem: str) -> FrontMatterError:
    return FrontMatterError(f"line {line.number}: {problem}")
