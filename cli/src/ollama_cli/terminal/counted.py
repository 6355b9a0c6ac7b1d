"""Numbers of things, for people."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """Return a number and what it counts, such as ``1 turn`` and ``2,000 turns``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
