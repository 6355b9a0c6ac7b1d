"""How values are spread: a histogram in constant memory, however many values there are."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

_STEPS = (1.0, 2.0, 5.0)
_LOWEST, _HIGHEST = -8, 6
_EDGES = [step * 10.0**power for power in range(_LOWEST, _HIGHEST) for step in _STEPS]
_FINE = 50
"""Parts of a power of ten for quantiles, which are then right to 5 %."""


class Band(NamedTuple):
    """Values between two edges, and how many there are.

    Attributes:
        low: the lower edge, which is not among them; 0 for the first.
        high: the upper edge.
        number: how many.
    """

    low: float
    high: float
    number: int


class Spread:
    """Counts values of at least 0 in bands from 1 to 2, to 5, to 10, and so on.

    Attributes:
        count: how many values were counted.
        total: their sum.
        most: the largest; 0 before the first.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.most = 0.0
        self._bands: Counter[int] = Counter()
        self._fine: Counter[int] = Counter()
        self._zeros = 0

    def add(self, value: float) -> None:
        """Count a value; what is not finite counts as nothing."""
        if not math.isfinite(value):
            return
        value = max(value, 0.0)
        self.count += 1
        self.total += value
        self.most = max(self.most, value)
        self._bands[min(bisect_left(_EDGES, value), len(_EDGES) - 1)] += 1
        if value < _EDGES[0]:
            self._zeros += 1
        else:
            self._fine[math.ceil(math.log10(value) * _FINE)] += 1

    def bands(self) -> Iterator[Band]:
        """Yield the bands from the first to the last that has a value, empty ones between too."""
        if not self._bands:
            return
        for place in range(min(self._bands), max(self._bands) + 1):
            low = _EDGES[place - 1] if place else 0.0
            yield Band(low, _EDGES[place], self._bands[place])

    def quantile(self, share: float) -> float:
        """Return the value that this share of the values does not exceed, to about 5 %."""
        wanted = math.ceil(share * self.count)
        seen = self._zeros
        if wanted <= seen:
            return 0.0
        for place in sorted(self._fine):
            seen += self._fine[place]
            if seen >= wanted:
                return min(math.pow(10.0, place / _FINE), self.most)
        return self.most
