"""What budgets count of what other processes, and this one before, have spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from provider_sdk import UsageCounter, UsageRow

    from ollama_cli.conversation.store import Store

_ELSEWHERE = "none"
"""What calls outside of any session are counted for."""

_numbers = count(1)
_names: dict[str, str] = {}


def name_of_new() -> str:
    """Return what the counter calls a session that has no id yet; no other is called so."""
    return f"new {next(_numbers)}"


def name_for(session: str, name: str | None = None) -> str:
    """Return what the counter calls a session; it keeps the name that it was given first."""
    if name is not None:
        return _names.setdefault(session, name)
    return _names.get(session, session)


@dataclass
class _Read:
    """How far the stored calls were read for a counter.

    Attributes:
        day: the first day that was read.
        last: the number of the last call that was read.
        sessions: the sessions of which the days before were read.
    """

    day: str
    last: int = 0
    sessions: set[str] = field(default_factory=set)


_read: WeakKeyDictionary[UsageCounter, _Read] = WeakKeyDictionary()


def go_on(before: UsageCounter, counter: UsageCounter) -> None:
    """Let a new counter go on where another was that counted for budgets."""
    if (read := _read.get(before)) is not None:
        counter.merge(before.rows())
        _read[counter] = read


def spent(store: Store, usage: UsageCounter, session: str | None) -> Iterator[UsageRow]:
    """Yield what a counter has not counted yet, of its first day and of a session.

    The counter counts what this process calls by itself. So all is read before the first call, and
    afterwards what others have stored since.

    Args:
        store: where calls are stored; its author's own are left out afterwards.
        usage: the counter.
        session: the id of the session that goes on; ``None`` for a new one.

    Raises:
        StoreError: they cannot be read.
    """
    known, newest = _read.get(usage), store.newest_call()
    if known is None:
        known = _Read(usage.today().isoformat())
        found = store.calls(since=known.day)
    else:
        found = store.calls_between(known.last, newest)
    yield from map(_named, found)
    known.last = newest
    if session is not None and session not in known.sessions:
        for row in store.calls(session=session):
            if row.day < known.day:
                yield _named(row)
        known.sessions.add(session)
    _read[usage] = known


def _named(row: UsageRow) -> UsageRow:
    return replace(row, session=name_for(row.session) if row.session else _ELSEWHERE)
