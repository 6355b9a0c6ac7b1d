"""The command line: finds the subcommand, runs it and exits with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ollama_cli._version import __version__
from ollama_cli.command_line.arguments import decoded
from ollama_cli.command_line.catalogue import every_command, find, load_builtin
from ollama_cli.command_line.names import CHAT, DEFAULT, is_command, may_be_command
from ollama_cli.command_line.options import ALL, OPENING_CHAT, given_options, with_options
from ollama_cli.completion.variables import SHELL as COMPLETING
from ollama_cli.processes.streams import OutputError, ReaderGoneError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_RAW = f"{__name__}.raw"

# click keeps the lines of a paragraph apart that begins with the character \b.
_HELP = """Ask a language model through any installed provider.

\b
  ollama-cli "Why is the sky blue?"
  ollama-cli chat
  git diff | ollama-cli --provider hf "Write a commit message."
  ollama-cli models --provider hf --format json
"""


class Cli(click.Group):
    """A group that imports subcommands when used; any other argument begins a prompt."""

    def main(self, args: Iterable[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run the command, then exit with 0, the command's exit code, or the code of its error."""
        if COMPLETING in os.environ:
            _complete(self)
        arguments = sys.argv[1:] if args is None else list(args)
        extra["standalone_mode"] = False
        try:
            code = super().main(decoded(arguments), *rest, **extra)
        except ReaderGoneError:
            code = 0  # whoever reads the result has seen enough
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost handler: no failure ends in a traceback
            from ollama_cli.terminal.failures import report  # imports the SDK

            code = report(error, arguments)
        sys.exit(code if isinstance(code, int) else 0)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options, and remember what they were parsed from."""
        ctx.meta[_RAW] = tuple(args)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Return names of commands, none of which is imported, or options."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=each.help)
            for each in every_command()
            for name in (each.name, *each.aliases)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, without aliases."""
        return [entry.name for entry in every_command()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that has this name or alias."""
        entry = find(cmd_name)
        return None if entry is None else entry.load()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; arguments that name no command are the prompt of the default one."""
        before = ctx.meta[_RAW][: -len(args)]
        if before[-1:] == ("--",):
            args = ["--", *args]
        elif may_be_command(args[0]) and is_command(self._words(ctx, args)):
            return super().resolve_command(ctx, args)
        return DEFAULT, load_builtin(DEFAULT), args

    def run_default(self, ctx: click.Context, name: str) -> Any:
        """Run a command without arguments."""
        command = load_builtin(name)
        with command.make_context(name, [], parent=ctx) as sub:
            return command.invoke(sub)

    def get_help(self, ctx: click.Context) -> str:
        """Return the help, for the width of the terminal."""
        from ollama_cli.terminal.columns import narrow_width

        ctx.terminal_width = narrow_width()
        return super().get_help(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections, then the commands."""
        from ollama_cli.command_line.option_sections import write_options

        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        rows = [(", ".join((each.name, *each.aliases)), each.help) for each in every_command()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _words(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return the arguments that are no options; the first alone if an option is unknown."""
        words = click.Argument(["words"], nargs=-1)
        parser = click.Command(None, params=[words, *self.params])
        found = parser.make_context(None, list(args), parent=ctx, resilient_parsing=True).params
        return list(found["words"] or args[:1])


def _without_words(given: Iterable[str]) -> str:
    """Return the command that is meant if no words are given.

    Somebody at a terminal wants to talk, unless an option says what to ask or how to write it.
    """
    is_at_terminal = all(each is not None and each.isatty() for each in (sys.stdin, sys.stdout))
    return CHAT if is_at_terminal and set(given) <= OPENING_CHAT else DEFAULT


def _complete(command: click.Command) -> NoReturn:
    """Answer a shell that asks what may follow."""
    from ollama_cli.completion.answering import answer
    from ollama_cli.terminal.output import write

    with suppress(OutputError):  # the shell is not interested any more
        write(answer(command))
    sys.exit(0)


@click.group(
    cls=Cli,
    help=_HELP,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[OPTIONS]",
    subcommand_metavar="[COMMAND | PROMPT]...",
    epilog="Quote the prompt. Words that begin with the name of a command may be taken for that "
    "command; after 'run' they never are.",
)
@with_options(*ALL)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **_: Any) -> Any:
    """Run the named command, or the one that is meant."""
    given = given_options(ctx)
    name = ctx.invoked_subcommand or _without_words(given)
    ctx.default_map = {name: given}
    return None if ctx.invoked_subcommand else cli.run_default(ctx, name)
