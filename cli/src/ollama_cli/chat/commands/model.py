"""``/model``: the model that answers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from ollama_cli.chat import known
from ollama_cli.chat.answering import answering, first, left_out, model
from ollama_cli.chat.shown import looks_like_key, shown
from ollama_cli.choosing.choice import with_model
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.near import did_you_mean
from ollama_cli.terminal.pairs import fitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ollama_cli.chat.chat import Chat
    from ollama_cli.choosing.choice import Choice

USAGE = "[NAME|PART|default|refresh]"
_DEFAULT = "default"
_REFRESH = "refresh"
_SOURCE = "/model"
_LEAST = 5
_MOST = 30
_AROUND = 6
"""Lines of the screen that the list leaves free."""


async def run(chat: Chat, argument: str) -> None:
    """Show the models, or let another one answer.

    NAME is an alias of the settings, PROVIDER/MODEL, or the id of a model. A PART of several names
    shows these. `default` is the provider's own choice. The list is what the provider said when it
    was asked last; `refresh` asks it again.
    """
    name = argument.strip()
    if name in ("", _REFRESH):
        await _list(chat, again=name == _REFRESH)
        return
    if looks_like_key(name):
        raise click.UsageError(
            "this looks like a key, and not like the name of a model; store it with "
            "'ollama-cli login'"
        )
    if len(name.split()) > 1:
        raise click.UsageError(f"the name of a model has no spaces: {shown(name)}")
    if name != _DEFAULT and (found := _with_part(chat, name)):
        _show(chat, found, f"no model is called {shown(name)}; these have it in their names")
        return
    chosen = with_model(
        chat.choice, chat.world.settings.values, None if name == _DEFAULT else name, _SOURCE
    )
    chat.choose(chosen)
    chat.show(fitted(on_one_line(answering(chat))))
    _note(chat, name, chosen)
    left_out(chat)


def values(chat: Chat) -> Mapping[str, str]:
    """Return aliases and the models that are known: first those of the provider that answers."""
    own = first(chat)
    listed = known.models()
    aliases: Mapping[str, str] = chat.world.settings.values.get("aliases") or {}
    return {
        **{name: on_one_line(meaning) for name, meaning in aliases.items()},
        **dict.fromkeys(listed.get(own or "", []), own or ""),
        **{f"{name}/{id}": "" for name, ids in listed.items() if name != own for id in ids},
        _DEFAULT: "the provider's own choice",
        _REFRESH: "asks the provider what it has",
    }


async def _list(chat: Chat, *, again: bool) -> None:
    chat.show(fitted(on_one_line(answering(chat))))
    provider = first(chat)
    if provider is None:
        raise click.UsageError("nobody can answer; /provider says why")
    ids = known.models().get(provider, [])
    if again or not ids:
        chat.note(f"asking {provider} for its models")
        _show(chat, await known.ask_for_models(chat, provider), "")
        return
    _show(chat, ids, "as listed before; /model refresh asks again")


def _show(chat: Chat, ids: Sequence[str], about: str) -> None:
    """Show as many as fit on the screen, the one that answers among them."""
    most = min(max(shutil.get_terminal_size().lines - _AROUND, _LEAST), _MOST)
    current = model(chat)
    seen = list(ids[:most])
    if current is not None and current in ids and current not in seen:
        seen[-1] = current
    chat.show("\n".join(f"{'*' if id == current else ' '} {on_one_line(id)}" for id in seen))
    if len(seen) < len(ids):
        more = f"{len(ids) - len(seen)} more; /model PART shows those with it in their names"
        about = f"{about}; {more}" if about else more
    if about:
        chat.note(about)


def _with_part(chat: Chat, text: str) -> Sequence[str]:
    """Return the known models with a text in their names; none if it is a name itself."""
    ids = known.models().get(first(chat) or "", [])
    aliases = chat.world.settings.values.get("aliases") or {}
    name, slash, _ = text.partition("/")
    if text in aliases or known.is_model(text, ids):
        return []
    if slash and name in known.provider_names(chat):
        return []
    return [id for id in ids if text.lower() in id.lower()]


def _note(chat: Chat, name: str, chosen: Choice) -> None:
    """Tell what may not have been meant."""
    before, slash, rest = name.partition("/")
    if chosen.note and slash:
        other = (
            f"/provider {before}, then /model {rest}"
            if chosen.model == name
            else "/model PROVIDER/ before the whole id"
        )
        chat.note(on_one_line(f"this is a model of {chosen.provider}; for the other: {other}"))
    ids = known.models().get(chosen.provider or "", [])
    if chosen.model and ids and not known.is_model(chosen.model.partition(":")[0], ids):
        near = did_you_mean(chosen.model, ids, "") if len(ids) else ""
        near = near if "mean" in near else ""
        chat.note(on_one_line(f"{chosen.provider} did not list such a model{near}"))
