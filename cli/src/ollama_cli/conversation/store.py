"""Sessions that outlive the process: one transaction per turn, in ``sessions.db``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click
from provider_sdk import UsageRow

from ollama_cli.conversation import rows
from ollama_cli.conversation.database import Database, DeletedError, open_database
from ollama_cli.conversation.ids import as_typed, new_id
from ollama_cli.conversation.marks import Mark
from ollama_cli.conversation.records import Session, Summary, Turn, call_from_dict, title_of
from ollama_cli.conversation.values import time_text

_NEWEST = "ORDER BY used DESC, updated DESC"
_MOST_NAMED = 5


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The sessions, and what all calls used; several processes may have it open at once.

    Every method raises ``StoreError`` if the file cannot be read or written. What one method
    writes, it writes as a whole or not at all, and it is on the disk when the method returns.

    Args:
        database: the open file.
        now: returns the time.

    Attributes:
        database: as the argument.
        now: as the argument.
        author: tells the calls that are stored by this object, or by others for the same chat.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = _now) -> None:
        self.database = database
        self.now = now
        self.author = os.urandom(8).hex()

    @classmethod
    def open(cls, *, create: bool) -> Store:
        """Open the sessions in the data folder.

        Args:
            create: whether to make the file if it is missing; else there are no sessions.

        Raises:
            StoreError: the file is damaged, of a later version, or not safe to use; it is left as
                it is.
        """
        return cls(open_database(create=create))

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing.

    def begin(
        self,
        turn: Turn,
        *,
        folder: str = "",
        system: str | None = None,
        title: str = "",
        calls: Iterable[UsageRow] = (),
    ) -> Session:
        """Store the first turn of a new session, and return the session.

        Args:
            turn: the turn.
            folder: the folder of the project.
            system: the system prompt.
            title: its title; the first line of the question if it is empty.
            calls: what was used, also by calls that failed.
        """
        now = self.now()
        with self.database.transaction():
            session = Session(
                id=new_id(now, self.has),
                title=title or title_of(turn),
                folder=folder,
                system=system,
                provider=turn.provider,
                model=turn.model,
                created=now,
                updated=now,
                turns=1,
            )
            rows.add_session(self.database, session, rows.next_use(self.database))
            self._add_turn(session.id, turn, calls)
        return session

    def append(
        self,
        session: str,
        turn: Turn,
        *,
        system: str | None = None,
        calls: Iterable[UsageRow] = (),
    ) -> None:
        """Store the next turn of a session.

        Args:
            session: its id.
            turn: the turn.
            system: the system prompt from now on; ``None`` leaves it as it is.
            calls: what was used, also by calls that failed.

        Raises:
            DeletedError: the session was deleted meanwhile.
        """
        with self.database.transaction():
            if not self.has(session):
                raise DeletedError(
                    self.database.path, f"the session {session} was deleted meanwhile"
                )
            self.database.run(
                "UPDATE sessions SET updated = ?, used = ?, provider = ?, model = ?,"
                " system = coalesce(?, system) WHERE id = ?",
                time_text(self.now()),
                rows.next_use(self.database),
                rows.unicode(turn.provider),
                rows.unicode(turn.model),
                rows.unicode(system),
                session,
            )
            self._add_turn(session, turn, calls)

    def take_back(self, session: str, turn: Turn) -> bool:
        """Erase the last turn of a session; what it used stays counted.

        A session without turns is erased too, unless one is added in the same transaction; see
        ``drop_empty``.

        Args:
            session: its id.
            turn: the last turn, as it was read.

        Returns:
            Whether it was the last one, and no summary stands for it.
        """
        with self.database.transaction():
            found = rows.last_turns(self.database, session)
            newest = self.summary(session)
            if not found or found[0].turn.at != turn.at:
                return False
            position = found[0].position
            if newest is not None and newest.turns >= position:
                return False
            rows.remove_turn(self.database, session, position)
            before = found[1].turn if len(found) > 1 else turn
            self.database.run(
                "UPDATE sessions SET used = ?, provider = ?, model = ? WHERE id = ?",
                rows.next_use(self.database),
                rows.unicode(before.provider),
                rows.unicode(before.model),
                session,
            )
        return True

    def drop_empty(self, session: str) -> bool:
        """Erase a session that has no turn; return whether it had none."""
        empty = "id = ? AND NOT EXISTS (SELECT 1 FROM turns WHERE session = id)"
        with self.database.transaction():
            found = bool(self.database.run(f"SELECT 1 FROM sessions WHERE {empty}", session))
            self.database.run(f"DELETE FROM sessions WHERE {empty}", session)
        return found

    def add_summary(
        self, session: str, text: str, turns: int, calls: Iterable[UsageRow] = ()
    ) -> None:
        """Store a summary of the first turns of a session; the turns stay.

        Args:
            session: its id.
            text: the summary.
            turns: how many turns it covers.
            calls: what making it used.
        """
        with self.database.transaction():
            rows.add_summary(self.database, session, Summary(text, turns, self.now()))
            rows.add_calls(self.database, calls, self.author, session, None)

    def record_calls(self, calls: Iterable[UsageRow]) -> None:
        """Store what was used outside of any session: names and numbers, and no text."""
        with self.database.transaction():
            rows.add_calls(self.database, calls, self.author, None, None)

    def rename(self, session: str, title: str) -> None:
        """Give a session another title."""
        self.database.run(
            "UPDATE sessions SET title = ? WHERE id = ?", rows.unicode(title), session
        )

    # Reading.

    def has(self, session: str) -> bool:
        """Whether there is a session with this id."""
        return bool(self.database.run("SELECT 1 FROM sessions WHERE id = ?", session))

    def newest(self, folder: str) -> Session | None:
        """Return the session of this project that was used last, else that of any project."""
        condition = f"WHERE folder = ? {_NEWEST} LIMIT 1"
        found = rows.sessions(self.database, condition, rows.unicode(folder))
        return next(iter(found or self.sessions(1)), None)

    def find(self, text: str) -> Session:
        """Return the session whose id this is, or whose id, or its last part, begins with it.

        Raises:
            click.UsageError: no session matches, or several do; the message names them.
        """
        typed = as_typed(text)
        for exact in (text, typed):
            if found := rows.sessions(self.database, "WHERE id = ?", rows.unicode(exact)):
                return found[0]
        condition = (
            "WHERE ?1 > 0 AND ?2 IN (substr(id, 1, ?1), substr(id, 1 + instr(id, '-'), ?1)) "
        )
        found = rows.sessions(self.database, condition + _NEWEST, len(typed), rows.unicode(typed))
        if not found:
            raise click.UsageError(f"there is no session {text[:60]!r}{self._nearest(typed)}")
        if len(found) > 1:
            named = "; ".join(f"{each.id} ({each.title})" for each in found[:_MOST_NAMED])
            more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            raise click.UsageError(f"{text!r} is the beginning of several sessions: {named}{more}")
        return found[0]

    def sessions(self, limit: int | None = None) -> list[Session]:
        """Return the sessions, the one that was used last first."""
        condition = f"{_NEWEST} LIMIT ?"
        return rows.sessions(self.database, condition, -1 if limit is None else limit)

    def titles(self, limit: int) -> dict[str, str]:
        """Return the titles of the newest sessions by their ids; that reads less than the rest."""
        found = self.database.run(f"SELECT id, title FROM sessions {_NEWEST} LIMIT ?", limit)
        return dict(found)

    def mark(self, session: str) -> Mark | None:
        """Return what tells whether a session has changed; ``None`` if it was deleted."""
        found = self.database.run(
            "SELECT used, (SELECT max(position) FROM summaries WHERE session = id) FROM sessions"
            " WHERE id = ?",
            session,
        )
        return next((Mark(used, summary or 0) for used, summary in found), None)

    def turns(self, session: str, after: int = 0) -> list[Turn]:
        """Return the turns of a session, in order.

        Args:
            session: its id.
            after: how many turns to leave out, from the first one on; they are not read.
        """
        found = self.database.each(
            "SELECT body FROM turns WHERE session = ? AND position > ? ORDER BY position",
            session,
            after,
        )
        return [rows.record(self.database, Turn.from_dict, body) for (body,) in found]

    def turn_at(self, session: str, position: int) -> Turn | None:
        """Return the turn with this number, counted from 1."""
        found = self.database.run(
            "SELECT body FROM turns WHERE session = ? AND position = ?", session, position
        )
        return next((rows.record(self.database, Turn.from_dict, body) for (body,) in found), None)

    def summary(self, session: str) -> Summary | None:
        """Return the newest summary of a session."""
        found = self.database.run(
            "SELECT body FROM summaries WHERE session = ? ORDER BY position DESC LIMIT 1", session
        )
        return next(
            (rows.record(self.database, Summary.from_dict, body) for (body,) in found), None
        )

    def summaries(self, session: str) -> list[Summary]:
        """Return all summaries of a session, in order."""
        found = self.database.run(
            "SELECT body FROM summaries WHERE session = ? ORDER BY position", session
        )
        return [rows.record(self.database, Summary.from_dict, body) for (body,) in found]

    def calls(self, *, since: str = "", session: str | None = None) -> Iterator[UsageRow]:
        """Yield what calls used, in no particular order.

        Args:
            since: the first day, such as ``2026-11-29``; all days if it is empty.
            session: those of this session only.
        """
        found = self.database.each(
            "SELECT session, body FROM calls WHERE day >= ?1 AND (?2 IS NULL OR session = ?2)",
            since,
            session,
        )
        return self._calls(found)

    def newest_call(self) -> int:
        """Return the number of the newest call, which counts up from 1; 0 before the first."""
        [(number,)] = self.database.run("SELECT max(rowid) FROM calls")
        return number or 0

    def calls_between(self, after: int, last: int) -> Iterator[UsageRow]:
        """Yield what calls of other authors used, from the one after a number to another."""
        found = self.database.each(
            "SELECT session, body FROM calls"
            " WHERE rowid > ? AND rowid <= ? AND substr(id, 1, ?) != ?",
            after,
            last,
            len(self.author),
            self.author,
        )
        return self._calls(found)

    def _calls(self, found: Iterable[Any]) -> Iterator[UsageRow]:
        for owner, body in found:
            yield rows.record(self.database, partial(call_from_dict, session=owner), body)

    def _add_turn(self, session: str, turn: Turn, calls: Iterable[UsageRow]) -> None:
        position = rows.add_turn(self.database, session, turn)
        rows.add_calls(self.database, calls, self.author, session, position)

    def _nearest(self, typed: str) -> str:
        import difflib  # only mistakes pay for it

        ids = [session for (session,) in self.database.run("SELECT id FROM sessions")]
        near = difflib.get_close_matches(typed, ids, n=1)
        return f"; did you mean {near[0]!r}?" if near else "; 'ollama-cli sessions list' lists them"
