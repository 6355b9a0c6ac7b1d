"""Who answers in the chat, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from provider_sdk import ProviderError, RegistryError

from ollama_cli.choosing.routing import candidates
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from provider_sdk import BaseProvider, ChatOptions

    from ollama_cli.chat.chat import Chat
    from ollama_cli.choosing.choice import Choice


def first(chat: Chat) -> str | None:
    """Return the provider that is asked first; ``None`` if nobody can be asked."""
    return _first(chat, chat.choice)


def _first(chat: Chat, choice: Choice) -> str | None:
    if choice.provider is not None:
        return choice.provider
    try:
        return next(iter(candidates(chat.world.router, choice)), None)
    except (RegistryError, ProviderError, click.ClickException):
        return None


def built(chat: Chat) -> BaseProvider | None:
    """Return that provider; ``None`` if it cannot be built, for example without a key."""
    return _built(chat, chat.choice)


def _built(chat: Chat, choice: Choice) -> BaseProvider | None:
    name = _first(chat, choice)
    try:
        return None if name is None else chat.world.router.get_provider(name)
    except (RegistryError, ProviderError):
        return None


def model(chat: Chat) -> str | None:
    """Return the model that is asked first; ``None`` if the provider chooses it itself."""
    if chat.choice.model:
        return chat.choice.model
    provider = built(chat)
    return (provider.default_model if provider else "") or None


def answering(chat: Chat) -> str:
    """Return who answers with which model, and what says so."""
    choice, name, asked = chat.choice, first(chat), model(chat)
    if name is None:
        return "nobody can answer; /provider says why"
    why = f", as {choice.source} says" if choice.provider else ": the first of the chain that can"
    if built(chat) is None:
        return f"{name} is to answer{why}, and cannot; /provider says why"
    return f"{name} answers{f' with {asked}' if asked else ''}{why}"


def options_for(chat: Chat, choice: Choice) -> ChatOptions:
    """Return the options of the next call: an effort that who answers does not know is left out."""
    if not lacks_effort(chat, choice):
        return chat.options
    options = chat.options.copy()
    options.pop("reasoning_effort", None)
    return options


def lacks_effort(chat: Chat, choice: Choice) -> bool:
    """Whether an effort is set that the provider that was named does not know."""
    if choice.provider is None or "reasoning_effort" not in chat.options:
        return False  # a chain passes by those that do not know it
    provider = _built(chat, choice)
    return provider is not None and "reasoning" not in provider.capabilities


def left_out(chat: Chat) -> None:
    """Tell if the effort is left out from now on."""
    if lacks_effort(chat, chat.choice):
        effort = chat.options["reasoning_effort"]
        chat.note(
            on_one_line(f"{chat.choice.provider} knows no effort, so {effort!r} is left out for it")
        )
