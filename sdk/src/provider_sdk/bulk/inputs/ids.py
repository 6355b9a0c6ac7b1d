"""Finds ids that occur twice, in memory that does not grow with their number."""

from __future__ import annotations

import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO

from provider_sdk.bulk.errors import BulkInputError

_BUCKETS = 1024
_CHUNK = 128
_MOST_SUSPECTS = 100_000


class Ids:
    """Takes the ids of all rows in order, and says which may occur twice.

    It keeps a hash of 64 bits of each id, spread over 1,024 buckets by its last bits. What exceeds
    1 MiB goes to a file without a name: 8 bytes for each row. One bucket at a time comes back.

    Args:
        scratch: the folder for that file, by default the system's for temporary files.
        hasher: makes a number of 64 bits of an id. Python's own is salted, so that nobody can
            choose ids that fill one bucket.
    """

    def __init__(self, scratch: Path | None = None, hasher: Callable[[str], int] = hash) -> None:
        self._scratch = scratch
        self.hasher = hasher
        self._buckets = [array("q") for _ in range(_BUCKETS)]
        self._chunks = [array("Q") for _ in range(_BUCKETS)]
        self._file: IO[bytes] | None = None
        self._written = 0
        self._is_counting = False

    def add(self, id: str | None, number: int) -> None:
        """Take the id of the next row; ``None`` is for the row's number.

        Raises:
            BulkInputError: there is no room for the hashes.
        """
        if not self._is_counting:
            if id is None:
                return
            # Numbers alone cannot be the same. They can be the same as an id.
            self._is_counting = True
            for earlier in range(number):
                self.add(None, earlier)
        value = self.hasher(str(number) if id is None else id)
        index = value & (_BUCKETS - 1)
        bucket = self._buckets[index]
        bucket.append(value)
        if len(bucket) == _CHUNK:
            self._spill(index)

    def suspects(self) -> set[int]:
        """Return the hashes that two ids have: of ids that are the same, or seldom of others.

        Raises:
            BulkInputError: the hashes cannot be read again.
        """
        return set(islice(self._repeated(), _MOST_SUSPECTS))

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            with suppress(OSError):  # on a full disk, what was not written is not missed
                self._file.close()

    def _repeated(self) -> Iterator[int]:
        for index, bucket in enumerate(self._buckets):
            self._load(index)
            if len(set(bucket)) < len(bucket):
                yield from (value for value, count in Counter(bucket).items() if count > 1)
            del bucket[:]

    def _spill(self, index: int) -> None:
        bucket = self._buckets[index]
        with _room():
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115 - see close
            self._file.write(bucket.tobytes())
        self._chunks[index].append(self._written)
        self._written += 1
        del bucket[:]

    def _load(self, index: int) -> None:
        if self._file is not None:
            with _room():
                for chunk in self._chunks[index]:
                    self._file.seek(chunk * _CHUNK * 8)
                    self._buckets[index].frombytes(self._file.read(_CHUNK * 8))


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
        return
    except OSError as error:
        problem = error.strerror or str(error)
    raise BulkInputError(
        f"the ids cannot be compared: {problem}",
        hint="This takes 8 bytes for each row in the folder for temporary files (TMPDIR).",
    )
