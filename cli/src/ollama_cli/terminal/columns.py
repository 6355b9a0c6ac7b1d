"""How wide a terminal is."""

from __future__ import annotations

import os
import sys

VARIABLES = {"COLUMNS": "how many characters wide the terminal is"}
"""The variable that is read here, and what it sets."""

_NARROW = 52
"""Below this, click writes lines that are longer than the terminal is wide."""

_LEAST = 30
_USUAL = 80


def width() -> int:
    """Return how many characters wide the terminal is; 80 if it is not one."""
    return max(_columns() or _USUAL, _LEAST)


def narrow_width() -> int | None:
    """Return how long lines may be on a narrow terminal; ``None`` if it is not one."""
    columns = _columns()
    return max(columns - 1, _LEAST) if 0 < columns < _NARROW else None


def _columns() -> int:
    set_by_user = os.environ.get("COLUMNS", "")
    if set_by_user.isdecimal():
        return int(set_by_user)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 0
    except (OSError, ValueError):
        return 0  # it is not a terminal, or closed
