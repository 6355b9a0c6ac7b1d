"""Slash commands that are Markdown files: the user's own, and those of a trusted project.

A file ``commands/NAME.md`` in the settings folder, or in the folder ``.ollama`` of a project, has
the form of a saved prompt. ``/NAME words`` asks with it: the words are its input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ollama_cli.chat import slash
from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.choosing.choice import Choice, choose, with_model
from ollama_cli.settings.files import Settings
from ollama_cli.settings.prompt_file import COMMAND, SavedPrompt
from ollama_cli.settings.prompts import list_prompts, load_prompt
from ollama_cli.settings.trust import Project
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.visible import visible

_BEGIN = re.compile(r"/\S+\s*")


class Custom(NamedTuple):
    """A slash command that is a file.

    Attributes:
        name: its name, as it is called.
        file: the name of its file, without ``.md``; capitals may differ.
        help: what it does, or why it cannot be used.
    """

    name: str
    file: str
    help: str


class Found(NamedTuple):
    """The files that are there.

    Attributes:
        commands: those that can be called, by name.
        notes: why others cannot, one line each.
    """

    commands: Mapping[str, Custom]
    notes: tuple[str, ...] = ()


def find_custom(project: Project | None) -> Found:
    """Return the slash commands that are files; what comes with the chat hides one of its name.

    Args:
        project: the project, if it is trusted; one of its files hides the user's of the same name.
    """
    found, notes = {}, []
    for each in list_prompts(project, COMMAND):
        name = each.name.lower()
        call, hiding = slash.call_in(f"/{name}"), slash.find(name)
        if call is None:
            notes.append(
                f"{visible(each.path)} cannot be called: name it with letters, digits and dashes"
            )
        elif hiding is not None:
            notes.append(
                f"{visible(each.path)} is hidden by /{hiding.name}, which comes with the chat; "
                "give it another name"
            )
        else:
            problem = f"cannot be used: {each.problem}" if each.problem else ""
            about = problem or each.description or f"asks with {each.path.name}"
            found[name] = Custom(name, each.name, on_one_line(about))
    return Found(found, tuple(notes))


def load_custom(custom: Custom, project: Project | None) -> SavedPrompt:
    """Return what a file says now.

    Raises:
        click.UsageError: it has the wrong form, was deleted, or others can write to it.
    """
    return load_prompt(custom.file, project, COMMAND)


def input_of(entry: Entry) -> Entry:
    """Return what follows the name of the slash command; what was typed of it stays typed."""
    begin = _BEGIN.match(entry.text)
    return Entry(tuple(_after(entry, begin.end() if begin else 0)), entry.shown)


def choice_of(saved: SavedPrompt, choice: Choice, settings: Settings) -> Choice:
    """Return who answers a saved prompt: whom it names, as far as it names anybody.

    Args:
        saved: the saved prompt.
        choice: who answers otherwise.
        settings: the settings.

    Raises:
        click.UsageError: the name of its model means nothing.
    """
    place, values = saved.place, settings.values
    if place.provider:
        return choose(values, None, choice.task, None, place)
    if place.model:
        return with_model(choice, values, place.model, place.model_source)
    return choice


def _after(entry: Entry, skipped: int) -> Iterator[Piece]:
    for piece in entry.pieces:
        if rest := piece.text[skipped:]:
            yield piece._replace(text=rest)
        skipped = max(0, skipped - len(piece.text))
