"""``ollama-cli batch``: ask a model about each row of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ollama_cli.batch import options
from ollama_cli.batch.group import GroupWithArgument
from ollama_cli.command_line import options as common


@click.group(
    "batch",
    cls=GroupWithArgument,
    invoke_without_command=True,
    subcommand_metavar="| COMMAND RUN",
    epilog="A file that has the name of a command is written with its folder: ./status.",
)
@click.argument("input", metavar="INPUT", required=False)
@common.with_options(*options.ASKING)
@click.pass_context
def command(ctx: click.Context, input: str | None, **given: Any) -> int:
    """Ask a model about each row of a file, and write the answers in the same order.

    INPUT is JSON Lines with a prompt or messages in each line, OpenAI's batch input, or CSV; and
    Parquet or Arrow if pyarrow is installed. The same command again goes on where an earlier one
    ended: what is answered is never asked again.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from ollama_cli.batch import new

    return new.ask(input, given)
