"""``/provider``: who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_cli.chat import known
from ollama_cli.chat.answering import answering, first, left_out
from ollama_cli.choosing.choice import with_provider
from ollama_cli.choosing.routing import described
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.pairs import fitted, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provider_sdk import ProviderDescription

    from ollama_cli.chat.chat import Chat

USAGE = "[NAME|default]"
_DEFAULT = "default"
_SOURCE = "/provider"


async def run(chat: Chat, argument: str) -> None:
    """Show who could answer and who does, or let another provider answer.

    The whole conversation goes with the next message. `default` is whom the variables and settings
    name, or else the chain of providers.
    """
    name = argument.strip()
    if not name:
        chat.show(pairs(_rows(chat)))
        chat.show(fitted(on_one_line(answering(chat))))
        return
    if name == _DEFAULT:
        chosen = with_provider(chat.choice, chat.world.settings.values, None, _SOURCE)
    else:
        known.require_provider(chat, name)
        chosen = with_provider(chat.choice, chat.world.settings.values, name, _SOURCE)
    chat.choose(chosen)
    chat.show(fitted(on_one_line(answering(chat))))
    left_out(chat)


def values(chat: Chat) -> Mapping[str, str]:
    """Return the names of providers."""
    names = dict.fromkeys(known.provider_names(chat), "")
    return {**names, _DEFAULT: "whom the settings name"}


def _rows(chat: Chat) -> Iterator[tuple[str, str]]:
    answers = first(chat)
    for each in described(chat.world.settings):
        mark = "*" if each.name == answers else " "
        yield f"{mark} {each.name}", _state(each)


def _state(found: ProviderDescription) -> str:
    """Return whether it could answer, and if not, what to do."""
    if found.problem:
        return found.problem
    if found.credential == "missing":
        variables = " or ".join(found.api_key_env)
        where = f"set {variables}, or " if variables else ""
        return f"no key: {where}run 'ollama-cli login {found.name}'"
    return found.default_model or "chooses the model itself"
