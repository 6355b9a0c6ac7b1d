"""``/sessions``: the stored sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat.sessions import about
from ollama_cli.conversation.searching import search
from ollama_cli.conversation.store import Store
from ollama_cli.terminal.pairs import fitted, pairs

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[WORDS]"

_MOST = 20


async def run(chat: Chat, argument: str) -> None:
    """List the sessions, the newest first, or those with all of some words in one turn."""
    words = argument.strip()
    with Store.open(create=False) as store:
        if words:
            hits = search(store, words, _MOST)
            rows = [(hit.session.id, f"{hit.session.title}: {hit.snippet}") for hit in hits]
        else:
            rows = [(each.id, about(each)) for each in store.sessions(_MOST)]
    if not rows:
        chat.show(fitted("No session has these words." if words else "There are no sessions."))
        return
    own = chat.session.id
    chat.show(pairs([(f"{id} *" if id == own else id, text) for id, text in rows]))
    chat.show(fitted("/load ID goes on in one of them" + ("; * is this one." if own else ".")))
