"""A whole conversation, wherever its turns are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click

from ollama_cli.conversation.database import database_in_memory
from ollama_cli.conversation.journal import Added, Place, Step, Summarized, write
from ollama_cli.conversation.keeping import Keeper, folder
from ollama_cli.conversation.records import Session
from ollama_cli.conversation.store import Store


class Whole(NamedTuple):
    """A conversation in a store.

    Attributes:
        store: where it is, in a file or in memory.
        session: the session that has all of its turns.
    """

    store: Store
    session: Session


@contextmanager
def whole(kept: Keeper) -> Iterator[Whole]:
    """Yield a conversation with what is not stored; nothing is written to a file.

    Raises:
        click.UsageError: it has no turn.
        StoreError: it cannot be read.
    """
    if kept.session is not None and not kept.steps:
        store = kept.opened()
        yield Whole(store, store.find(kept.session.id))
        return
    with Store(database_in_memory()) as store:
        place = Place(None, None, folder(), kept.title)
        found = write(store, [*_stored(kept), *kept.steps], place).session
        if found is None:
            raise click.UsageError("nothing was said yet")
        yield Whole(store, store.find(found.id))


def _stored(kept: Keeper) -> Iterator[Step]:
    """Yield the steps that make what is stored already."""
    if kept.session is None:
        return
    store, id = kept.opened(), kept.session.id
    for turn in store.turns(id):
        yield Added(turn, kept.session.system, ())
    for summary in store.summaries(id):
        yield Summarized(summary.text, summary.turns, None, ())
