"""How often workers that died are replaced."""

from __future__ import annotations

from provider_sdk.bulk.errors import BulkError


class Restarts:
    """Counts workers that died since a row has ended.

    A machine that fails now and then costs a worker, and the run goes on. If nothing ever ends in
    between, another worker would die too.

    Args:
        limit: how many may die in a row.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._died = 0

    def progress(self) -> None:
        """Note that a row has ended."""
        self._died = 0

    def count(self, why: str) -> None:
        """Note that a worker died.

        Raises:
            BulkError: too many have died in a row.
        """
        self._died += 1
        if self._died > self._limit:
            raise BulkError(
                f"{self._died} workers have died, and no row has ended meanwhile: {why}",
                hint="What is done stays; find the reason, then start the run again.",
            )
