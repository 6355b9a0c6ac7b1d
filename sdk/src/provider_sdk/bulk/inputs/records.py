"""Records: the values of one row, and where they stand in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.templates import RowProblem

Record = tuple[int, int, dict[str, Any]]
"""The place for messages (a line from 1, or a row from 0), the offset to read it from, the values.

A plain tuple: a run of 100 million rows makes as many.
"""
Records = Iterator[Record]

_T = TypeVar("_T")
_LONGEST = 400


class Places:
    """Names places in an input for people.

    Args:
        word: what is counted, ``"line"`` or ``"row"``.
        offset: where reading began; lines are counted from there.
    """

    def __init__(self, word: str, offset: int = 0) -> None:
        self._word = word
        self._after = f" after byte {offset}" if offset else ""

    def name(self, place: int) -> str:
        """Return the name of a place, such as ``"line 7"``."""
        return f"{self._word} {place}{self._after}"

    def checked(self, place: int, make: Callable[..., _T], *values: Any) -> _T:
        """Return what a function makes of values; a ``RowProblem`` gets its place.

        Raises:
            BulkInputError: the values are not usable.
        """
        try:
            return make(*values)
        except RowProblem as error:
            problem = str(error)
        raise self.error(place, problem)

    def error(self, place: int, problem: str) -> BulkInputError:
        """Return the error for a problem at a place."""
        return BulkInputError(f"{self.name(place)}: {shortened(problem)}")


def repeated(names: Iterable[str]) -> str | None:
    """Return the first name that occurred before, ``None`` if none did."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def shortened(text: str) -> str:
    """Return a text for people on one line of at most 400 characters.

    It can hold what an input holds, which may be long, or no text for a terminal.
    """
    cut = "…" if len(text) > _LONGEST else ""
    return "".join(char if char.isprintable() else " " for char in text[:_LONGEST]) + cut
