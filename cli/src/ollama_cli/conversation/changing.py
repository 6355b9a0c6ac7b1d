"""Copying and deleting whole sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import click

from ollama_cli.conversation import rows
from ollama_cli.conversation.ids import new_id
from ollama_cli.conversation.records import Session
from ollama_cli.conversation.store import Store
from ollama_cli.conversation.values import time_text

_PRUNED = "pruned"
_LONGEST_DAYS = 365_000


def fork(store: Store, session: Session, *, turns: int | None = None, title: str = "") -> Session:
    """Store a copy of a session, which goes its own way from there; return the copy.

    What calls used stays with the original, so that nothing is counted twice.

    Args:
        store: the sessions.
        session: the original.
        turns: how many turns to copy, from the first one on; ``None`` for all.
        title: the title of the copy; by default that of the original.

    Raises:
        click.UsageError: the original has not so many turns.
        StoreError: it cannot be stored.
    """
    most = session.turns if turns is None else turns
    if not 1 <= most <= session.turns:
        raise click.UsageError(
            f"session {session.id} has {session.turns} turn{'s'[: session.turns != 1]}, so --at "
            f"takes a number from 1 to {session.turns}"
        )
    now = store.now()
    with store.database.transaction():
        copy = replace(
            session,
            id=new_id(now, store.has),
            title=title or session.title,
            created=now,
            updated=now,
            turns=most,
        )
        rows.add_session(store.database, copy, rows.next_use(store.database))
        for turn in store.turns(session.id)[:most]:
            rows.add_turn(store.database, copy.id, turn)
        for summary in store.summaries(session.id):
            if summary.turns <= most:
                rows.add_summary(store.database, copy.id, summary)
    return copy


def delete(store: Store, sessions: Iterable[str]) -> bool:
    """Erase sessions; what their calls used stays, without their names.

    Returns:
        Whether nothing of them is left in the files. False if another process is just reading: the
        rest goes when that process ends.

    Raises:
        StoreError: they cannot be deleted; then none is.
    """
    with store.database.transaction():
        for session in sessions:
            store.database.run("DELETE FROM sessions WHERE id = ?", session)
    # The write-ahead log still has what was written last; the file itself is overwritten.
    [(is_busy, *_)] = store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return not is_busy


def outdated(store: Store, days: int, *, keep: str = "", folder: str | None = None) -> list[str]:
    """Return the ids of the sessions that were not continued for so many days.

    Args:
        store: the sessions.
        days: how many days.
        keep: the id of a session that is in use.
        folder: the project whose sessions are meant; ``None`` for all.
    """
    try:
        before = store.now() - timedelta(days=min(days, _LONGEST_DAYS))
    except OverflowError:
        return []
    found = store.database.run(
        "SELECT id FROM sessions WHERE updated < ?1 AND id != ?2 AND (?3 IS NULL OR folder = ?3)",
        time_text(before),
        keep,
        None if folder is None else rows.unicode(folder),
    )
    return [session for (session,) in found]


def prune_daily(store: Store, days: int, *, keep: str = "", folder: str | None = None) -> int:
    """Delete outdated sessions, at most once a day; return how many.

    Args:
        store: the sessions.
        days: the setting ``retention_days``.
        keep: the id of a session that is in use.
        folder: as for ``outdated``.

    Raises:
        StoreError: they cannot be deleted.
    """
    today = _day(store.now())
    name = _PRUNED if folder is None else f"{_PRUNED} {rows.unicode(folder)}"
    if store.database.run("SELECT 1 FROM facts WHERE name = ? AND value = ?", name, today):
        return 0
    found = outdated(store, days, keep=keep, folder=folder)
    if found:
        delete(store, found)
    store.database.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, today)
    return len(found)


def _day(at: datetime) -> str:
    return at.date().isoformat()
