"""Opens an input, reads it by lines of bounded length, and hashes it on the way."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from provider_sdk.bulk.errors import BulkInputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE = 64 * 2**20
"""The most bytes that a line, or a row of a CSV file, may have."""
_BLOCK = 2**20


class Fingerprint(NamedTuple):
    """What tells one input from another.

    Attributes:
        size: in bytes.
        digest: SHA-256 of the file, in hexadecimal.
    """

    size: int
    digest: str


class HashedFile(io.RawIOBase):
    """A file that hashes all that is read, which must be from its begin to its end."""

    def __init__(self, path: Path) -> None:
        self._file = _opened(path)
        self._hash = hashlib.sha256()
        self._size = 0

    def readable(self) -> bool:
        """Return ``True``."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer, and hash it."""
        view = memoryview(buffer)
        count = self._file.readinto(view)
        self._hash.update(view[:count])
        self._size += count
        return count

    def rest(self) -> Fingerprint:
        """Read what is left, and return the fingerprint of the whole."""
        block = bytearray(_BLOCK)
        while self.readinto(block):
            pass
        return Fingerprint(self._size, self._hash.hexdigest())

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def open_input(path: Path) -> io.BufferedReader:
    """Open an input to read parts of it.

    Raises:
        BulkInputError: it is not a regular file.
        OSError: it cannot be opened.
    """
    return io.BufferedReader(_opened(path), _BLOCK)


def open_hashed(path: Path) -> tuple[io.BufferedReader, HashedFile]:
    """Open an input to read all of it, and return what hashes it too; errors as ``open_input``."""
    hashed = HashedFile(path)
    return io.BufferedReader(hashed, _BLOCK), hashed


def fingerprint(path: Path) -> Fingerprint:
    """Return what tells this input from another; it reads the file once, and no row of it.

    Raises:
        BulkInputError: the file cannot be read.
    """
    with reading(path), HashedFile(path) as file:
        return file.rest()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Make one sentence of an error of the operating system."""
    try:
        yield
        return
    except OSError as error:
        problem = error.strerror or str(error)
    raise BulkInputError(f"{path} cannot be read: {problem}")


def lines_of(file: io.BufferedIOBase, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file and where each begins; the last may lack its newline.

    A line longer than ``LONGEST_LINE`` comes in pieces, of which the first is longer than that.
    """
    while line := file.readline(LONGEST_LINE + 1):
        yield offset, line
        offset += len(line)


def _opened(path: Path) -> io.FileIO:
    # A pipe without a writer must not block: what is no file is refused below.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return io.FileIO(descriptor, "rb")
    os.close(descriptor)
    raise BulkInputError(
        f"{path} is not a regular file",
        hint="Write the rows to a file first; it is read again when the run goes on.",
    )
