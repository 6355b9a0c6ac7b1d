"""Finds names by some of their letters."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BEGINS = re.compile(r"[\W_]")


def matching(names: Iterable[str], typed: str) -> list[str]:
    """Return the names in which the typed letters occur in this order, the closest first.

    Names that begin with them come first, then those in which a part does, then those that hold
    them together, then those that hold them closely. Upper and lower case are the same.
    """
    wanted = typed.casefold()
    ranked = ((rank, name) for name in names if (rank := _rank(name.casefold(), wanted)))
    return [name for _, name in sorted(ranked, key=lambda found: found[0])]


def _rank(name: str, wanted: str) -> tuple[int, int] | None:
    at = name.find(wanted)
    if at == 0:
        return 0, 0
    if at > 0:
        begins = _BEGINS.match(name[at - 1]) is not None
        return (1 if begins else 2), at
    length = _shortest(name, wanted)
    return None if length is None else (3, length)


def _shortest(name: str, wanted: str) -> int | None:
    """Return the length of the shortest part that holds the letters; ``None`` if none does."""
    found: int | None = None
    start = name.find(wanted[0])
    while start >= 0:
        at = start
        for char in wanted[1:]:
            at = name.find(char, at + 1)
            if at < 0:
                return found
        length = at - start + 1
        found = length if found is None else min(found, length)
        start = name.find(wanted[0], start + 1)
    return found
