"""The shards of the run, with their real leases in a folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from provider_sdk.bulk.store.claims import BEAT_S, Silence
from provider_sdk.bulk.store.lease import Lease
from provider_sdk.bulk.store.processes import Process

from benchmarks.bulk_fleet.fleet import Fleet


class Holding:
    """A shard at which a worker works, or which it waits to take over."""

    def __init__(self, shard: int, rows: int) -> None:
        self.shard = shard
        self.rows = rows
        self.lease: Lease | None = None
        self.asked = float("-inf")
        self.since = 0.0


class Board:
    """Gives shards to workers; whether one may work at it decides its lease.

    Workers are processes of other machines, so that only the silence of a lost one tells that it
    is lost. Heartbeats of leases that nobody watches are counted and not written.
    """

    def __init__(self, fleet: Fleet, folder: Path, now: Callable[[], float]) -> None:
        """Put all shards on the board."""
        self._folder = folder
        self._now = now
        self._watched: dict[str, Silence] = {}
        whole, rest = divmod(fleet.rows, fleet.rows_per_shard)
        sizes = [fleet.rows_per_shard] * whole + [rest] * bool(rest)
        self._left = deque(enumerate(sizes))
        self.taken_over = 0
        self.waited = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether no shard is left to be taken."""
        return not self._left

    def take(self, worker: str) -> Holding | None:
        """Return a shard for a worker, whose lease it may have to wait for."""
        if not self._left:
            return None
        holding = Holding(*self._left.popleft())
        holding.since = self._now()
        self.claim(holding, worker)
        return holding

    def claim(self, holding: Holding, worker: str) -> bool:
        """Return whether the worker has the lease; it asks as often as a heartbeat is due."""
        now = self._now()
        if holding.lease is None and now - holding.asked >= BEAT_S:
            holding.asked = now
            number, _, start = worker.partition("-")
            owner = Process(pid=int(number) + 2, host=f"node-{number}", started=start)
            silence = self._watched.setdefault(worker, Silence(self._now))
            holding.lease = Lease.take(self._folder, holding.shard, owner=owner, silence=silence)
            if holding.lease is not None and holding.lease.fence > 1:
                self.taken_over += 1
                self.waited += now - holding.since
        return holding.lease is not None

    def put_back(self, holding: Holding) -> None:
        """Offer the shard of a lost worker, whose lease stays."""
        self._left.appendleft((holding.shard, holding.rows))
