"""Pages of commands that are written with click, from the objects themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from tools.site.reference.markdown import code, prose, table

Path = tuple[str, ...]

_FLAG = "none: it is a flag"


def with_verbs(command: click.Command, path: Path) -> Iterator[tuple[Path, click.Command]]:
    """Yield a command and, below it, its verbs with theirs; each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, verb in sorted(command.commands.items()):
            yield from with_verbs(verb, (*path, name))


def usage(command: click.Command, path: Path) -> str:
    """Return how it is called, in a fence."""
    context = click.Context(command, info_name=path[-1])
    words = " ".join([*path, *command.collect_usage_pieces(context)])
    return f"```text\n{words}\n```"


def description(command: click.Command) -> str:
    """Return the help of a command; lines that its author keeps apart are a fence."""
    texts = [command.help or "", str(command.epilog or "")]
    return "\n\n".join(
        _paragraph(part) for text in texts for part in inspect.cleandoc(text).split("\n\n") if part
    )


def _paragraph(text: str) -> str:
    if text.startswith("\b\n"):
        return f"```text\n{inspect.cleandoc(text[2:])}\n```"
    return prose(" ".join(text.split()))


def arguments(command: click.Command) -> str:
    """Return the table of its arguments."""
    context = click.Context(command)
    found = [each for each in command.params if isinstance(each, click.Argument)]
    return table(
        ("argument", "how many", "value"),
        ((code(each.make_metavar(context)), _how_many(each), _kind(each)) for each in found),
    )


def _how_many(argument: click.Argument) -> str:
    if argument.nargs == -1:
        return "one or more" if argument.required else "any number"
    return "one" if argument.required else "one, or none"


def _kind(argument: click.Argument) -> str:
    return values(argument) if isinstance(argument.type, click.Choice) else argument.type.name


def options(command: click.Command) -> str:
    """Return the table of its options, without ``--help``."""
    found = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    return table(
        ("option", "value", "default", "what it does"),
        (
            (names(each), values(each), default(each), prose(_without_default(each.help or "")))
            for each in found
        ),
    )


def names(option: click.Option) -> str:
    """Return the names of an option, and those that say no."""
    return ", ".join(code(name) for name in (*option.opts, *option.secondary_opts))


def values(parameter: click.Parameter) -> str:
    """Return what a parameter takes."""
    if isinstance(parameter.type, click.Choice):
        return ", ".join(code(str(each)) for each in parameter.type.choices)
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return _FLAG
    kind = parameter.type
    shown = code(parameter.metavar or kind.name.upper())
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is not None:
        shown += f", more than {low}" if getattr(kind, "min_open", False) else f", from {low}"
    if high is not None:
        shown += f", to {high}"
    several = isinstance(parameter, click.Option) and parameter.multiple
    return f"{shown}; repeatable" if several else shown


_DEFAULT = re.compile(r"\s*Default: (.*?)\.(?:\s|$)")


def default(option: click.Option) -> str:
    """Return what counts without the option: click's default, or what the help says."""
    if said := _DEFAULT.search(option.help or ""):
        return prose(said[1])
    value = option.to_info_dict()["default"]
    if value in (None, (), [], False, ""):
        return "off" if option.is_flag and not option.secondary_opts else "-"
    return code(str(value))


def _without_default(text: str) -> str:
    return _DEFAULT.sub(" ", text).strip()
