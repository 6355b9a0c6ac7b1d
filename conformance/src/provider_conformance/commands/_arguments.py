"""Types of numbers and faults on the command line."""

from __future__ import annotations

import argparse

from provider_conformance.faults import FAULTS
from provider_conformance.traffic import parse_share

_LAST_PORT = 65535


def count(text: str) -> int:
    """Parse a whole number, 0 or more."""
    return _bounded_number(text, None, "is not a whole number, 0 or more")


def positive(text: str) -> int:
    """Parse a whole number, 1 or more."""
    if number := count(text):
        return number
    raise argparse.ArgumentTypeError("it must be at least 1")


def port(text: str) -> int:
    """Parse the number of a port."""
    return _bounded_number(text, _LAST_PORT, f"is not a port, 0 to {_LAST_PORT}")


def fault(text: str) -> tuple[str, float | None]:
    """Parse the name of a fault, with the share of the requests that meet it or without."""
    name, share = parse_share(text)
    if name not in FAULTS:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(FAULTS)}")
    return name, share


def _bounded_number(text: str, most: int | None, problem: str) -> int:
    # int() alone would also accept signs, spaces and underscores.
    if not text.isdecimal() or (most is not None and int(text) > most):
        raise argparse.ArgumentTypeError(f"{text!r} {problem}")
    return int(text)
