"""``/sessions``: the stored sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.commands._session_views import hit_text, list_text
from ollama_cli.conversation.searching import search
from ollama_cli.conversation.store import Store

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

USAGE = "[WORDS]"

_MOST = 20


async def run(chat: Chat, argument: str) -> None:
    """List the sessions, the newest first, or those in which words occur."""
    with Store.open(create=False) as store:
        if words := argument.strip():
            text = "".join(map(hit_text, search(store, words, _MOST)))
            chat.show(text.rstrip("\n") or "No session has these words.")
            return
        found = store.sessions(_MOST)
    chat.show(list_text(found).rstrip("\n"))
    if chat.session.id is not None:
        chat.show(f"This is {chat.session.id}. /load ID goes on in another one.")
    elif found:
        chat.show("/load ID goes on in one of them.")
