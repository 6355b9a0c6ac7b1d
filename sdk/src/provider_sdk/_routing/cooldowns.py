"""How long a provider that failed is not preferred. Pure: the caller brings the time."""

from __future__ import annotations

import threading
from typing import Literal

from provider_sdk._errors import ProviderAuthError, ProviderError, ProviderModelNotFoundError

FIRST_S = 30.0
"""Seconds of the first cool-down; each that follows without a success is twice as long."""

LONGEST_GROWN_S = 300.0
"""Where they stop growing."""

LASTING_S = 300.0
"""Seconds after a rejected credential or for a model that is gone, which do not pass soon."""

LONGEST_ASKED_S = 86_400.0
"""The longest time that a service can ask for."""

Turn = Literal["ready", "probing", "cooling"]
"""Whether a provider may be asked: as usual, by this one call to see whether it works again, or
only if nobody else is left."""


class _CoolDown:
    def __init__(self, until: float, failures: int) -> None:
        self.until = until
        self.failures = failures
        self.probed = False


class CoolDowns:
    """The cool-downs of a router's providers; it may be used from several threads.

    A call that asks a provider takes a turn; then it reports what that tells of the provider, with
    ``succeeded`` or ``failed``, or nothing if it was cancelled, for example. A probe must be ended.
    Times are seconds on any clock that all calls share.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, _CoolDown] = {}

    def take_turn(self, name: str, now: float) -> Turn:
        """Return whether a call may ask the provider now.

        After its cool-down one call at a time probes it; until one has succeeded, it stays as it
        was for all others.
        """
        cool_down = self._of.get(name)
        if cool_down is None:
            return "ready"  # as most are; to find that out needs no lock
        with self._lock:
            if cool_down.probed or now < cool_down.until:
                return "cooling"
            cool_down.probed = True
            return "probing"

    def seconds_left(self, name: str, now: float) -> float | None:
        """Return how long it still cools, 0 if it waits for a probe; ``None`` without cool-down."""
        with self._lock:
            cool_down = self._of.get(name)
            return None if cool_down is None else max(0.0, cool_down.until - now)

    def succeeded(self, name: str) -> None:
        """End the provider's cool-down, and forget its failures."""
        if name in self._of:
            with self._lock:
                self._of.pop(name, None)

    def failed(self, name: str, turn: Turn, error: ProviderError, now: float) -> float:
        """Begin or lengthen the provider's cool-down; return how many seconds it now has.

        A call that was already under way when it began, or that asked nevertheless, tells nothing
        new: it can lengthen the cool-down to what the service asks, but does not make it grow.
        """
        with self._lock:
            cool_down = self._of.setdefault(name, _CoolDown(now, 0))
            if turn == "probing" or not cool_down.failures:
                cool_down.failures += 1
            cool_down.until = max(cool_down.until, now + _seconds(error, cool_down.failures))
            return cool_down.until - now

    def end_probe(self, name: str) -> None:
        """End the turn of a call that was probing: the next may, if the provider still cools."""
        with self._lock:
            if cool_down := self._of.get(name):
                cool_down.probed = False


def _seconds(error: ProviderError, failures: int) -> float:
    if error.retry_after:
        return min(error.retry_after, LONGEST_ASKED_S)
    if isinstance(error, ProviderAuthError | ProviderModelNotFoundError):
        return LASTING_S
    # Without the limit on the exponent, many failures would make a number of any size.
    grown: float = FIRST_S * 2 ** min(failures - 1, 16)
    return min(grown, LONGEST_GROWN_S)
