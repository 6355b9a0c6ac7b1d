"""Adding up rows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from provider_sdk._accounting.rows import (
    EXACT,
    KEY,
    CountedCall,
    UsageRow,
    add_row,
    money_sum,
    row_of,
)

NAMES = KEY[:-1]
"""What rows can be told apart by, besides the source of their figures."""

_AT_ONCE = 64
"""So many calls are added up together, which takes a quarter of the time of one after the other."""

_Names = tuple[tuple[str, str | None], ...]


class Sums:
    """The sums of all rows with the same names; it may be used from several threads.

    What was spent under one name is kept too: budgets ask for it before each call, and there may be
    a row for each session that ever was.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[tuple[str | None, ...], UsageRow] = {}
        self._new: deque[CountedCall] = deque()
        self._spent: dict[_Names, Decimal] = {}

    def count(self, call: CountedCall) -> None:
        """Add a call."""
        self._new.append(call)  # needs no lock, in any thread
        if len(self._new) >= _AT_ONCE:
            with self._lock:
                self._add_new()

    def add(self, rows: Iterable[UsageRow]) -> None:
        """Add rows."""
        with self._lock:
            for row in rows:
                self._add(row)

    def rows(self) -> list[UsageRow]:
        """Return the sums."""
        with self._lock:
            self._add_new()
            return list(self._rows.values())

    def spent(self, names: Mapping[str, str | None]) -> Decimal | None:
        """Return the known cost of all rows with these names, ``None`` if none is known."""
        if len(names) <= 1:
            with self._lock:
                self._add_new()
                return self._spent.get(tuple(names.items()))
        wanted = names.items()
        return money_sum(
            row.cost_usd
            for row in self.rows()
            if all(getattr(row, name) == value for name, value in wanted)
        )

    def _add_new(self) -> None:
        alike: dict[tuple[object, ...], list[CountedCall]] = {}
        while self._new:
            call = self._new.popleft()
            alike.setdefault(call[: len(KEY)], []).append(call)
        for calls in alike.values():
            self._add(row_of(calls))

    def _add(self, row: UsageRow) -> None:
        add_row(self._rows, row)
        if row.cost_usd is not None:
            for names in _single_names(row):
                self._spent[names] = EXACT.add(self._spent.get(names, Decimal(0)), row.cost_usd)


def _single_names(row: UsageRow) -> Iterator[_Names]:
    yield ()
    for name in NAMES:
        yield ((name, getattr(row, name)),)
