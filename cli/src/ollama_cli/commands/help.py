"""``ollama-cli help``: the help of the command itself, or of a subcommand."""

from __future__ import annotations

import click

from ollama_cli.command_line.names import HELP, how_to_ask, nearest_name, refuse_unbuilt
from ollama_cli.terminal.output import write


@click.command("help")
@click.argument("name", required=False, metavar="[COMMAND]")
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Show the help of a command."""
    shown = ctx.find_root()
    if name is not None:
        found = _command(shown, name)
        shown = click.Context(found, parent=shown, info_name=found.name)
    write(shown.get_help() + "\n")


def _command(root: click.Context, name: str) -> click.Command:
    assert isinstance(root.command, click.Group)
    found = root.command.get_command(root, name)
    if found is not None:
        return found
    refuse_unbuilt(name, [HELP, name])
    near = nearest_name(name)
    suggestion = f"; did you mean {near!r}?" if near else "."
    raise click.UsageError(f"there is no command {name!r}{suggestion} {how_to_ask([HELP, name])}")
