"""The desk of a run: which worker has which shard, and what all of them have done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from provider_sdk.bulk.limits import Coordinator, Grant, Spent


class Sums:
    """What this process has seen of a run since it began.

    Attributes:
        done: rows that were answered; ``failed``, ``unknown``, ``retried``, ``tokens`` and ``cost``
            are sums as in ``Spent``.
    """

    __slots__ = ("cost", "done", "failed", "retried", "tokens", "unknown")

    def __init__(self) -> None:
        self.done: int = 0
        self.failed: int = 0
        self.unknown: int = 0
        self.retried: int = 0
        self.tokens: int = 0
        self.cost: Decimal = Decimal(0)

    def add(self, spent: Spent) -> None:
        """Add what a worker reports."""
        self.done += spent.done
        self.failed += spent.failed
        self.unknown += spent.unknown
        self.retried += spent.retried
        self.tokens += spent.tokens
        self.cost += spent.cost


class RunDesk:
    """Gives shards to workers; see ``engines.Desk``.

    Args:
        shards: the numbers of the shards that have rows left.
        coordinator: lends workers a part of the limits.

    Attributes:
        sums: what the workers have reported.
        grant: what a worker was last granted; ``None`` before the first.
    """

    def __init__(self, shards: Iterable[int], coordinator: Coordinator) -> None:
        self.sums: Sums = Sums()
        self.grant: Grant | None = None
        self._coordinator = coordinator
        self._left = deque(shards)
        self._holders: dict[int, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether every shard has ended."""
        return not self._left and not self._holders

    @property
    def is_finished(self) -> bool:
        """Whether every shard has ended, or the run stops."""
        return self.is_empty or self._coordinator.stopped is not None

    def take(self, worker: str) -> int | None:
        """Return the number of a shard to work at, ``None`` if no shard is left."""
        if not self._left or self._coordinator.stopped is not None:
            return None
        shard = self._left.popleft()
        self._holders[shard] = worker
        return shard

    def renew(self, spent: Spent) -> Grant:
        """Count what a worker has used, and return what it may use next."""
        self.sums.add(spent)
        self.grant = self._coordinator.renew(spent)
        return self.grant

    def ended(self, worker: str, shard: int) -> None:
        """Note that all rows of a shard have ended."""
        if self._holders.get(shard) == worker:
            del self._holders[shard]

    def lost(self, worker: str) -> None:
        """Give the shards of a worker that died to others."""
        for shard in [each for each, holder in self._holders.items() if holder == worker]:
            del self._holders[shard]
            self._left.append(shard)
        self._coordinator.lost(worker)
