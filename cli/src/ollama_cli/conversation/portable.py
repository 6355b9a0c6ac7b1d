"""Sessions as JSON, one line each: without loss, and back.

An import is one transaction: a line that is wrong leaves everything as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import IO, Any, NamedTuple

import click
from provider_sdk import UsageRow

from ollama_cli.conversation import rows
from ollama_cli.conversation.ids import is_id, new_id
from ollama_cli.conversation.records import Session, Summary, Turn, call_from_dict
from ollama_cli.conversation.store import Store
from ollama_cli.conversation.values import (
    RecordError,
    count,
    from_text,
    required,
    time_of,
    time_text,
)

SCHEMA = "ollama-cli-session/1"
LONGEST_LINE = 256 << 20
"""The longest line that is read, in bytes."""

_LONGEST_PROBLEM = 300


class Imported(NamedTuple):
    """What became of a session.

    Attributes:
        id: its id in the file.
        stored_as: its id here: another one if that is taken by another session.
        is_new: whether it was not here before.
    """

    id: str
    stored_as: str
    is_new: bool


def export(store: Store, session: Session) -> str:
    """Return a session with everything that belongs to it, on one line without its end."""
    calls = store.database.each(
        "SELECT id, turn, body FROM calls WHERE session = ? ORDER BY rowid", session.id
    )
    found = {
        "schema": SCHEMA,
        "id": session.id,
        "title": session.title,
        "folder": session.folder,
        "system": session.system,
        "provider": session.provider,
        "model": session.model,
        "created": time_text(session.created),
        "updated": time_text(session.updated),
        "turns": [turn.to_dict() for turn in store.turns(session.id)],
        "summaries": [summary.to_dict() for summary in store.summaries(session.id)],
        "calls": [
            {"id": id, "turn": turn, **rows.record(store.database, dict, body)}
            for id, turn, body in calls
        ],
    }
    return json.dumps(found, separators=(",", ":"))  # ASCII, which every encoding can write


def import_from(store: Store, file: IO[bytes]) -> list[Imported]:
    """Store the sessions of a file.

    A session that is here already, or was imported from the same line before, is left as it is.

    Args:
        store: where to.
        file: a line per session.

    Raises:
        click.UsageError: a line is something else; nothing is imported.
        StoreError: they cannot be stored; none is.
    """
    found: list[Imported] = []
    with store.database.transaction():
        for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), 1):
            if not line.strip():
                continue
            try:
                found.append(_store(store, _parsed(line)))
            except RecordError as error:
                problem = str(error)
            else:
                continue
            cut = (
                problem if len(problem) <= _LONGEST_PROBLEM else f"{problem[:_LONGEST_PROBLEM]}..."
            )
            raise click.UsageError(f"line {number}: {cut}; nothing was imported")
    return found


class _Call(NamedTuple):
    id: str
    turn: int | None
    row: UsageRow


@dataclass(frozen=True, slots=True)
class _Line:
    session: Session
    turns: list[Turn]
    summaries: list[Summary]
    calls: list[_Call]
    digest: str


def _parsed(line: bytes) -> _Line:
    if len(line) > LONGEST_LINE:
        raise RecordError(f"it is longer than {LONGEST_LINE >> 20} MiB")
    try:
        data = from_text(line.decode())
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8 text"
    else:
        if data.get("schema") == SCHEMA:
            return _of_data(data, sha256(line.strip()).hexdigest())
        problem = f"it is not a session that 'sessions export' wrote ({SCHEMA!r} is not its schema)"
    raise RecordError(problem)


def _of_data(data: Mapping[str, Any], digest: str) -> _Line:
    turns = [Turn.from_dict(each) for each in _objects(data, "turns")]
    if not turns or not all(turn.messages for turn in turns):
        raise RecordError("a session has turns, and a turn has messages")
    session = Session(
        id=required(data, "id", str),
        title=required(data, "title", str),
        folder=required(data, "folder", str),
        system=required(data, "system", str, type(None)),
        provider=required(data, "provider", str),
        model=required(data, "model", str, type(None)),
        created=time_of(required(data, "created", str)),
        updated=time_of(required(data, "updated", str)),
        turns=len(turns),
    )
    summaries = [Summary.from_dict(each) for each in _objects(data, "summaries")]
    calls = [_call(each) for each in _objects(data, "calls")]
    numbers = [summary.turns for summary in summaries] + [call.turn or 0 for call in calls]
    if max(numbers, default=0) > len(turns):
        raise RecordError("a summary or a call is of a turn that is not there")
    return _Line(session, turns, summaries, calls, digest)


def _objects(data: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    for each in required(data, name, list):
        if not isinstance(each, Mapping):
            raise RecordError(f"{name!r} has something else than JSON objects")
        yield each


def _call(data: Mapping[str, Any]) -> _Call:
    id, turn = required(data, "id", str), required(data, "turn", int, type(None))
    if not is_id(id):
        raise RecordError("a call has no valid id")
    rest = {name: value for name, value in data.items() if name not in ("id", "turn")}
    return _Call(id, turn if turn is None else count(turn), call_from_dict(rest, None))


def _store(store: Store, line: _Line) -> Imported:
    id = line.session.id
    if before := _stored_before(store, line):
        return Imported(id, before, is_new=False)
    own = id if is_id(id) and not store.has(id) else new_id(line.session.created, store.has)
    database = store.database
    # It takes its place among those that are here by the time of its last turn.
    [(used,)] = database.run(
        "SELECT coalesce(max(used), 0) FROM sessions WHERE updated <= ?",
        time_text(line.session.updated),
    )
    rows.add_session(database, replace(line.session, id=own), used, origin=line.digest)
    for turn in line.turns:
        rows.add_turn(database, own, turn)
    for summary in line.summaries:
        rows.add_summary(database, own, summary)
    for call in line.calls:
        rows.add_call(database, call.id, call.row, own, call.turn)
    return Imported(id, own, is_new=True)


def _stored_before(store: Store, line: _Line) -> str:
    """Return the id of the stored session that has all of this; ``""`` if no session has."""
    for (found,) in store.database.run("SELECT id FROM sessions WHERE origin = ?", line.digest):
        return str(found)
    id = line.session.id
    mine = store.turns(id)[: len(line.turns)] if is_id(id) else []
    return id if _dicts(mine) == _dicts(line.turns) else ""


def _dicts(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    return [turn.to_dict() for turn in turns]
