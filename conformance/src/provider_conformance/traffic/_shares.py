"""Faults that only a share of the requests meets."""

from __future__ import annotations

import random
from collections.abc import Sequence

from provider_conformance.traffic._latencies import parse_percent

_ALL = 1.0
_ROUNDING = 1e-9


class Shares:
    """Chooses for each request whether it meets a fault, and which.

    Args:
        shares: name and share, from 0 to 1, of each fault.

    Raises:
        ValueError: together they are more than all requests.
    """

    def __init__(self, shares: Sequence[tuple[str, float]] = ()) -> None:
        self._shares = tuple(shares)
        if sum(share for _, share in self._shares) > _ALL + _ROUNDING:
            raise ValueError("the shares of the faults are more than 100% together")

    def draw(self, rng: random.Random) -> str | None:
        """Return the fault of one request, ``None`` if it meets none."""
        if not self._shares:
            return None
        drawn = rng.random()
        for name, share in self._shares:
            drawn -= share
            if drawn < 0:
                return name
        return None


def parse_share(text: str) -> tuple[str, float | None]:
    """Parse ``NAME`` or ``NAME=2%`` into the name and the share, ``None`` without one.

    Raises:
        argparse.ArgumentTypeError: the share is not one.
    """
    name, equals, share = text.partition("=")
    return name, parse_percent(share) if equals else None
