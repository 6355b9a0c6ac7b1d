"""What the calls of a session used, read once and then counted along."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provider_sdk import UsageCounter, UsageRow

    from ollama_cli.conversation.keeping import Keeper


class Used:
    """What the calls of a session used.

    Args:
        kept: where they are stored.
    """

    def __init__(self, kept: Keeper) -> None:
        self._kept = kept
        self._counter: UsageCounter | None = None
        self._name: str | None = None

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

    @property
    def name(self) -> str:
        """Return what a counter calls the session, from its first call to its last."""
        from ollama_cli.conversation.spending import name_for, name_of_new

        if self._kept.session is None:
            self._name = self._name or name_of_new()
            return self._name
        return name_for(self._kept.session.id, self._name)

    def spent(self, counter: UsageCounter) -> list[UsageRow]:
        """Return what a counter must count besides what it has counted.

        If it cannot be read, a line says so.
        """
        from ollama_cli.conversation.database import StoreError
        from ollama_cli.conversation.spending import spent
        from ollama_cli.conversation.store import Store

        kept = self._kept
        _ = self.name  # the rows of this session get the same
        try:
            with nullcontext(kept.store) if kept.store else Store.open(create=False) as store:
                store.author = kept.author
                return list(spent(store, counter, kept.session.id if kept.session else None))
        except StoreError as error:
            kept.failed(f"the budgets count this session only: {error.message}")
            return []
