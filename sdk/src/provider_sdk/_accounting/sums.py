"""Adding up calls from several threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from provider_sdk._accounting.counted import CountedCall

if TYPE_CHECKING:
    from decimal import Decimal

    from provider_sdk._accounting.rows import UsageRow
    from provider_sdk._accounting.totals import Totals

_AT_ONCE = 64
"""So many calls are added up together, which takes a quarter of the time of one after the other."""


class Sums:
    """The totals of all calls; it may be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: deque[CountedCall] = deque()
        self._made: Totals | None = None

    def count(self, call: CountedCall) -> None:
        """Add a call."""
        self._new.append(call)  # needs no lock, in any thread
        if len(self._new) >= _AT_ONCE:
            with self._lock:
                self._totals()

    def add(self, rows: Iterable[UsageRow]) -> None:
        """Add rows."""
        with self._lock:
            totals = self._totals()
            for row in rows:
                totals.add(row)

    def rows(self, by: Sequence[str]) -> list[UsageRow]:
        """Return the sums, as ``Totals.rows``."""
        with self._lock:
            return self._totals().rows(by)

    def spent(self, names: Mapping[str, str | None]) -> Decimal | None:
        """Return the known cost of all calls with these names, ``None`` if none is known."""
        with self._lock:
            return self._totals().spent(names)

    def _totals(self) -> Totals:
        """Return the totals with all calls added; whoever asks for them has the lock."""
        if self._made is None:
            # The first answer need not wait for it: nothing is added up before.
            from provider_sdk._accounting.totals import Totals

            self._made = Totals()
        self._made.add_calls(iter(self._taken, None))
        return self._made

    def _taken(self) -> CountedCall | None:
        return self._new.popleft() if self._new else None
