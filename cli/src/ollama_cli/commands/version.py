"""``ollama-cli version``: the version of the command."""

from __future__ import annotations

import click

from ollama_cli._version import __version__
from ollama_cli.command_line import options
from ollama_cli.terminal.output import write, write_json


@click.command("version")
@options.with_options(options.output_format)
def command(output_format: str) -> None:
    """Show the version."""
    if output_format == "text":
        write(f"ollama-cli {__version__}\n")
    else:
        write_json({"version": __version__})
