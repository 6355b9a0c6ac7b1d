"""Rows of ``sessions.db``, written and read; every function that writes is part of a transaction.

All of them raise ``StoreError`` if the file cannot be read or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from provider_sdk import UsageRow

from ollama_cli.conversation.database import Database, StoreError, damaged
from ollama_cli.conversation.records import Session, Summary, Turn, call_to_dict
from ollama_cli.conversation.values import RecordError, from_text, time_of, time_text, to_text

_T = TypeVar("_T")

_COLUMNS = """id, title, folder, system, provider, model, created, updated,
(SELECT count(*) FROM turns WHERE session = id)"""


def sessions(database: Database, condition: str, *values: Any) -> list[Session]:
    """Return the sessions of ``SELECT … FROM sessions`` with this condition and order."""
    found = database.run(f"SELECT {_COLUMNS} FROM sessions {condition}", *values)
    try:
        return [_session(row) for row in found]
    except RecordError as error:
        problem = str(error)
    raise StoreError(database.path, damaged(problem))


def record(database: Database, make: Callable[[Mapping[str, Any]], _T], body: str) -> _T:
    """Return what is made of a stored JSON object."""
    try:
        return make(from_text(body))
    except RecordError as error:
        problem = str(error)
    raise StoreError(database.path, damaged(problem))


def add_session(
    database: Database, session: Session, used: int, *, origin: str | None = None
) -> None:
    """Add a session without turns."""
    database.run(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        session.id,
        unicode(session.folder),
        unicode(session.title),
        unicode(session.system),
        unicode(session.provider),
        unicode(session.model),
        time_text(session.created),
        time_text(session.updated),
        used,
        origin,
    )


def next_use(database: Database) -> int:
    """Return the number that makes a session the one that was used last."""
    [(used,)] = database.run("SELECT 1 + coalesce(max(used), 0) FROM sessions")
    return int(used)


def add_turn(database: Database, session: str, turn: Turn) -> int:
    """Add the next turn; return its number, counted from 1."""
    [(position,)] = database.run(
        "SELECT 1 + coalesce(max(position), 0) FROM turns WHERE session = ?", session
    )
    body = _body(database, turn.to_dict())
    database.run("INSERT INTO turns VALUES (?, ?, ?)", session, position, body)
    return int(position)


class StoredTurn(NamedTuple):
    """A turn, and where it stands.

    Attributes:
        position: its number, counted from 1.
        turn: the turn.
    """

    position: int
    turn: Turn


def last_turns(database: Database, session: str) -> list[StoredTurn]:
    """Return the last turn and the one before it, as far as they exist."""
    found = database.run(
        "SELECT position, body FROM turns WHERE session = ? ORDER BY position DESC LIMIT 2", session
    )
    return [
        StoredTurn(position, record(database, Turn.from_dict, body)) for position, body in found
    ]


def remove_turn(database: Database, session: str, position: int) -> None:
    """Remove the last turn; what it used belongs to the session from now on, and to no turn."""
    database.run("DELETE FROM turns WHERE session = ? AND position = ?", session, position)
    database.run("UPDATE calls SET turn = NULL WHERE session = ? AND turn = ?", session, position)


def add_summary(database: Database, session: str, summary: Summary) -> None:
    """Add the next summary."""
    database.run(
        "INSERT INTO summaries SELECT ?1, 1 + coalesce(max(position), 0), ?2 FROM summaries"
        " WHERE session = ?1",
        session,
        _body(database, summary.to_dict()),
    )


def add_calls(
    database: Database,
    calls: Iterable[UsageRow],
    author: str,
    session: str | None,
    turn: int | None,
) -> None:
    """Add what calls used that were made just now; their ids begin with the author."""
    for row in calls:
        add_call(database, f"{author}-{os.urandom(8).hex()}", row, session, turn)


def add_call(
    database: Database, id: str, row: UsageRow, session: str | None, turn: int | None
) -> None:
    """Add what a call used, unless it is there already.

    If it is there without a session, because that was deleted, it is this session's from now on.
    """
    database.run(
        "INSERT INTO calls VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET session = excluded.session, turn = excluded.turn WHERE session IS NULL",
        id,
        session,
        turn,
        row.day,
        _body(database, call_to_dict(row)),
    )


def unicode(text: str | None) -> str | None:
    """Return the text with halves of surrogate pairs, which SQLite refuses, as escapes."""
    return text and text.encode("utf-8", "backslashreplace").decode()


def _session(row: Sequence[Any]) -> Session:
    id, title, folder, system, provider, model, created, updated, turns = row
    return Session(
        id=id,
        title=title,
        folder=folder,
        system=system,
        provider=provider,
        model=model,
        created=time_of(created),
        updated=time_of(updated),
        turns=turns,
    )


def _body(database: Database, data: Mapping[str, Any]) -> str:
    try:
        return to_text(data)
    except RecordError as error:
        problem = str(error)
    raise StoreError(database.path, problem)
