"""Whatever users can name stands on a page, and pages name nothing else.

A feature is done when the site has it: what no page mentions makes these tests fail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import click
import provider_conformance
import provider_sdk
import pytest
from ollama_cli.app import cli
from ollama_cli.command_line.catalogue import builtins
from ollama_cli.command_line.exit_codes import MEANINGS
from ollama_cli.settings.key_paths import parse_path, require_known
from ollama_cli.settings.keys import KEYS

from tests.docs._reference import all_pages, calls_of, code_in, shown_code, spans_in, written_pages
from tools.site.page import ROOT
from tools.site.reference import argparse_help, click_help, variables
from tools.site.reference.sources import sources

KIT = argparse_help.PROGRAM
PARSERS = {name: argparse_help.parser_of(name, each) for name, each in argparse_help.modules()}
COMMANDS = {
    path: command
    for name, entry in builtins().items()
    for path, command in click_help.with_verbs(entry.load(), (name,))
}
ALIASES = {alias: entry.name for entry in builtins().values() for alias in entry.aliases}
EVERYTHING = "\n".join(all_pages().values())
WRITTEN = list(written_pages())
PATHS = [str(page.relative_to(ROOT)) for page in WRITTEN]
WORDS = frozenset(word for text in shown_code() for word in re.findall(r"\w+", text))

_FAMILIES = [
    "OLLAMA_CLI",
    "HF",
    "HUGGING_FACE",
    "OPENAI",
    "ANTHROPIC",
    "GEMINI",
    "GOOGLE",
    "OLLAMA",
    "SSL",
    "XDG",
]
_VARIABLE = re.compile(rf"\b(?:{'|'.join(_FAMILIES)})_[A-Z_]*[A-Z]\b(?![*<_])")
_CAPITALS = re.compile(r"_?[A-Z]{2,}[A-Z_]*")
_OWN = re.compile(r"_?OLLAMA_CLI_[A-Z_]*[A-Z]")
_OPTION = re.compile(r"--[a-z][a-z-]*")
_OF_OTHERS = {"--no-input", "--output-dir", "--config", "--quick", "--push"}
"""Options of cookiecutter, of a program that a page makes up, of the benchmarks, of publishing."""
_SETTING = re.compile(r"\bsettings? `([a-z_][\w.]*)`")
_NOT_READ = {"HOME", "USERPROFILE", "PWD", "OLDPWD", "SIGHUP", "SIGTERM", "POSIX"}
"""Variables that are set or inherited and not read, and names of signals and of a locale."""


def unmentioned(names: Iterable[str]) -> list[str]:
    """Return the names that no page has in its code, or renders."""
    return sorted(name for name in set(names) if name not in WORDS)


def public_modules() -> Iterator[str]:
    """Yield the public modules of the SDK, and the kit itself."""
    yield provider_sdk.__name__
    for found in iter_modules(provider_sdk.__path__, f"{provider_sdk.__name__}."):
        if not found.name.rpartition(".")[2].startswith("_"):
            yield found.name
    yield provider_conformance.__name__


def options_of(command: click.Command) -> set[str]:
    """Return every name of an option, and the names of the help."""
    options = (each for each in command.params if isinstance(each, click.Option))
    found = {name for each in options for name in (*each.opts, *each.secondary_opts)}
    return found | {"--help", "-h"}


def kit_options(name: str) -> set[str]:
    """Return every name of an option of a command of the kit."""
    names = {option for each in PARSERS[name].added for option in each.option_strings}
    return names | {"--help", "-h"}


@pytest.mark.parametrize("module", list(public_modules()))
def test_public_names_are_mentioned(module: str) -> None:
    """Each name that a public module exports is on a page."""
    names = (name for name in import_module(module).__all__ if not name.startswith("__"))

    assert unmentioned(names) == []


def test_commands_are_mentioned() -> None:
    """Each command and verb is on a page, with the words that call it."""
    calls = [f"ollama-cli {' '.join(path)}" for path in COMMANDS]
    calls += [f"{KIT} {name}" for name in PARSERS]

    assert [call for call in calls if call not in EVERYTHING] == []


def test_options_are_mentioned() -> None:
    """Each option of each command is on a page."""
    found = {name for command in (cli, *COMMANDS.values()) for name in options_of(command)}
    found |= {name for command in PARSERS for name in kit_options(command)}

    assert [name for name in sorted(found) if f"`{name}`" not in EVERYTHING] == []


def test_options_say_what_they_do() -> None:
    """The reference has a text for each, because the command has one."""
    silent = [
        f"{' '.join(path)} {option.opts[0]}"
        for path, command in COMMANDS.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    silent += [
        f"{name} {' '.join(each.option_strings) or each.dest}"
        for name, parser in PARSERS.items()
        for each in parser.added
        if not each.help
    ]

    assert silent == []


def test_settings_are_mentioned() -> None:
    """Each key of the settings is on a page."""
    assert [key for key in sorted(KEYS) if f"`{key}`" not in EVERYTHING] == []


def test_exit_codes_are_mentioned() -> None:
    """Each exit code has its row in the reference."""
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")

    assert [number for number in MEANINGS if f"\n| {number} | " not in page] == []


def test_variables_are_mentioned() -> None:
    """Each environment variable that the code declares is on a page."""
    assert unmentioned(variables.known()) == []


def test_variables_that_are_read_are_declared() -> None:
    """A module that reads the environment names no variable that the reference does not have."""
    known = variables.known() | _NOT_READ
    missing = {
        f"{source.module} reads {name}"
        for source in sources()
        for name in names_in(source.tree)
        if name not in known
    }

    assert sorted(missing) == []


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yield what a module calls as a variable is called: its own; all, if it reads some."""
    yield from _names_in(tree, _CAPITALS if reads_environment(tree) else _OWN)


