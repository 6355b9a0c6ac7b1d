"""Adding up rows; not safe for several threads at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from provider_sdk._accounting.counted import KEY, NAMES, CountedCall
from provider_sdk._accounting.rows import EXACT, UsageRow, add_row, money_sum, row_of

_Names = tuple[tuple[str, str | None], ...]


class Totals:
    """The sums of all rows with the same names.

    What was spent under one name is kept too: budgets ask for it before each call, and there may be
    a row for each session that ever was.
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str | None, ...], UsageRow] = {}
        self._spent: dict[_Names, Decimal] = {}

    def add(self, row: UsageRow) -> None:
        """Add a row."""
        add_row(self._rows, row)
        if row.cost_usd is not None:
            for names in _single_names(row):
                self._spent[names] = EXACT.add(self._spent.get(names, Decimal(0)), row.cost_usd)

    def add_calls(self, calls: Iterable[CountedCall]) -> None:
        """Add calls."""
        alike: dict[tuple[object, ...], list[CountedCall]] = {}
        for call in calls:
            alike.setdefault(call[: len(KEY)], []).append(call)
        for each in alike.values():
            self.add(row_of(each))

    def rows(self, by: Sequence[str]) -> list[UsageRow]:
        """Return the sums, in order; names that are not in ``by`` are those of an empty row."""
        empty = UsageRow()
        dropped = {name: getattr(empty, name) for name in NAMES if name not in by}
        sums: dict[tuple[Any, ...], UsageRow] = {}
        for row in self._rows.values():
            add_row(sums, replace(row, **dropped))
        return sorted(sums.values(), key=lambda row: [getattr(row, name) or "" for name in KEY])

    def spent(self, names: Mapping[str, str | None]) -> Decimal | None:
        """Return the known cost of all rows with these names, ``None`` if none is known."""
        if len(names) <= 1:
            return self._spent.get(tuple(names.items()))
        wanted = names.items()
        return money_sum(
            row.cost_usd
            for row in self._rows.values()
            if all(getattr(row, name) == value for name, value in wanted)
        )


def _single_names(row: UsageRow) -> Iterator[_Names]:
    yield ()
    for name in NAMES:
        yield ((name, getattr(row, name)),)
