"""Finding sessions by words in them.

All turns are read, those that were used last first, until enough are found. A full-text index would
have to be kept with every turn and erased with every deletion. It finds only beginnings of words,
and none in languages that do not part words. Reading ten thousand turns takes part of a second.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ollama_cli.conversation import rows
from ollama_cli.conversation.records import Session, Turn
from ollama_cli.conversation.store import Store

_TERMS = re.compile(r'"([^"]+)"|(\S+)')
_BEFORE = 40
_LONGEST = 160


class Hit(NamedTuple):
    """A session in which all words were found.

    Attributes:
        session: the session.
        turn: the number of the turn, counted from 1.
        snippet: the text around the first word.
    """

    session: Session
    turn: int
    snippet: str


def search(store: Store, query: str, limit: int | None) -> list[Hit]:
    """Return the sessions of which one turn, with the title, has all words; the newest first.

    Small and capital letters are the same. Words in double quotes belong together; no other
    character means anything.

    Args:
        store: the sessions.
        query: the words.
        limit: the most sessions to return; ``None`` for all.
    """
    terms = [_folded(one or other) for one, other in _TERMS.findall(query)]
    found: list[Hit] = []
    if not terms:
        return found
    for session in store.sessions():
        if len(found) == limit:
            break
        found.extend(_first_hit(store, session, terms))
    return found


def text_of(turn: Turn) -> str:
    """Return all text of a turn."""
    return "\n".join(message.text for message in turn.messages)


def _first_hit(store: Store, session: Session, terms: Sequence[str]) -> Iterator[Hit]:
    title = _folded(session.title)
    bodies = store.database.each(
        "SELECT position, body FROM turns WHERE session = ? ORDER BY position", session.id
    )
    for position, body in bodies:
        if not _may_have(body, title, terms):
            continue
        text = text_of(rows.record(store.database, Turn.from_dict, body))
        folded = _folded(text)
        if all(term in folded or term in title for term in terms):
            yield Hit(session, position, _snippet(text, folded, terms))
            return


def _may_have(body: str, title: str, terms: Sequence[str]) -> bool:
    """Whether the turn can have all terms; most cannot, and need not be parsed to see that."""
    folded = _folded(body)
    if "\\u" in folded:
        return True
    return all(term in folded or term in title or _is_escaped(term) for term in terms)


def _is_escaped(term: str) -> bool:
    """Whether JSON writes the term in another way."""
    return json.dumps(term, ensure_ascii=False)[1:-1] != term


def _folded(text: str) -> str:
    """Return the text so that what reads the same is the same."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold()


def _snippet(text: str, folded: str, terms: Sequence[str]) -> str:
    """Return some text around the first term that is in it, on one line."""
    places = [place for term in terms if (place := folded.find(term)) >= 0]
    # Folding hardly ever changes the length, and a snippet need not begin at an exact place.
    begin = max(min(places, default=0) - _BEFORE, 0)
    piece = " ".join(text[begin : begin + _LONGEST].split())
    before = "..." if begin else ""
    return f"{before}{piece}{'...' if begin + _LONGEST < len(text) else ''}"
