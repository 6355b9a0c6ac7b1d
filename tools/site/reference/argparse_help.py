"""Pages of the kit's commands, which are modules that declare their arguments with argparse."""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from provider_conformance import commands

from tools.site.reference.markdown import code, prose, table

PROGRAM = "provider-conformance"


class RecordingParser(argparse.ArgumentParser):
    """Remembers what is added, which a parser tells nobody.

    Attributes:
        added: the arguments and options, in the order of the help, without ``--help``.
    """

    def __init__(self, **settings: Any) -> None:
        self.added: list[argparse.Action] = []
        super().__init__(**settings)

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        """Add it and remember it."""
        found = super().add_argument(*names, **settings)
        if "--help" not in found.option_strings:
            self.added.append(found)
        return found


def modules() -> Iterator[tuple[str, ModuleType]]:
    """Yield the commands by name: the public modules of the package of commands."""
    for each in pkgutil.iter_modules(commands.__path__):
        if not each.name.startswith("_"):
            yield each.name, importlib.import_module(f"{commands.__name__}.{each.name}")


def parser_of(name: str, module: ModuleType) -> RecordingParser:
    """Return the parser of a command, with its arguments."""
    parser = RecordingParser(prog=f"{PROGRAM} {name}")
    module.arguments(parser)
    return parser


def usage(parser: RecordingParser) -> str:
    """Return how it is called, in a fence."""
    words = " ".join(parser.format_usage().removeprefix("usage:").split())
    return f"```text\n{words}\n```"


def description(module: ModuleType) -> str:
    """Return what the module says of itself, without its name."""
    text = inspect.cleandoc(module.__doc__ or "").partition(": ")[2]
    return prose(" ".join(f"{text[:1].upper()}{text[1:]}".split()))


def ending(module: ModuleType) -> str:
    """Return what ``main`` says: what it prints, and its exit code."""
    text = inspect.cleandoc(module.main.__doc__ or "").partition("\nRaises:")[0]
    return prose(" ".join(text.split()).replace("Return 0 if", "The exit code is 0 if"))


def arguments(parser: RecordingParser) -> str:
    """Return the table of its arguments."""
    rows = [each for each in parser.added if not each.option_strings]
    return table(
        ("argument", "how many", "value", "what it is"),
        ((code(_called(each)), _how_many(each), _values(each), _help(each)) for each in rows),
    )


def options(parser: RecordingParser) -> str:
    """Return the table of its options."""
    rows = [each for each in parser.added if each.option_strings]
    return table(
        ("option", "value", "default", "what it does"),
        (
            (", ".join(map(code, each.option_strings)), _values(each), _default(each), _help(each))
            for each in rows
        ),
    )


def _called(action: argparse.Action) -> str:
    shown = action.metavar or action.dest
    return shown if isinstance(shown, str) else " ".join(shown)


def _how_many(action: argparse.Action) -> str:
    known = {"*": "any number", "+": "one or more", "?": "one, or none"}
    return known.get(str(action.nargs), "one")


def _values(action: argparse.Action) -> str:
    if action.nargs == 0:
        return "none: it is a flag"
    choices: Sequence[object] = tuple(action.choices or ())
    if choices:
        return ", ".join(code(str(each)) for each in choices)
    shown = action.metavar or action.dest.upper()
    return code(shown if isinstance(shown, str) else " ".join(shown))


def _default(action: argparse.Action) -> str:
    if action.nargs == 0:
        return "off"
    return "-" if action.default in (None, [], ()) else code(str(action.default))


def _help(action: argparse.Action) -> str:
    return prose((action.help or "") % {**vars(action), "prog": PROGRAM})
