"""The file ``sessions.db``: opened safely, with the tables of this version; never overwritten."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from ollama_cli.conversation.tables import APPLICATION, VERSION, statements
from ollama_cli.settings.folders import data_folder
from ollama_cli.settings.own_files import NotOwnError, make_own_folder, require_own

NAME = "sessions.db"
PATIENCE_S = 5.0
"""How long one process waits for another that is writing."""

_AT_ONCE = 100
_SETTINGS = (
    # After each turn the disk is waited for. With NORMAL, WAL would lose turns at a loss of power;
    # a few milliseconds are nothing after an answer. On macOS only F_FULLFSYNC waits for the disk.
    "PRAGMA synchronous = FULL",
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


class Database:
    """A connection to the file.

    Args:
        path: the file.
        connection: the connection.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def run(self, sql: str, *values: Any) -> list[Any]:
        """Run one statement and return its rows.

        Raises:
            StoreError: it failed.
        """
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            problem = problem_of(error)
        raise StoreError(self.path, problem)

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
            problem = problem_of(error)
        else:
            return
        raise StoreError(self.path, problem)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store all that is written in this block, or nothing.

        Raises:
            StoreError: it could not be stored.
        """
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have ended it
                self.run("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def open_database(*, create: bool) -> Database:
    """Return the database in the data folder.

    Args:
        create: make the file if it is missing; else an empty one in memory takes its place.

    Raises:
        StoreError: it cannot be opened or is not safe to use; it is left as it is.
    """
    folder = data_folder()
    if folder is None:
        raise StoreError(NAME, "there is no home folder; set OLLAMA_CLI_DATA_DIR")
    path = folder / NAME
    try:
        is_there = _prepare(path, create=create)
    except NotOwnError as error:
        problem = f"it is not used, because {error}"
    except OSError as error:
        problem = f"it cannot be opened: {error.strerror or error}"
    else:
        return _connected(path, in_memory=not is_there)
    raise StoreError(path, problem)


def problem_of(error: sqlite3.Error) -> str:
    """Return what is wrong and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "UTF-8" in str(error):
        return damaged(str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another process kept it locked for {PATIENCE_S:g} seconds; try again"
    if name.startswith("SQLITE_FULL"):
        return "the disk is full"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")):
        return f"it cannot be used ({error}); check the permissions and space of its folder"
    return str(error)


def damaged(why: str) -> str:
    """Return that the file is damaged, and the way out."""
    return (
        f"it is damaged ({why}) and was left as it is. 'ollama-cli sessions export --all' writes "
        "what can still be read; then move the file, and those whose names begin with its name, "
        "to another folder: the next question begins a new one"
    )


def _prepare(path: Path, *, create: bool) -> bool:
    """Check what is there, and make the file if asked; return whether it is there.

    SQLite follows links, and gives its other files the mode of this one.

    Raises:
        NotOwnError: others could have written it.
        OSError: it is not a file, or cannot be made.
    """
    if create:
        make_own_folder(path.parent)
        with suppress(FileExistsError):  # then it is checked
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        facts = _checked(path)
    except (FileNotFoundError, NotADirectoryError):
        if create:
            raise
        return False
    require_own(path.parent.stat(), "its folder")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        path.chmod(0o600)
    for suffix in ("-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + suffix)
        if os.path.lexists(beside):
            _checked(beside)
    return True


def _checked(path: Path) -> os.stat_result:
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise NotOwnError(f"{path.name} is a link or not a file")
    require_own(facts, path.name)
    return facts


def _connected(path: Path, *, in_memory: bool) -> Database:
    place = "file::memory:" if in_memory else f"{path.absolute().as_uri()}?mode=rw"
    try:
        connection = sqlite3.connect(place, uri=True, timeout=PATIENCE_S, isolation_level=None)
    except sqlite3.Error as error:
        problem = problem_of(error)
    else:
        database = Database(path, connection)
        try:
            _set_up(database)
        except BaseException:
            database.close()
            raise
        return database
    raise StoreError(path, problem)


def _set_up(database: Database) -> None:
    """Make the tables, or bring them to this version.

    Raises:
        StoreError: the file is not one of ours, or a later version made it.
    """
    for setting in _SETTINGS:
        database.run(setting)
    if _version(database) == VERSION:
        return
    _write_ahead(database)
    with database.transaction():  # another process may have been faster
        for statement in statements(_version(database)):
            database.run(statement)


def _version(database: Database) -> int:
    """Return the version of the tables; 0 if there are none yet."""
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


def _write_ahead(database: Database) -> None:
    """Let others read while one writes, and survive a kill at any instant.

    SQLite does not wait for a process that does the same at the same moment.
    """
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            database.run("PRAGMA journal_mode = WAL")
        except StoreError:
            if time.monotonic() > end:
                raise
        else:
            return
        time.sleep(0.02)
