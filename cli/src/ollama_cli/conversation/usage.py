"""Adding up what calls used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, get_args

from provider_sdk import UsageCounter, UsageRow

from ollama_cli.conversation.store import Store

By = Literal["day", "provider", "model", "session"]
BY: tuple[By, ...] = get_args(By)

NAMES: Mapping[By | None, Sequence[str]] = {
    None: ("day", "provider", "model"),
    "day": ("day",),
    "provider": ("provider",),
    "model": ("provider", "model"),
    "session": ("session",),
}
"""What each way to add up tells apart."""


def usage(store: Store, *, days: int | None = None, by: By | None = None) -> list[UsageRow]:
    """Return what was used, oldest day first.

    Reported and estimated figures are never in one row, and neither are calls whose cost is known
    and calls whose cost is not: a row either has the cost of all its calls or none.

    Args:
        store: where calls are stored.
        days: of the last so many days, today among them; the user's midnight parts them.
        by: what else to tell apart; by default day, provider and model.

    Raises:
        StoreError: they cannot be read.
    """
    found = list(store.calls(since=_first_day(days)))
    priced = _sums([row for row in found if not row.unpriced], by)
    unpriced = _sums([row for row in found if row.unpriced], by)
    return sorted(priced + unpriced, key=lambda row: (row.day, row.session or "", row.provider))


def _sums(rows: Iterable[UsageRow], by: By | None) -> list[UsageRow]:
    counter = UsageCounter()
    counter.merge(rows)
    return counter.rows(NAMES[by])


def _first_day(days: int | None) -> str:
    """Return the first day of so many; days are stored as the user's clock told them."""
    if days is None:
        return ""
    today = date.today()
    return (today - timedelta(days=min(days - 1, today.toordinal() - 1))).isoformat()
