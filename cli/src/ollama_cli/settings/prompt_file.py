"""A saved prompt, and the Markdown file that describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import click
from provider_sdk import ChatOptions, ProviderRequestError, checked_options

from ollama_cli.choosing.choice import Place
from ollama_cli.settings.front_matter import FrontMatterError, Plain, split_front_matter
from ollama_cli.terminal.near import did_you_mean

INPUT = "input"
"""The placeholder for what is asked: arguments, standard input, or both."""

LARGEST = 1 << 20

_PARAM = re.compile(r"[^\W\d][\w-]*")
# Three braces are code, such as a format string of Python.
_PLACEHOLDER = re.compile(r"(?<!\{)\{\{[ \t]*([^\W\d][\w-]*)[ \t]*\}\}")
_TEXTS = ("description", "provider", "model", "system")
_KEYS = (*_TEXTS, "options", "params")


class Kind(NamedTuple):
    """What a saved prompt is for.

    Attributes:
        folder: where it is, in the settings folder and in the folder ``.ollama`` of a project.
        noun: what messages call it.
        mark: what stands before its name there.
        way: how to give it input.
    """

    folder: str
    noun: str
    mark: str
    way: str

    def named(self, name: str) -> str:
        """Return what messages call one with this name."""
        return f"the {self.noun} {f'{self.mark}{name}' if self.mark else repr(name)}"


PROMPT = Kind("prompts", "saved prompt", "", "as an argument, or pipe it in")
COMMAND = Kind("commands", "slash command", "/", "after its name")


@dataclass(frozen=True, slots=True)
class Filled:
    """A saved prompt with its parameters and input.

    Attributes:
        prompt: what to ask.
        system: the system prompt; ``None`` if it has none.
        options: the options of the call.
    """

    prompt: str
    system: str | None
    options: ChatOptions


@dataclass(frozen=True, slots=True)
class SavedPrompt:
    """A saved prompt.

    Attributes:
        name: the name of its file, without ``.md``.
        path: where it is.
        body: the text to send, with placeholders.
        description: what it is for.
        provider: who is to answer.
        model: the model to ask.
        system: the system prompt, with placeholders.
        options: the options of the call.
        params: the default of each parameter; ``None`` if a value must be given.
        kind: what it is for.
    """

    name: str
    path: Path
    body: str
    description: str | None
    provider: str | None
    model: str | None
    system: str | None
    options: ChatOptions
    params: Mapping[str, str | None]
    kind: Kind = PROMPT

    @property
    def place(self) -> Place:
        """Return the provider and model that it names, for ``choose``."""
        source = self._called
        return Place(self.provider, source, self.model, source)

    def fill(self, given: Mapping[str, str], text: str, *, with_files: bool = False) -> Filled:
        """Return it with its placeholders replaced; values are not searched for placeholders.

        Args:
            given: the values of parameters.
            text: the input. Without a place for it in the body, it follows after a blank line.
            with_files: whether files go with it, so that there may be no text.

        Raises:
            click.UsageError: a parameter is unknown or has no value, or there is no input although
                the body has a place for it, or nothing to send.
        """
        values = self._values(given)
        system = self.system and _replaced(self.system, values)
        if INPUT in _PLACEHOLDER.findall(self.body):
            if not text.strip() and not with_files:
                raise click.UsageError(f"{self._called} needs input: write it {self.kind.way}")
            prompt = _replaced(self.body, {**values, INPUT: text})
        else:
            parts = (_replaced(self.body, values), text)
            prompt = "\n\n".join(part for part in parts if part.strip())
        if not prompt.strip() and not with_files:
            raise click.UsageError(
                f"{self._called} has no text of its own: write a prompt {self.kind.way}"
            )
        return Filled(prompt, system, self.options)

    @property
    def _called(self) -> str:
        return self.kind.named(self.name)

    def _values(self, given: Mapping[str, str]) -> dict[str, str]:
        for name in given:
            if name not in self.params:
                raise click.UsageError(
                    f"{self._called} has no parameter {name!r}"
                    + did_you_mean(name, self.params, "it has")
                )
        found = {**self.params, **given}
        if missing := [name for name, value in found.items() if value is None]:
            needed = " ".join(f"-p {name}=VALUE" for name in missing)
            raise click.UsageError(f"{self._called} needs {needed}")
        return {name: value for name, value in found.items() if value is not None}


def parse_prompt(name: str, path: Path, data: bytes, kind: Kind = PROMPT) -> SavedPrompt:
    """Return the saved prompt that a file describes.

    Args:
        name: its name.
        path: where the file is.
        data: the content of the file.
        kind: what it is for. A slash command takes no parameters, so each must have a default.

    Raises:
        click.UsageError: it is not in the form that it must have.
    """
    try:
        return _checked(name, path, data, kind)
    except (FrontMatterError, ProviderRequestError, TypeError, ValueError) as error:
        problem = error.message if isinstance(error, ProviderRequestError) else str(error)
    raise click.UsageError(f"{path}: {problem}")


def _checked(name: str, path: Path, data: bytes, kind: Kind) -> SavedPrompt:
    if len(data) > LARGEST:
        raise ValueError(f"it is longer than {LARGEST >> 20} MiB")
    found, body = split_front_matter(_decoded(data))
    for key in found:
        if key not in _KEYS:
            raise ValueError(f"unknown key {key!r}{did_you_mean(key, _KEYS, 'known are')}")
    texts = {key: _text(key, found.get(key)) for key in _TEXTS}
    if INPUT in _PLACEHOLDER.findall(texts["system"] or ""):
        raise ValueError("system: {{input}} is for the text after the front matter")
    params = dict(_params(found.get("params")))
    if kind is COMMAND and (missing := [name for name, value in params.items() if value is None]):
        raise ValueError(f"params: a slash command needs a default of {missing[0]!r}")
    return SavedPrompt(
        name=name,
        path=path,
        body=body.strip("\n"),
        options=_options(found.get("options")),
        params=params,
        kind=kind,
        **texts,
    )


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8 text"
    else:
        if "\0" not in text:
            return text
        problem = f"it is not text: character {text.index(chr(0))} is NUL"
    raise ValueError(problem)


def _text(key: str, value: Any) -> str | None:
    if not isinstance(value, str | None):
        raise ValueError(f"{key} must be text")
    return str(value) if value and value.strip() else None


def _options(value: Any) -> ChatOptions:
    if not isinstance(value, Mapping | None):
        raise ValueError("options must be lines 'name: value', or a JSON object")
    if value and "extra_headers" in value:
        raise ValueError("options: extra_headers may hold a credential; use -o on the command line")
    return checked_options({key: _typed(item) for key, item in (value or {}).items()})


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return value.typed() if isinstance(value, Plain) else value


def _params(value: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, list):
        value = dict.fromkeys(map(str, value))
    if not isinstance(value, Mapping | None):
        raise ValueError("params must be lines 'name: default', or a list of names")
    for name, default in (value or {}).items():
        if not _PARAM.fullmatch(name) or name == INPUT:
            raise ValueError(f"params: {name!r} cannot be the name of a parameter")
        if isinstance(default, Plain) and default.typed() is None:
            default = None
        if not isinstance(default, str | None):
            raise ValueError(f"params: the default of {name!r} must be text; put it in quotes")
        yield name, default and str(default)


def _replaced(text: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders of these names in one pass; others are text."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
