"""Rate limits that count: requests and tokens within a window of time."""

from __future__ import annotations

import argparse
import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

from provider_conformance.traffic._latencies import parse_duration

_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Window:
    """The time within which requests are counted.

    Attributes:
        form: ``sliding`` looks back from each request; ``fixed`` begins anew at each multiple of
            its length.
        seconds: its length.
    """

    form: Literal["sliding", "fixed"] = "sliding"
    seconds: float = _MINUTE_S


def parse_window(text: str) -> Window:
    """Parse ``sliding``, ``fixed``, or one of them with a length, such as ``fixed:1s``.

    Raises:
        argparse.ArgumentTypeError: it is neither.
    """
    form, colon, length = text.partition(":")
    if form not in ("sliding", "fixed"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither sliding nor fixed, with a length such as :1s after it or not"
        )
    seconds = parse_duration(length) if colon else _MINUTE_S
    if not seconds:
        raise argparse.ArgumentTypeError("a window cannot have a length of 0")
    return Window("fixed" if form == "fixed" else "sliding", seconds)


class RateLimits:
    """Limits on requests and tokens; one object per service.

    Args:
        requests: requests per minute; ``None`` for any number.
        tokens: tokens per minute; ``None`` for any number.
        window: where they are counted. One of 6 s allows a tenth of a minute's number, at least 1.
    """

    def __init__(
        self, requests: int | None = None, tokens: int | None = None, window: Window | None = None
    ) -> None:
        self.window = window or Window()
        share = self.window.seconds / _MINUTE_S
        self.requests = math.inf if requests is None else max(1, int(requests * share))
        self.tokens = math.inf if tokens is None else max(1, int(tokens * share))
        self._taken: deque[tuple[float, int]] = deque()
        self._tokens = 0
        self._begun = -math.inf

    def take(self, now: float, tokens: int) -> float | None:
        """Count a request if there is room for it.

        A request that alone has more tokens than the limit is taken if nothing else is counted.

        Args:
            now: seconds on a clock that never goes back.
            tokens: what the request uses, with its answer.

        Returns:
            ``None`` if it was counted, else the seconds until there is room.
        """
        self._forget_before(now)
        wait = self._seconds_until_room(now, tokens)
        if wait is None:
            self._taken.append((now, tokens))
            self._tokens += tokens
        return wait

    def _forget_before(self, now: float) -> None:
        if self.window.form == "fixed":
            begun = now - now % self.window.seconds
            if begun > self._begun:
                self._begun, self._tokens = begun, 0
                self._taken.clear()
            return
        while self._taken and self._taken[0][0] <= now - self.window.seconds:
            self._tokens -= self._taken.popleft()[1]

    def _seconds_until_room(self, now: float, tokens: int) -> float | None:
        surplus_tokens = self._tokens + tokens - self.tokens
        surplus_requests = len(self._taken) + 1 - self.requests
        if not self._taken or (surplus_tokens <= 0 and surplus_requests <= 0):
            return None
        if self.window.form == "fixed":
            return self._begun + self.window.seconds - now
        wait = 0.0
        for taken_at, freed in self._taken:
            wait = taken_at + self.window.seconds - now
            surplus_tokens -= freed
            surplus_requests -= 1
            if surplus_tokens <= 0 and surplus_requests <= 0:
                break
        return wait
