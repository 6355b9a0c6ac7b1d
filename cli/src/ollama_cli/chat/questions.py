"""What an entry asks, and whom: as it stands, or with a slash command that is a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from provider_sdk import ChatOptions, Part

from ollama_cli.asking.turns import Question
from ollama_cli.chat import slash
from ollama_cli.chat.answering import options_for
from ollama_cli.chat.attaching import prompt_of
from ollama_cli.chat.custom import Custom, choice_of, input_of, load_custom
from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.routing import can_stream, candidates

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.chat.entries import Entry


async def question_of(entry: Entry, chat: Chat) -> tuple[Question, Choice]:
    """Return what an entry asks, with the files that it mentions, and who answers that.

    Raises:
        click.UsageError: a file must not be attached, or the slash command cannot be used.
        RegistryError: as ``candidates``.
        ProviderError: as ``candidates``.
    """
    call = slash.call_of(entry)
    custom = chat.world.custom.get(call.name) if call else None
    if custom is not None:
        return await _question_with(custom, entry, chat)
    prompt = await prompt_of(entry, chat)
    return question_for(prompt.content(), chat, chat.choice), chat.choice


async def _question_with(custom: Custom, entry: Entry, chat: Chat) -> tuple[Question, Choice]:
    """Return what a file makes of what follows its name; the file mentions no other file."""
    world = chat.world
    saved = load_custom(custom, world.settings.project)
    choice = choice_of(saved, chat.choice, world.settings)
    prompt = await prompt_of(input_of(entry), chat)
    filled = saved.fill({}, prompt.text.rstrip(), with_files=bool(prompt.attached))
    content = prompt._replace(text=filled.prompt).content()
    question = question_for(content, chat, choice)
    options: ChatOptions = {**filled.options, **question.options}
    return question._replace(system_once=filled.system, options=options), choice


def question_for(prompt: str | Sequence[Part], chat: Chat, choice: Choice) -> Question:
    """Return a prompt as a question of whoever is chosen."""
    stream, router = chat.stream, chat.world.router
    if stream is None:
        stream = can_stream(router, candidates(router, choice))
    return Question(prompt, chat.system, stream, options_for(chat, choice))
