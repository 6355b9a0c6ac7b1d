"""``/status``: what the chat works with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_cli.chat.answering import answering, built, model
from ollama_cli.chat.commands.effort import effort_of
from ollama_cli.settings.project import find_project
from ollama_cli.terminal.answers import count
from ollama_cli.terminal.columns import width
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import pairs
from ollama_cli.terminal.visible import visible

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat

_LONGEST = 60


async def run(chat: Chat, argument: str) -> None:
    """Show who answers and why, the session, and what is used."""
    chat.show(pairs(_rows(chat)))


def _rows(chat: Chat) -> Iterator[tuple[str, str]]:
    yield "answers", answering(chat)
    if chat.newest.answer is not None and chat.newest.answer.response.served_by:
        yield "served by", chat.newest.answer.response.served_by
    yield "session", _session(chat)
    yield "system", _first_words(chat.session.system(chat.system) or "none")
    yield "effort", effort_of(chat)
    yield "reasoning", "shown" if chat.reasoning else "hidden"
    yield "window", _window(chat)
    yield "attached", ", ".join(each.shown for each in chat.attached) or "nothing"
    settings = chat.world.settings
    files = [path for path in (settings.path, settings.project_path) if path is not None]
    yield "settings", ", ".join(map(visible, files)) or "no file"
    yield "project", _project(chat)
    hooks = chat.world.hooks
    listening = f"{len(hooks.all)} on" if hooks.all else "none"
    yield "hooks", f"off, because {hooks.off}" if hooks.off and hooks.all else listening


def _session(chat: Chat) -> str:
    session = chat.session
    if session.id is None:
        return "not stored yet" if session.is_stored else "not stored"
    return f"{session.id} {_first_words(session.title or '')}".rstrip()


def _first_words(text: str) -> str:
    line = on_one_line(text)
    longest = min(_LONGEST, width())
    return line if len(line) <= longest else f"{line[:longest]}..."


def _window(chat: Chat) -> str:
    """Return how much of the window of who answers is filled, as far as that is known."""
    from ollama_cli.conversation.known_windows import KnownWindows  # only few ask for it
    from ollama_cli.conversation.window_lookup import DEFAULT

    provider, asked = built(chat), model(chat)
    known = KnownWindows(time.time).get(provider, asked) if provider and asked else None
    said, source = chat.world.settings.values.get("context_window"), "the service says so"
    if not known:
        source = "by the settings" if said else "assumed"
    window = known or said or DEFAULT
    usage = chat.newest.answer.usage if chat.newest.answer else None
    if usage is None:
        return f"{count(window)} tokens ({source})"
    filled = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
    share = f"{100 * filled / window:.0f} %"
    return f"{count(filled)} of {count(window)} tokens, {share} ({source})"


def _project(chat: Chat) -> str:
    project = chat.world.settings.project
    if project is not None:
        return f"{visible(project.root)}, trusted"
    root, note = find_project()
    if root is None:
        return note or "none"
    return f"{visible(root)}, not trusted, so nothing in it is used: 'ollama-cli trust' shows it"
