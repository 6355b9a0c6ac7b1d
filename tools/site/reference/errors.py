"""The classes of errors that end ``ollama-cli``, found in its modules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

import click
import ollama_cli

OF_CLICK: Mapping[type[BaseException], str] = {
    click.BadArgumentUsage: "an argument is used in a wrong way",
    click.BadOptionUsage: "an option is used in a wrong way, such as without its value",
    click.BadParameter: "an option or argument has a wrong value",
    click.ClickException: "what was asked for is not possible; the message says why",
    click.MissingParameter: "a required argument is missing",
    click.NoSuchOption: "there is no such option",
    click.UsageError: "wrong usage; the message says what to write instead",
}
"""What those of the library click mean here."""


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Import and yield every module of a package."""
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


@cache
def own_errors() -> tuple[type[BaseException], ...]:
    """Return the errors that the command reports, by name: its own, and those of click."""
    own = {
        kind
        for module in modules(ollama_cli)
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, click.ClickException)
    }
    return tuple(sorted({*own, *OF_CLICK}, key=lambda kind: kind.__name__))
