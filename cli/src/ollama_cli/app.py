"""The command line: finds the subcommand, runs it and exits with its exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from itertools import takewhile
from typing import Any, NamedTuple, NoReturn

import click

from ollama_cli._version import __version__
from ollama_cli.options import ALL, given_options, with_options


class Entry(NamedTuple):
    """A subcommand that is imported only when it is used."""

    module: str
    help: str
    aliases: tuple[str, ...] = ()


COMMANDS: dict[str, Entry] = {
    "run": Entry("ollama_cli.commands.run", "Ask a model; this is the default."),
    "models": Entry("ollama_cli.commands.models", "List the models of a provider.", ("list",)),
    "health": Entry("ollama_cli.commands.health", "Check a provider and the credential for it."),
    "version": Entry("ollama_cli.commands.version", "Show the version."),
}
DEFAULT = "run"


class Cli(click.Group):
    """A group that imports subcommands when used; any other argument begins a prompt."""

    def main(self, args: Iterable[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run the command, then exit with 0, the command's exit code, or the code of its error."""
        arguments = sys.argv[1:] if args is None else list(args)
        extra["standalone_mode"] = False
        try:
            code = super().main(arguments, *rest, **extra)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a command shows no traceback
            from ollama_cli.terminal.failures import report  # imports the SDK

            code = report(error, arguments)
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, without aliases."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that has this name or alias."""
        for name, entry in COMMANDS.items():
            if cmd_name == name or cmd_name in entry.aliases:
                command: click.Command = import_module(entry.module).command
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; arguments that name no command are the prompt of the default one."""
        if self.get_command(ctx, args[0]) is not None:
            return super().resolve_command(ctx, args)
        default = self._default(ctx)
        if args[0].startswith("-"):
            args = ["--", *args]  # not an option, or it would have been parsed: it came after "--"
        arguments = default.make_context(
            DEFAULT, list(args), parent=ctx, resilient_parsing=True
        ).params["arguments"]
        if len(arguments) == 1:
            _refuse_mistyped_command(arguments[0])
        return DEFAULT, default, args

    def run_default(self, ctx: click.Context) -> Any:
        """Run the default command without arguments."""
        default = self._default(ctx)
        with default.make_context(DEFAULT, [], parent=ctx) as sub:
            return default.invoke(sub)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        rows = [(", ".join((name, *entry.aliases)), entry.help) for name, entry in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _default(self, ctx: click.Context) -> click.Command:
        command = self.get_command(ctx, DEFAULT)
        assert command is not None
        return command


def _refuse_mistyped_command(word: str) -> None:
    names = [name for key, entry in COMMANDS.items() for name in (key, *entry.aliases)]
    for name in names:
        if _at_most_one_edit(word.lower(), name):
            raise click.UsageError(
                f"there is no command {word!r}; did you mean {name!r}? "
                f"To ask a model just that, write: ollama-cli {DEFAULT} {word}"
            )


def _at_most_one_edit(one: str, other: str) -> bool:
    """Whether one character was added, dropped, changed, or swapped with its neighbour."""
    pairs = zip(one, other, strict=False)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    short, long = sorted((one[same:], other[same:]), key=len)
    if len(short) < len(long):
        return short == long[1:]
    swapped = short[:2] == long[1::-1] and short[2:] == long[2:]
    return short[1:] == long[1:] or swapped


@click.group(
    cls=Cli,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[OPTIONS]",
    subcommand_metavar="[COMMAND | PROMPT]...",
)
@with_options(*ALL)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **_: Any) -> Any:
    """Ask a language model through any installed provider.

    \b
      ollama-cli --provider hf "Why is the sky blue?"
      git diff | ollama-cli --provider hf "Write a commit message."
      ollama-cli models --provider hf --format json
    """  # noqa: D301 - click wants the character \b itself
    name = ctx.invoked_subcommand or DEFAULT
    ctx.default_map = {name: given_options(ctx)}
    return None if ctx.invoked_subcommand else cli.run_default(ctx)
