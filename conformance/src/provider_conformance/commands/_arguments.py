"""Types of numbers on the command line."""

from __future__ import annotations

import argparse

_LAST_PORT = 65535


def count(text: str) -> int:
    """Parse a whole number, 0 or more."""
    return _bounded_number(text, None, "is not a whole number, 0 or more")


def port(text: str) -> int:
    """Parse the number of a port."""
    return _bounded_number(text, _LAST_PORT, f"is not a port, 0 to {_LAST_PORT}")


def _bounded_number(text: str, most: int | None, problem: str) -> int:
    # int() alone would also accept signs, spaces and underscores.
    if not text.isdecimal() or (most is not None and int(text) > most):
        raise argparse.ArgumentTypeError(f"{text!r} {problem}")
    return int(text)
