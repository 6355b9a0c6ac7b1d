"""What the calls of a session used, read once and then counted along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provider_sdk import UsageCounter, UsageRow

    from ollama_cli.conversation.keeping import Keeper

_ELSEWHERE = "none"
"""What calls outside of any session are counted for."""


class Used:
    """What the calls of a session used.

    Args:
        kept: where they are stored.
    """

    def __init__(self, kept: Keeper) -> None:
        self._kept = kept
        self._counter: UsageCounter | None = None

    def rows(self) -> list[UsageRow]:
        """Return the sums; none if they cannot be read."""
        from provider_sdk import UsageCounter

        from ollama_cli.conversation.database import StoreError

        kept = self._kept
        if self._counter is None:
            counter = UsageCounter()
            try:
                if kept.store is not None and kept.session is not None:
                    counter.merge(kept.store.calls(session=kept.session.id))
            except StoreError:
                return []
            for step in kept.steps:
                counter.merge(getattr(step, "calls", ()))
            self._counter = counter
        return self._counter.rows()

    def add(self, calls: Sequence[UsageRow]) -> None:
        """Count calls that are about to be stored."""
        if not self._kept.wanted and self._kept.session is None:
            self.rows()  # they are stored without their session, so they cannot be read later
        if self._counter is not None:
            self._counter.merge(calls)

    def spent(self, day: str) -> list[UsageRow]:
        """Return what was used on a day, and by this session before; each with its session.

        If it cannot be read, a line says so, and it is what is known of this session alone.
        """
        from ollama_cli.conversation.database import StoreError
        from ollama_cli.conversation.store import Store

        kept = self._kept
        id = kept.session.id if kept.session else None
        try:
            store = kept.store or Store.open(create=False)
            rows = list(store.calls(since=day))
            if id is not None:
                rows = [row for row in rows if row.session != id]
                rows += store.calls(session=id)
        except StoreError as error:
            kept.warn(f"the budgets count this session only: {error.message}")
            return [replace(row, session=id or _ELSEWHERE) for row in self.rows()]
        if store is not kept.store:
            store.close()
        return [replace(row, session=row.session or _ELSEWHERE) for row in rows]
