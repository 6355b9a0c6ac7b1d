"""What the chat says when it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provider_sdk import ProviderError, RegistryError

from ollama_cli.choosing.routing import candidates
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

HELP = "/help shows the commands. Ctrl-D or /quit leaves."


def greeting(chat: Chat) -> list[str]:
    """Return who will answer, which session is continued, and how to get help, a line each.

    Who cannot answer for want of a credential is left out: the chat says that itself.

    Raises:
        RegistryError: no provider has the name that was given, or it cannot be loaded or built.
        click.UsageError: the configuration of a named provider is invalid.
    """
    found = [_who(chat), _session(chat), HELP]
    return [on_one_line(line) for line in found if line]


def _who(chat: Chat) -> str:
    choice, router = chat.choice, chat.world.router
    try:
        names = candidates(router, choice)
    except RegistryError:
        raise
    except ProviderError:
        return ""
    if not names:
        return ""
    first, *others = names
    model = choice.model or router.get_provider(first).default_model
    who = f"{first}, {model}" if model else first
    return f"Answers: {who}" + (f"; then {', '.join(others)}" if others else "")


def _session(chat: Chat) -> str:
    session = chat.session
    if not session.is_continued:
        return ""
    return f"Session: {session.title} ({counted(session.turns, 'turn')})"
