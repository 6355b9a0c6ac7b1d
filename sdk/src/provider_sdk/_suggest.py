"""The nearest known name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return up to ``count`` known names close to ``word``, best first."""
    import difflib  # only mistakes pay for it

    return difflib.get_close_matches(word, list(known), n=count, cutoff=0.6)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"``, or what there is to choose from."""
    names = sorted(known)
    if found := nearest(word, names):
        return f"; did you mean {found[0]!r}?"
    return f"; known are {', '.join(names)}" if names else ""
