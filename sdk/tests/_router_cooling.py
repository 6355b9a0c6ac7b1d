"""Cool-downs as the contract has them: what it leaves open is taken from what the router did."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isclose

from ._router_scenes import GONE, Cooled, Outcome

_LASTING = ("ProviderAuthError", "ProviderPermissionError", GONE)
_FIRST_S, _LASTING_S = 30.0, 300.0
_INSTANT_S = 1e-6


@dataclass
class CoolDown:
    """That of a provider that failed since it last answered.

    Attributes:
        until: when it may be tried again.
        failures: how often it failed in a row; those of calls that were under way count as one.
        probed: whether a call is trying it.
    """

    until: float
    failures: int = 0
    probed: bool = False


class CoolDowns:
    """Those of all providers.

    Args:
        seen: the cool-downs that the router announced.
    """

    def __init__(self, seen: Sequence[Cooled]) -> None:
        self._seen = list(seen)
        self._of: dict[str, CoolDown] = {}
        self._lengths = {1: _FIRST_S}  # by number of failures

    def cools(self, name: str, now: float) -> bool:
        """Whether others are asked before it."""
        found = self._of.get(name)
        return found is not None and (found.probed or now < found.until)

    def seconds_left(self, name: str, now: float) -> float:
        """How long it cools."""
        found = self._of.get(name)
        return max(0.0, found.until - now) if found else 0.0

    def begin_probe(self, name: str, now: float) -> CoolDown | None:
        """Let one call try a provider whose cool-down is over; ``None`` if it needs no trial."""
        found = self._of.get(name)
        if found is None or self.cools(name, now):
            return None
        found.probed = True
        return found

    def end(self, name: str) -> None:
        """Forget that it failed."""
        self._of.pop(name, None)

    def failed(self, name: str, outcome: Outcome, now: float, *, probed: bool) -> None:
        """Begin or lengthen a cool-down by as much as was announced.

        Raises:
            AssertionError: that is not within the contract, or nothing was announced.
        """
        seconds = self._announced(name, now)
        is_first = name not in self._of
        cool_down = self._of.setdefault(name, CoolDown(now))
        cool_down.failures += is_first or probed
        until, before = now + seconds, cool_down.until
        cool_down.until = until
        assert until > before - _INSTANT_S, f"the cool-down of {name} became shorter"
        if isclose(until, before, abs_tol=_INSTANT_S) and not is_first:
            return  # it already lasts so long
        if outcome.retry_after:
            assert isclose(seconds, outcome.retry_after), f"{seconds} s, not as asked"
        elif outcome.kind in _LASTING:
            assert isclose(seconds, _LASTING_S), f"{seconds} s after {outcome.kind}"
        else:
            self._require_growth(cool_down.failures, seconds)

    def _require_growth(self, failures: int, seconds: float) -> None:
        """The same number of failures takes the same time, and more of them more, up to a limit."""
        known = self._lengths.setdefault(failures, seconds)
        assert isclose(seconds, known), f"{seconds} s after {failures} failures, before {known} s"
        lengths = [self._lengths[number] for number in sorted(self._lengths)]
        for shorter, longer in pairwise(lengths):
            assert shorter < longer or shorter == longer == _LASTING_S, f"{lengths} do not grow"

    def require_all_used(self) -> None:
        """Raise ``AssertionError`` if the router announced a cool-down without a failure."""
        assert not self._seen, f"these cool-downs have no reason: {self._seen}"

    def _announced(self, name: str, now: float) -> float:
        for cooled in self._seen:
            if cooled.provider == name and abs(cooled.at - now) < _INSTANT_S:
                self._seen.remove(cooled)
                return cooled.seconds
        raise AssertionError(f"{name} failed at {now}, and no cool-down was announced")
