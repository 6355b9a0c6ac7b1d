"""How long a service takes: always the same, log-normal, with a tail or without."""

from __future__ import annotations

import argparse
import math
import random
import re
from dataclasses import dataclass

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
_SYNTAX = "such as 50ms, lognormal:50ms:400ms (median and 99th percentile), or 50ms+2%:3s (a tail)"
_STANDARD_SCORE = 2.3263478740408408
"""How many standard deviations the 99th percentile of a normal distribution is above the mean."""
_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Latency:
    """A distribution of latencies, in seconds.

    Attributes:
        median: half of the requests take at most this.
        high: 99 % take at most this; the same as ``median`` if all take the same.
        tail_share: the share that takes ``tail`` instead, from 0 to 1.
        tail: what these take.
    """

    median: float
    high: float
    tail_share: float = 0.0
    tail: float = 0.0

    def draw(self, rng: random.Random) -> float:
        """Return the latency of one request."""
        if self.tail_share and rng.random() < self.tail_share:
            return self.tail
        if self.high == self.median:
            return self.median
        deviation = math.log(self.high / self.median) / _STANDARD_SCORE
        return rng.lognormvariate(math.log(self.median), deviation)


def parse_duration(text: str) -> float:
    """Parse ``50ms``, ``1.5s`` or ``1m`` into seconds.

    Raises:
        argparse.ArgumentTypeError: it is neither.
    """
    if found := _DURATION.fullmatch(text):
        return float(found[1]) * _UNITS[found[2]]
    raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 50ms, 2s or 1m")


def parse_percent(text: str) -> float:
    """Parse ``2%`` into a share from 0 to 1.

    Raises:
        argparse.ArgumentTypeError: it is not a share from 0% to 100%.
    """
    found = _SHARE.fullmatch(text)
    if found and (share := float(found[1]) / _PERCENT) <= 1:
        return share
    raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0% to 100%, such as 2%")


def parse_latency(text: str) -> Latency:
    """Parse a distribution: ``50ms``, ``lognormal:50ms:400ms``, either with a tail ``+2%:3s``.

    Raises:
        argparse.ArgumentTypeError: it has another form.
    """
    body, plus, tail = text.partition("+")
    kind, *durations = body.split(":") if body.startswith("lognormal:") else ("fixed", body)
    share, colon, tail_length = tail.partition(":")
    if len(durations) != (2 if kind == "lognormal" else 1) or (plus and not colon):
        raise argparse.ArgumentTypeError(f"{text!r} is not a latency {_SYNTAX}")
    median, high = parse_duration(durations[0]), parse_duration(durations[-1])
    if kind == "lognormal" and not 0 < median < high:
        raise argparse.ArgumentTypeError(
            f"{text!r}: the 99th percentile must be above the median, and the median above 0"
        )
    if not plus:
        return Latency(median, high)
    return Latency(median, high, parse_percent(share), parse_duration(tail_length))
