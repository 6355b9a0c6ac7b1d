"""Prompt templates: text with the names of columns in braces."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from provider_sdk._validation import did_you_mean
from provider_sdk.bulk.errors import BulkInputError

_MOST_COLUMNS = 1000
_HINT = "Write {column} where its value belongs, and {{ or }} for a brace."


class RowProblem(Exception):
    """What is wrong with one row, without its place; whoever reads the input adds that.

    It never leaves ``provider_sdk.bulk``: users meet a ``BulkInputError``.
    """


class Template:
    """A text with columns of a row in it: ``"Translate: {text}"``.

    Each ``{column}`` is replaced once, by the value that the row has. A value is never looked
    through again: braces, ``@file`` or ``$NAME`` in it stay text. ``{{`` and ``}}`` are braces.
    A column's name is all that stands between the braces, spaces too.

    Args:
        text: the template.

    Raises:
        BulkInputError: a brace has no partner, a name is empty, or no column is named at all.

    Attributes:
        columns: the names of the columns in it, each once, in order.
    """

    def __init__(self, text: str) -> None:
        self._literals, names = _pieces(text)
        self._names = tuple(names)
        self.columns: tuple[str, ...] = tuple(dict.fromkeys(names))
        if not names:
            raise BulkInputError("the template names no column", hint=_HINT)

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text with the values of a row.

        Text stands as it is; any other value as compact JSON, as in ``[1,"a"]`` or ``true``.

        Raises:
            RowProblem: the row lacks a column, or its value is null.
        """
        parts = [self._literals[0]]
        for name, literal in zip(self._names, self._literals[1:], strict=True):
            value = values.get(name)
            parts.append(value if type(value) is str else _shown(name, value, values))
            parts.append(literal)
        return "".join(parts)


def missing_column(name: str, columns: Collection[str]) -> str:
    """Return the sentence that a column is missing, with the nearest or all that there are."""
    return f"there is no column {name!r}{near_columns(name, columns)}"


def near_columns(name: str, columns: Collection[str]) -> str:
    """Return the end of a sentence: which column may be meant, if there are not too many."""
    return did_you_mean(name, columns) if len(columns) <= _MOST_COLUMNS else ""


def _shown(name: str, value: Any, values: Mapping[str, Any]) -> str:
    if value is not None:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if name in values:
        raise RowProblem(f"column {name!r} is null, and the template needs a value")
    raise RowProblem(missing_column(name, values))


def _pieces(text: str) -> tuple[list[str], list[str]]:
    """Return the texts around columns, and the names of the columns between them."""
    literals, names, plain = [], [], ""
    position = 0
    while position < len(text):
        char = text[position]
        if char not in "{}":
            end = _next_brace(text, position)
            plain += text[position:end]
            position = end
        elif text.startswith(char * 2, position):
            plain += char
            position += 2
        else:
            end = text.find("}", position)
            name = text[position + 1 : end]
            if char == "}" or end < 0 or not name or "{" in name:
                raise BulkInputError(
                    f"the template has a brace without a column at character {position + 1}",
                    hint=_HINT,
                )
            literals.append(plain)
            names.append(name)
            plain, position = "", end + 1
    return [*literals, plain], names


def _next_brace(text: str, start: int) -> int:
    found = [place for brace in "{}" if (place := text.find(brace, start)) >= 0]
    return min(found, default=len(text))
