"""``ollama-cli version``: the version of the command, and of what it stands on."""

from __future__ import annotations

import platform
from typing import Any

import click

from ollama_cli._version import __version__
from ollama_cli.command_line import options
from ollama_cli.terminal.output import write, write_json

_MORE = ("provider_sdk", "python", "transport")
"""What JSON says besides the version; ``null`` without ``--verbose``."""


@click.command("version")
@click.option("-v", "--verbose", is_flag=True, help="Also show what the command stands on.")
@options.with_options(options.output_format)
def command(output_format: str, verbose: bool) -> None:
    """Show the version.

    With --verbose also those of the SDK and of Python, and which HTTP library sends the requests of
    questions and of batches.
    """
    more = _more() if verbose else dict.fromkeys(_MORE)
    if output_format == "json":
        write_json({"version": __version__, **more})
        return
    write(f"ollama-cli {__version__}\n")
    if verbose:
        write(_lines(more))


def _more() -> dict[str, Any]:
    import provider_sdk  # the version alone does not need it

    from ollama_cli.doctor.transports import transport

    values = (provider_sdk.__version__, platform.python_version(), transport())
    return dict(zip(_MORE, values, strict=True))


def _lines(more: dict[str, Any]) -> str:
    from ollama_cli.doctor.transports import line_of

    return (
        f"SDK {more['provider_sdk']}\nPython {more['python']}\n"
        f"transport: {line_of(more['transport'])}\n"
    )
