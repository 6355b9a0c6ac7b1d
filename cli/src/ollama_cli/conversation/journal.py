"""What is to be stored of a conversation, in order; all of it is stored together, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ollama_cli.conversation.database import DeletedError
from ollama_cli.conversation.marks import Mark
from ollama_cli.conversation.records import Session, Turn

if TYPE_CHECKING:
    from provider_sdk import UsageRow

    from ollama_cli.conversation.store import Store


@dataclass(frozen=True, slots=True)
class Added:
    """A turn follows the others.

    Attributes:
        turn: the turn.
        system: the system prompt from now on; ``None`` leaves it as it is.
        calls: what was used.
    """

    turn: Turn
    system: str | None
    calls: Sequence[UsageRow]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The last turn is erased.

    Attributes:
        turn: the turn.
    """

    turn: Turn


@dataclass(frozen=True, slots=True)
class Summarized:
    """A summary stands for the first turns.

    Attributes:
        text: the summary.
        turns: how many turns it covers, from the first one on.
        last: the last of them; ``None`` if it covers no more than the summary before.
        calls: what making it used.
    """

    text: str
    turns: int
    last: Turn | None
    calls: Sequence[UsageRow]


Step = Added | TakenBack | Summarized


class Place(NamedTuple):
    """Where steps are stored.

    Attributes:
        session: the session; ``None`` if the first turn begins one.
        mark: what the session was like when it was read; ``None`` if it was not.
        folder: the folder of the project, for a new session.
        title: the title of a new session; ``""`` for its first question.
    """

    session: Session | None
    mark: Mark | None
    folder: str = ""
    title: str = ""


class Written(NamedTuple):
    """What became of steps.

    Attributes:
        session: the session; ``None`` if it has no turn any more.
        is_known: whether nobody else had changed it since it was read.
        mark: what it is like now.
    """

    session: Session | None
    is_known: bool
    mark: Mark | None


def write(store: Store, steps: Sequence[Step], place: Place) -> Written:
    """Store steps in one transaction.

    If another process changed the session meanwhile, only turns that are still the last ones are
    taken back, and no summary is stored that would stand for other turns.

    Raises:
        DeletedError: the session was deleted meanwhile; nothing is stored.
        StoreError: it could not be stored; nothing is.
    """
    session = place.session
    with store.database.transaction():
        before = store.mark(session.id) if session else None
        if session is not None and before is None:
            raise DeletedError(
                store.database.path, f"the session {session.id} was deleted meanwhile"
            )
        is_known = before == place.mark
        for step in steps:
            if isinstance(step, Added):
                session = _add(store, session, step, place)
            elif session is not None:
                _change(store, session, step, is_known=is_known)
        if session and any(isinstance(step, TakenBack) for step in steps):
            session = None if store.drop_empty(session.id) else session
        return Written(session, is_known, store.mark(session.id) if session else None)


def _add(store: Store, session: Session | None, step: Added, place: Place) -> Session:
    turn, system, calls = step.turn, step.system, step.calls
    if session is None:
        return store.begin(turn, folder=place.folder, system=system, title=place.title, calls=calls)
    store.append(session.id, turn, system=system, calls=calls)
    system = system or session.system
    return replace(session, system=system, provider=turn.provider, model=turn.model)


def _change(
    store: Store, session: Session, step: TakenBack | Summarized, *, is_known: bool
) -> None:
    if isinstance(step, TakenBack):
        store.take_back(session.id, step.turn)
    elif is_known or _still_stands(store, session, step):
        store.add_summary(session.id, step.text, step.turns, step.calls)
    else:
        store.record_calls(step.calls)


def _still_stands(store: Store, session: Session, step: Summarized) -> bool:
    """Whether the session still has the turns that a summary covers; only last ones can go."""
    if step.last is None:
        return True
    found = store.turn_at(session.id, step.turns)
    return found is not None and found.at == step.last.at