def _names_in(node: ast.AST, name: re.Pattern[str]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from [node.value] if name.fullmatch(node.value) else ()
    elif isinstance(node, ast.keyword) and _OWN.fullmatch(node.arg or ""):
        yield str(node.arg)
    elif not isinstance(node, ast.JoinedStr) and getattr(node, "arg", "") != "metavar":
        for child in ast.iter_child_nodes(node):
            yield from _names_in(child, name)


def reads_environment(tree: ast.AST) -> bool:
    """Whether a module looks at the environment."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "environ" for node in ast.walk(tree)
    )


@pytest.mark.parametrize(
    "page", list(written_pages()), ids=lambda page: str(page.relative_to(ROOT))
)
def test_pages_call_what_there_is(page) -> None:
    """The commands and options that a page shows exist."""
    text = written_pages()[page]

    assert [fault for call in calls_of("ollama-cli", text) for fault in faults(call.words)] == []
    assert [fault for call in calls_of(KIT, text) for fault in kit_faults(call.words)] == []


@pytest.mark.parametrize("page", WRITTEN, ids=PATHS)
def test_pages_name_options_that_there_are(page) -> None:
    """An option that stands alone in the text is one of a command, or of a tool that is known."""
    known = {name for command in (cli, *COMMANDS.values()) for name in options_of(command)}
    known |= {name for command in PARSERS for name in kit_options(command)}
    found = (_OPTION.match(span) for span in spans_in(written_pages()[page]))

    assert sorted({each[0] for each in found if each} - known - _OF_OTHERS) == []


def faults(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the options of a call of ``ollama-cli`` that its command does not have."""
    first, *rest = [word for word in words if not word.startswith("-")] or [""]
    names = (ALIASES.get(first, first), *rest)
    paths = (names[:length] for length in (2, 1))
    path = next((path for path in paths if path in COMMANDS), ("run",))
    known = options_of(COMMANDS[path]) | options_of(cli)
    if path == ("help",):
        return
    for word in words:
        option = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][a-z-]*|-[a-z]", option) and option not in known:
            yield f"{option} in: ollama-cli {' '.join(words)}"


def kit_faults(words: tuple[str, ...]) -> Iterator[str]:
    """Yield what a call of the kit's command names that there is not."""
    if not words or words[0] in ("…", "--version", "--help"):
        return
    if words[0] not in PARSERS:
        yield f"no command: {words[0]}"
        return
    for word in words[1:]:
        option = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][a-z-]*", option) and option not in kit_options(words[0]):
            yield f"{option} in: {KIT} {' '.join(words)}"


@pytest.mark.parametrize(
    "page", list(written_pages()), ids=lambda page: str(page.relative_to(ROOT))
)
def test_pages_name_variables_that_there_are(page) -> None:
    """The environment variables that a page names are read by something."""
    named = {name for code in code_in(written_pages()[page]) for name in _VARIABLE.findall(code)}

    assert sorted(named - variables.known()) == []


@pytest.mark.parametrize(
    "page", list(written_pages()), ids=lambda page: str(page.relative_to(ROOT))
)
def test_pages_name_settings_that_there_are(page) -> None:
    """What a page calls a setting is one."""
    unknown = []
    for name in _SETTING.findall(" ".join(written_pages()[page].split())):
        try:
            require_known(parse_path(name))
        except click.UsageError as error:
            unknown.append(error.message)

    assert unknown == []


def test_a_call_with_an_unknown_option_is_noticed() -> None:
    """These tests see options in fences, in text, in pipes and behind variables."""
    page = """
    Use `ollama-cli models --nothing`.

    ```console
    $ git diff | OLLAMA_CLI_TASK=x ollama-cli --neither "What?" | head --lines 3
    $ provider-conformance run hf --none
    $ ollama-cli config get --nope key
    ```
    """.replace("\n    ", "\n")

    found = [fault for call in calls_of("ollama-cli", page) for fault in faults(call.words)]
    found += [fault for call in calls_of(KIT, page) for fault in kit_faults(call.words)]

    assert [fault.partition(" ")[0] for fault in sorted(found)] == [
        "--neither",
        "--none",
        "--nope",
        "--nothing",
    ]
