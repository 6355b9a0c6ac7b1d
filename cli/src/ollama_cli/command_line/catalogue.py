"""The commands that there are: one file each in ``commands/``, or an entry point of any package.

A file ``commands/NAME.py`` is the command ``NAME``, without registration. It defines ``command``,
a ``click.Command``, or ``async def run(args) -> int``, which gets the words after the name and
returns the exit code. The first line of that function's docstring is the help, and
``ALIASES = ("other",)`` gives it other names; both are read from the text of the file, which is
imported only when it is called. An entry point in the group ``ollama_cli.commands`` leads to the
same two kinds of objects.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ollama_cli import commands
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from pathlib import Path

GROUP = "ollama_cli.commands"
"""The group in which other packages declare commands."""

# Compiled when they are used: a question needs none of them.
_DOCSTRING = (
    r"(?ms)^(?:async )?def (?:command|run)\(.*?\) *(?:-> [^\n]*)?:\n"
    r"\s+r?\"\"\"(.*?)(?:\n|\"\"\")"
)
_ALIASES = r"(?m)^ALIASES = \((.*)\)$"
_QUOTED = r"[\"']([\w-]+)[\"']"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_POINT = r"(?m)^([\w.-]+)\s*=\s*([\w.]+:[\w.]+)\s*$"
_LONGEST = 1 << 20
_LONGEST_REASON = 300
_FIRST = ("run", "models", "providers", "health", "why")
"""The commands that the help lists first; the others follow by name."""


class CommandError(click.ClickException):
    """A command of another package cannot be used."""


class Entry(NamedTuple):
    """A command that is imported only when it is called.

    Attributes:
        name: its name.
        help: its help, one line.
        aliases: its other names.
        load: imports it; raises ``CommandError`` if the command of another package cannot be used.
    """

    name: str
    help: str
    aliases: tuple[str, ...]
    load: Callable[[], click.Command]


def find(word: str) -> Entry | None:
    """Return the command that has this name or alias; a built-in one wins."""
    if not _NAME.fullmatch(word):
        return None
    if path := next((path for path in _files() if _name(path) == word), None):
        return _of_file(path)  # and no other file is read
    own = builtins().values()
    return next((each for each in own if word in each.aliases), None) or plugins().get(word)


def every_command() -> list[Entry]:
    """Return all commands, in the order of the help."""
    own = builtins()
    first = [own[name] for name in _FIRST if name in own]
    others = [entry for name, entry in sorted(own.items()) if name not in _FIRST]
    return [*first, *others, *(entry for _, entry in sorted(plugins().items()))]


def load_builtin(name: str) -> click.Command:
    """Import a built-in command by its name; no other file is read for that."""
    found = import_module(f"{commands.__name__}.{name.replace('-', '_')}")
    return _command_of(name, getattr(found, "command", None) or found.run)


@cache
def builtins() -> dict[str, Entry]:
    """Return the built-in commands by name: the files of ``commands/``."""
    return {_name(path): _of_file(path) for path in _files()}


def _name(path: Path) -> str:
    return path.stem.replace("_", "-")


def _files() -> Iterator[Path]:
    from pathlib import Path  # --version needs it not

    for folder in commands.__path__:
        yield from (path for path in Path(folder).glob("*.py") if not path.name.startswith("_"))


def _of_file(path: Path) -> Entry:
    name, source = _name(path), path.read_text(encoding="utf-8")
    line, aliases = re.search(_DOCSTRING, source), re.search(_ALIASES, source)
    return Entry(
        name,
        line[1].strip() if line else "",
        tuple(re.findall(_QUOTED, aliases[1])) if aliases else (),
        partial(load_builtin, name),
    )


@cache
def plugins() -> dict[str, Entry]:
    """Return the commands of other packages by name; calling one tells what is wrong with it.

    The files that declare them are read here, because ``importlib.metadata`` takes longer than the
    rest of ``--help``, and fails as a whole if one of the packages is damaged.
    """
    claims: dict[str, dict[_Claim, None]] = {}
    for owner, name, value in entry_points(GROUP):
        if _NAME.fullmatch(name):
            claims.setdefault(name, {})[_Claim(owner, value)] = None
    return {name: _of_claims(name, list(found)) for name, found in claims.items()}


class _Claim(NamedTuple):
    """An entry point, such as ``"acme_tools.greet:command"``, and what declares it."""

    owner: str
    value: str

    def load(self) -> Any:
        module, _, attributes = self.value.partition(":")
        found: Any = import_module(module)
        for attribute in filter(None, attributes.split(".")):
            found = getattr(found, attribute)
        return found


def entry_points(group: str) -> Iterator[tuple[str, str, str]]:
    """Yield what declares each entry point of a group, its name and its value."""
    for owner, text in _declarations(group):
        section = text.partition(f"[{group}]")[2].partition("\n[")[0]
        for name, value in re.findall(_POINT, section):
            yield owner, name, value


def _declarations(group: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of each distribution that declares entry points, and its file."""
    from pathlib import Path

    seen = set()
    for folder in dict.fromkeys(sys.path):
        for file in sorted(Path(folder).glob("*.*-info/entry_points.txt")):
            owner, ending = file.parent.stem, file.parent.suffix
            distribution = owner.partition("-")[0].lower()
            if ending not in (".dist-info", ".egg-info") or distribution in seen:
                continue
            try:
                text = file.read_bytes()[:_LONGEST].decode(errors="replace")
            except OSError:
                continue
            if group in text:
                seen.add(distribution)  # as for imports, the first copy on the path counts
                yield on_one_line(owner.replace("-", " ")), text


def _of_claims(name: str, claims: list[_Claim]) -> Entry:
    owners = " and ".join(claim.owner for claim in claims)

    def load() -> click.Command:
        if len(claims) > 1:
            raise CommandError(
                f"the command {name!r} is claimed by {owners}; uninstall all but one"
            )
        problem = ""
        try:
            return _command_of(name, claims[0].load())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - code of others, which may exit
            problem = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_REASON]
        raise CommandError(
            f"the command {name!r} of {owners} cannot be used: {problem}; repair or uninstall it"
        )

    clash = ", which clash" if len(claims) > 1 else ""
    return Entry(name, f"A command of {owners}{clash}.", (), load)


def _command_of(name: str, found: Any) -> click.Command:
    """Return the command; a function gets the words after its name as they were typed.

    Raises:
        TypeError: it is neither a command nor a function.
    """
    if isinstance(found, click.Command):
        return found
    if not callable(found):
        raise TypeError(f"it is a {type(found).__name__}, not a click command or a function")

    def callback(words: tuple[str, ...]) -> Any:
        from ollama_cli.processes.loop import run

        return run(found(list(words)))

    return click.Command(
        name,
        callback=callback,
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        help=found.__doc__,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    )
