"""Where workers run: in this process, in several of this machine, or on a cluster.

An engine starts workers, passes on shard numbers, reports and grants, and says which worker died.
It never sees a row.
"""

from __future__ import annotations

from typing import Protocol

from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits.grants import Grant, Spent


class Desk(Protocol):
    """What the engine asks on behalf of its workers; a call never waits."""

    def take(self, worker: str) -> int | None:
        """Return the number of a shard to work at, ``None`` if no shard is left."""

    def renew(self, spent: Spent) -> Grant:
        """Count what a worker has used, and return what it may use next."""

    def ended(self, worker: str, shard: int) -> None:
        """Note that all rows of a shard have ended."""

    def lost(self, worker: str) -> None:
        """Give the shards of a worker that died to others."""

    @property
    def is_finished(self) -> bool:
        """Whether every shard has ended, or the run stops."""


class WorkerDesk(Protocol):
    """The desk as a worker reaches it: in this process, through a pipe or an actor."""

    async def take(self) -> int | None:
        """Return the number of a shard to work at; wait for one while others may give theirs back.

        ``None`` once every shard has ended, or the run stops.
        """

    async def renew(self, spent: Spent) -> Grant:
        """Report what this worker has used, and return what it may use next."""

    async def ended(self, shard: int) -> None:
        """Report that all rows of a shard have ended."""


class Engine(Protocol):
    """Runs workers until the desk has no shard left, or says stop.

    Attributes:
        lease_s: for how many seconds workers are granted what they may use. The shorter, the sooner
            they hear of a stop, and the more they ask.
    """

    lease_s: float

    async def run(self, job: Job, desk: Desk) -> None:
        """Start workers and wait for their end.

        Raises:
            BulkError: a worker cannot be started, or all have died.
            ProviderError: as soon as a worker met an error that stops the run.
        """
