"""Suggesting a name for one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "known are") -> str:
    """Return ``"; did you mean 'x'?"``, or else the known names after the words ``otherwise``."""
    import difflib  # only mistakes pay for it

    names = sorted(known)
    if near := difflib.get_close_matches(word, names, n=1):
        return f"; did you mean {near[0]!r}?"
    return f"; {otherwise} {', '.join(names)}" if names else ""
