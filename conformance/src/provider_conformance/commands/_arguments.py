"""Numbers on the command line."""

from __future__ import annotations

import argparse

_LAST_PORT = 65535


def count(word: str) -> int:
    """Return a whole number, 0 or more."""
    return _bounded_number(word, None, "is no whole number, 0 or more")


def port(word: str) -> int:
    """Return the number of a port."""
    return _bounded_number(word, _LAST_PORT, f"is no port, 0 to {_LAST_PORT}")


def _bounded_number(word: str, most: int | None, otherwise: str) -> int:
    # isdecimal knows neither a sign nor a space.
    if not word.isdecimal() or (most is not None and int(word) > most):
        raise argparse.ArgumentTypeError(f"{word!r} {otherwise}")
    return int(word)
