"""Who answers after the settings have changed: whom they name now, unless the user chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ollama_cli.chat.world import World
from ollama_cli.choosing.choice import Choice, choose
from ollama_cli.terminal.escapes import on_one_line


def choice_after(choice: Choice, before: Mapping[str, Any], world: World) -> tuple[Choice, str]:
    """Return who answers from now on.

    Whom the user chose stays, by an option or in the chat, or who answered in the session; unless
    there is no such provider any more.

    Args:
        choice: who answered so far.
        before: the values of the settings then.
        world: what is made of the settings now.

    Returns:
        Who answers, and a line about it; ``""`` if there is nothing to say.

    Raises:
        click.UsageError: the name of a model in the settings means nothing.
    """
    now = world.settings.values
    for task in (None, choice.task):
        if choose(before, None, task) == choice:
            found = choose(now, None, task)
            return found, "" if _is_same(found, choice) else f"{_name(found)} answers from now on"
    if choice.provider is None or world.knows(choice.provider):
        return choice, ""
    found = choose(now, None, choice.task)
    return found, (
        f"there is no provider {on_one_line(choice.provider)} any more; "
        f"{_name(found)} answers from now on"
    )


def _is_same(one: Choice, other: Choice) -> bool:
    return (one.provider, one.model) == (other.provider, other.model)


def _name(choice: Choice) -> str:
    if choice.provider is None:
        return "the first that can answer"
    return on_one_line("/".join(part for part in (choice.provider, choice.model) if part))
