"""The reference of ``ollama-cli``: one page per command, from the command itself."""

from __future__ import annotations

from collections.abc import Iterable

import click
from ollama_cli.app import cli
from ollama_cli.asking.chat_options import LISTED
from ollama_cli.command_line.catalogue import Entry, builtins, every_command

from tools.site.page import Page
from tools.site.reference import click_help
from tools.site.reference.markdown import anchor, code, page, prose, table
from tools.site.reference.schemas import schemas_of

PROGRAM = "ollama-cli"
FOLDER = "reference/commands"

_ENDING = (
    "The exit code is that of the error, if there is one: [exit codes](../exit-codes.md). "
    "[Error messages](../messages.md) lists the messages."
)


def pages() -> Iterable[Page]:
    """Yield the index, then a page per command that is built in."""
    own = [entry for entry in every_command() if entry.name in builtins()]
    yield Page(f"{FOLDER}/index.md", _index(own))
    for entry in own:
        yield Page(f"{FOLDER}/{entry.name}.md", _command(entry))


def _index(entries: list[Entry]) -> str:
    return page(
        f"# Commands of {PROGRAM}",
        "What the command takes, as the command itself says it.",
        click_help.usage(cli, (PROGRAM,)),
        click_help.description(cli),
        "## Commands",
        table(("command", "what it does"), (row for entry in entries for row in _rows(entry))),
        "## Options of all commands",
        "They may stand before the command or after it. A command that cannot use one refuses it.",
        click_help.options(cli),
        "`-h` or `--help` shows the help, of each command too.",
    )


def _rows(entry: Entry) -> Iterable[tuple[str, str]]:
    names = ", ".join(code(name) for name in entry.aliases)
    title = f"[{code(entry.name)}]({entry.name}.md)" + (f" ({names})" if names else "")
    yield title, prose(entry.help)
    for path, verb in list(click_help.with_verbs(entry.load(), (entry.name,)))[1:]:
        words = " ".join(path)
        yield f"[{code(words)}]({entry.name}.md#{anchor(words)})", prose(_first_line(verb))


def _first_line(command: click.Command) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split())


def _command(entry: Entry) -> str:
    (_, command), *verbs = click_help.with_verbs(entry.load(), (entry.name,))
    also = ", ".join(code(name) for name in entry.aliases)
    return page(
        f"# {PROGRAM} {entry.name}",
        *_body(command, (entry.name,)),
        f"It is also called {also}." if also else "",
        *_of_the_call(entry),
        *(part for path, verb in verbs for part in (f"## {' '.join(path)}", *_body(verb, path))),
        "## Exit codes" if not verbs else "## Exit codes of all of them",
        _ENDING,
    )


def _body(command: click.Command, path: tuple[str, ...]) -> Iterable[str]:
    yield click_help.description(command)
    yield click_help.usage(command, (PROGRAM, *path))
    yield click_help.arguments(command)
    yield click_help.options(command)
    if found := schemas_of(command, path):
        links = ", ".join(f"[{code(name)}](../schemas/{name}.md)" for name in found)
        yield f"JSON schemas of what it writes: {links}."


def _of_the_call(entry: Entry) -> Iterable[str]:
    """Yield what ``-o`` sets, if it is the command that asks."""
    if entry.name != "run":
        return
    yield "## Options of the call"
    yield "`-o` sets these, as in `-o temperature=0`."
    yield table(("option", "what it does"), ((code(k), prose(v)) for k, v in LISTED.items()))
