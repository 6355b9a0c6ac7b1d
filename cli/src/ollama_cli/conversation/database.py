"""The file ``sessions.db``: opened safely, with the tables of this version; never overwritten."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

try:
    import sqlite3

    HAS_SQLITE = True
except ImportError:  # Python can be built without it
    HAS_SQLITE = False

from ollama_cli.conversation.network_folders import is_remote
from ollama_cli.conversation.place import prepare
from ollama_cli.conversation.tables import APPLICATION, VERSION, statements
from ollama_cli.settings.folders import data_folder
from ollama_cli.settings.own_files import NotOwnError

NAME = "sessions.db"
PATIENCE_S = 5.0
"""How long one process waits for another that is writing."""

_AT_ONCE = 100
_NO_SQLITE = "this Python was built without SQLite; sessions need another one"
_SETTINGS = (
    # After each turn the disk is waited for: with NORMAL, a write-ahead log would lose turns at a
    # loss of power, and some milliseconds are nothing after an answer. EXTRA is FULL, which also
    # waits for the folder where there is no such log. On macOS only F_FULLFSYNC reaches the disk.
    "PRAGMA synchronous = EXTRA",
    "PRAGMA fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
)


class StoreError(click.ClickException):
    """The sessions cannot be read or written; the message says why and what to do."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


class DeletedError(StoreError):
    """Another process deleted the session."""


class LockedError(StoreError):
    """Another process keeps the file locked."""


class Database:
    """A connection to the file.

    Args:
        path: the file.
        connection: the connection.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._file = _identity(path)

    def is_gone(self) -> bool:
        """Whether the file was removed, or replaced by another: nobody would find what is stored.

        An empty database in memory, which stands for a missing file, is gone once there is a file.
        """
        return self._file != _identity(self.path)

    def wait_at_most(self, seconds: float) -> None:
        """Say how long to wait for another process that is writing."""
        self.run(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    def run(self, sql: str, *values: Any) -> list[Any]:
        """Run one statement and return its rows.

        Raises:
            StoreError: it failed.
        """
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            failure = _failure(self.path, error)
        raise failure

    def run_briefly(self, sql: str, steps: int) -> list[Any] | None:
        """Run one statement as ``run`` does; return ``None`` if it takes more steps than these."""
        self._connection.set_progress_handler(lambda: 1, steps)
        try:
            return self._connection.execute(sql).fetchall()
        except sqlite3.Error as error:
            failure = error
        finally:
            self._connection.set_progress_handler(None, 0)
        if getattr(failure, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
            return None
        raise _failure(self.path, failure)

    def each(self, sql: str, *values: Any) -> Iterator[Any]:
        """Yield the rows of a statement, of which only some are in memory.

        Raises:
            StoreError: it failed.
        """
        try:
            cursor = self._connection.execute(sql, values)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows
        except sqlite3.Error as error:
            failure = _failure(self.path, error)
        else:
            return
        raise failure

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store all that is written in this block, or nothing; one within another is a part of it.

        Raises:
            StoreError: it could not be stored.
        """
        if self._is_in_transaction():
            yield
            return
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._is_in_transaction():  # a full disk may have ended it
                self.run("ROLLBACK")
            raise

    def _is_in_transaction(self) -> bool:
        return self._connection.in_transaction

    def require_writable(self) -> None:
        """Find out whether anything can be stored, before it is paid for; nothing is changed.

        Raises:
            StoreError: it cannot, because SQLite had to open the file for reading only, or another
                process keeps it locked.
        """
        self.run("DELETE FROM sessions WHERE 0")  # BEGIN IMMEDIATE alone would be content to read

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def open_database(*, create: bool) -> Database:
    """Return the database in the data folder.

    Args:
        create: make the file if it is missing; else an empty one in memory takes its place.

    Raises:
        StoreError: it cannot be opened or is not safe to use; it is left as it is.
    """
    if not HAS_SQLITE:
        raise StoreError(NAME, _NO_SQLITE)
    folder = data_folder()
    if folder is None:
        raise StoreError(NAME, "there is no home folder; set OLLAMA_CLI_DATA_DIR")
    path = folder / NAME
    try:
        is_there = prepare(path, create=create)
    except NotOwnError as error:
        problem = f"it is not used, because {error}"
    except OSError as error:
        problem = f"it cannot be opened: {error.strerror or error}"
    else:
        return _connected(path, in_memory=not is_there)
    raise StoreError(path, problem)


def database_in_memory() -> Database:
    """Return an empty database that is in no file.

    Raises:
        StoreError: this Python has no SQLite.
    """
    if not HAS_SQLITE:
        raise StoreError(NAME, _NO_SQLITE)
    return _connected(Path(NAME), in_memory=True)


def damaged(why: str) -> str:
    """Return that the file is damaged, and the way out."""
    return (
        f"it is damaged ({why}) and was left as it is. 'ollama-cli sessions export --all' writes "
        "what can still be read; then move the file, and those whose names begin with its name, "
        "to another folder: the next question begins a new one"
    )


def _failure(path: Path, error: sqlite3.Error) -> StoreError:
    """Return what is wrong and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        waited = f"another process kept it locked for {PATIENCE_S:g} seconds; try again"
        return LockedError(path, waited)
    return StoreError(path, _problem(name, str(error)))


def _problem(name: str, message: str) -> str:
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "UTF-8" in message:
        return damaged(message)
    if name.startswith("SQLITE_FULL"):
        return "the disk is full"
    if name.startswith(
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR", "SQLITE_PROTOCOL")
    ):
        return f"it cannot be used ({message}); check the permissions and space of its folder"
    return message


def _connected(path: Path, *, in_memory: bool) -> Database:
    place = "file::memory:" if in_memory else f"{path.absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(place, uri=True, timeout=PATIENCE_S, isolation_level=None)
    except sqlite3.Error as error:
        failure = _failure(path, error)
    else:
        database = Database(path, connection)
        try:
            _set_up(database)
        except BaseException:
            database.close()
            raise
        return database
    raise failure


def _set_up(database: Database) -> None:
    """Make the tables, or bring them to this version.

    Raises:
        StoreError: the file is not one of ours, or a later version made it.
    """
    for setting in _SETTINGS:
        database.run(setting)
    version = _version(database)
    remote = is_remote(database.path.parent)
    if remote:
        _set_journal(database, "DELETE")
    if version == VERSION:
        return
    if not remote:
        _set_journal(database, "WAL")
    with database.transaction():  # another process may have been faster
        for statement in statements(_version(database)):
            database.run(statement)


def _version(database: Database) -> int:
    """Return the version of the tables; 0 if the file is empty."""
    [(version,)] = database.run("PRAGMA user_version")
    [(application,)] = database.run("PRAGMA application_id")
    [(tables,)] = database.run("SELECT count(*) FROM sqlite_master")
    if (version or tables) and application != APPLICATION:
        raise StoreError(
            database.path,
            "another program made it; set OLLAMA_CLI_DATA_DIR to another folder, or move it away",
        )
    if version > VERSION:
        raise StoreError(
            database.path,
            f"a later version of ollama-cli made it (format {version}, this one knows {VERSION}); "
            "update ollama-cli, or set OLLAMA_CLI_DATA_DIR to another folder",
        )
    return int(version)


def _set_journal(database: Database, mode: str) -> None:
    """Choose how a change survives a kill: with a write-ahead log, others can read meanwhile.

    SQLite does not wait for a process that does the same at the same moment.
    """
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            database.run(f"PRAGMA journal_mode = {mode}")
        except LockedError:
            if time.monotonic() > end:
                raise
        else:
            return
        time.sleep(0.02)
