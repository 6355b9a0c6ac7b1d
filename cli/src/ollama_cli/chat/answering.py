"""Who answers in the chat, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from provider_sdk import ChatOptions

    from ollama_cli.chat.chat import Chat


def answering(chat: Chat) -> str:
    """Return who answers with which model, and what says so."""
    choice, first = chat.choice, chat.first()
    model = chat.model()
    with_model = f" with {model}" if model else ""
    if choice.provider is not None:
        return f"{choice.provider} answers{with_model}, as {choice.source} says"
    if first is None:
        return "nobody can answer; /provider says why"
    return f"{first} answers{with_model}: the first of the chain that can"


def options_for(chat: Chat) -> ChatOptions:
    """Return the options of the next call: those that who answers does not know are left out."""
    if not lacks_effort(chat):
        return chat.options
    options = chat.options.copy()
    options.pop("reasoning_effort", None)
    return options


def lacks_effort(chat: Chat) -> bool:
    """Whether an effort is set that the provider that was named does not know."""
    name = chat.choice.provider
    if name is None or "reasoning_effort" not in chat.options:
        return False  # a chain passes by those that do not know it
    return "reasoning" not in chat.world.router.get_provider(name).capabilities


def left_out(chat: Chat) -> None:
    """Tell if the effort is left out from now on."""
    if lacks_effort(chat):
        effort = chat.options["reasoning_effort"]
        chat.note(
            on_one_line(f"{chat.choice.provider} knows no effort, so {effort!r} is left out for it")
        )
