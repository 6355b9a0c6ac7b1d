"""A connection to a journal's file, and what its failures mean."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from provider_sdk.bulk.errors import JournalError
from provider_sdk.bulk.store.network_folders import is_remote
from provider_sdk.bulk.store.tables import APPLICATION, TABLES, VERSION

PATIENCE_S = 60.0
"""How long a process waits for another that is writing; its transactions take milliseconds."""

_LOG_BYTES = 64 << 20
_BESIDE = ("-wal", "-shm", "-journal")
_CHUNK_BYTES = 1 << 20
_CHUNK_ROWS = 500
_ANOTHER = "Move it away, or choose another directory with '--run'."
_RESTORE = (
    "It was left as it is; restore it from a copy, or begin anew in another directory ('--run')."
)


# An application may have set its own to round earlier.
_EXACTLY = Context(prec=60)


class _ExactSum:
    """Adds decimals exactly; SQLite's own sum would round.

    Values are texts and ``None``; typeshed knows aggregates of whole numbers only.
    """

    def __init__(self) -> None:
        self._sum = Decimal(0)

    def step(self, value: Any) -> None:
        """Add a value."""
        if value is not None:
            self._sum = _EXACTLY.add(self._sum, Decimal(value))

    def finalize(self) -> Any:
        """Return the sum as a text."""
        return str(self._sum)


def failure(path: Path, error: BaseException) -> JournalError:
    """Return what an error of SQLite or the system means, and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(path, str(error))
    if name.startswith("SQLITE_FULL"):
        return JournalError(
            f"{path} cannot be written: the disk is full",
            hint="Make room, then run the same command again: it goes on where it stopped.",
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return JournalError(
            f"{path} cannot be written: another process kept it locked for {PATIENCE_S:g} seconds",
            hint="End that process, then run the same command again.",
        )
    return JournalError(
        f"{path} cannot be read or written: {error}",
        hint="Check the permissions and the space of its directory, then run the command again.",
    )


def damaged(path: Path, why: str) -> JournalError:
    """Return that a journal is damaged, and the way out."""
    return JournalError(f"{path} is damaged ({why})", hint=_RESTORE)


def create(path: Path) -> None:
    """Make an empty journal; the file must not be there, and nobody else writes in its folder.

    Raises:
        JournalError: it cannot be written.
    """
    temporary = path.with_name(f"{path.name}.new")
    problem: Exception
    try:
        for each in (temporary, *map(temporary.with_name, _names_beside(temporary))):
            each.unlink(missing_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = _connected(temporary)
        try:
            # A file that is half made is never used, so only the whole file is waited for.
            connection.execute("PRAGMA synchronous = OFF")
            for statement in TABLES:
                connection.execute(statement)
            _choose_log(connection, remote=is_remote(path.parent))
        finally:
            connection.close()
        descriptor = os.open(temporary, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        # A log that is left of another file of this name would be read as this one's.
        for beside in map(path.with_name, _names_beside(path)):
            beside.unlink(missing_ok=True)
        temporary.rename(path)
    except (OSError, sqlite3.Error) as error:
        problem = error
    else:
        return
    raise failure(path, problem)


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal that is there.

    Raises:
        JournalError: it is missing, damaged, not a journal, or of a later version; it is left as
            it is.
    """
    _check_files(path)
    problem: sqlite3.Error
    try:
        connection = _connected(path)
    except sqlite3.Error as error:
        problem = error
    else:
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.create_aggregate("exact_sum", 1, _ExactSum)
            _check_tables(path, connection)
        except sqlite3.Error as error:
            problem = error
        except JournalError:
            connection.close()
            raise
        else:
            return connection
        connection.close()
    raise failure(path, problem)


def prepare(path: Path, connection: sqlite3.Connection, *, remote: bool) -> None:
    """Make a connection ready to write: whole, and durable at each commit.

    Raises:
        JournalError: the file is damaged.
        sqlite3.Error: the file cannot be read or written.
    """
    _choose_log(connection, remote=remote)
    # NORMAL would lose the newest answers at a loss of power, and rows a second were the same
    # within 2 % (4,190 and 4,250, 256 at once, 50 ms each), as all that waits shares one sync.
    # EXTRA is FULL, and waits for the folder too where there is no write-ahead log.
    connection.execute("PRAGMA synchronous = EXTRA")
    # On macOS only this reaches the disk.
    connection.execute("PRAGMA fullfsync = ON")
    # A log that grew while somebody read is cut down again. It is copied into the file whenever it
    # has a thousand pages, by the thread that writes.
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    for (verdict,) in connection.execute("PRAGMA quick_check(1)"):
        if verdict != "ok":
            raise damaged(path, verdict)


def identities(path: Path) -> Sequence[tuple[int, int] | None]:
    """Return which files a journal and its log are."""
    return _identity(path), _identity(path.with_name(f"{path.name}-wal"))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def in_chunks(
    connection: sqlite3.Connection, statement: str, first: int, *more: int
) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a statement whose first value is the first row wanted.

    Between chunks nothing is open: a reader that waits for its consumer would keep SQLite from
    emptying the write-ahead log, which would then grow without bound.
    """
    while True:
        chunk: list[tuple[Any, ...]] = []
        size = 0
        cursor = connection.execute(statement, (first, *more))
        for line in cursor:
            chunk.append(line)
            size += len(line[-1] or b"")
            if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_ROWS:
                break
        cursor.close()
        if not chunk:
            return
        first = chunk[-1][0] + 1
        yield from chunk


def _connected(path: Path) -> sqlite3.Connection:
    # Transactions are begun and ended by name; Python's own would begin some unasked.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=PATIENCE_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _choose_log(connection: sqlite3.Connection, *, remote: bool) -> None:
    # Processes share a write-ahead log through memory, which two computers do not have; and some
    # network file systems cannot map it at all. https://www.sqlite.org/wal.html
    connection.execute(f"PRAGMA journal_mode = {'DELETE' if remote else 'WAL'}")


def _names_beside(path: Path) -> Iterable[str]:
    return (path.name + suffix for suffix in _BESIDE)


def _check_files(path: Path) -> None:
    """Refuse what SQLite would follow or write to although it is not the run's own."""
    for each in (path, *map(path.with_name, _names_beside(path))):
        try:
            facts = each.lstat()
        except OSError as error:
            problem = error
        else:
            if not stat.S_ISREG(facts.st_mode):
                raise JournalError(f"{each} is a link, or not a file", hint=_ANOTHER)
            if each == path and not facts.st_size:
                raise damaged(path, "it is empty")
            continue
        if each == path:
            raise JournalError(
                f"{path} cannot be opened: {problem.strerror}",
                hint=_RESTORE.removeprefix("It was left as it is; ").capitalize(),
            )


def _check_tables(path: Path, connection: sqlite3.Connection) -> None:
    [(application,)] = connection.execute("PRAGMA application_id")
    [(version,)] = connection.execute("PRAGMA user_version")
    if application != APPLICATION:
        raise JournalError(f"{path} is not a journal of a bulk run", hint=_ANOTHER)
    if version > VERSION:
        raise JournalError(
            f"{path} was made by a later version (format {version}, this one knows {VERSION})",
            hint="Update, or choose another directory with '--run'.",
        )
