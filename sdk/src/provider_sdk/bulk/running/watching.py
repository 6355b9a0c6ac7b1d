"""Sees whether the input of a run changes while its rows are asked."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from provider_sdk.bulk.errors import RunChangedError
from provider_sdk.bulk.inputs import fingerprint
from provider_sdk.bulk.running.ending import in_thread
from provider_sdk.bulk.store import InputFacts


class InputWatch:
    """Watches an input from the moment that this is made, which is before it is read.

    Args:
        path: the input.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = stamp(path)

    async def check(self, facts: InputFacts) -> None:
        """Compare the input with what the run began with.

        It is read only if its time, size or place on the disk differs from the last call. An input
        that is gone is not a changed one: whoever still has to read it says so.

        Args:
            facts: what the run began with.

        Raises:
            RunChangedError: its content is another.
            BulkInputError: it cannot be read.
        """
        now = stamp(self._path)
        if now is None or now == self._seen:
            return
        found = await in_thread(partial(fingerprint, self._path))
        if (found.size, found.digest) != (facts.size, facts.digest):
            raise RunChangedError(
                f"the input {self._path} has changed while its rows were asked",
                hint="Bring it back as it was, and give the same command again; or begin another "
                "run. Rows sent after the change may be answers to something else.",
            )
        self._seen = now


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what differs once a file has changed; ``None`` if that cannot be told."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
