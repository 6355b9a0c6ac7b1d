"""The folder of a run, and the command that is next."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path
from typing import Literal

import click

from ollama_cli.command_line import options
from ollama_cli.terminal.visible import visible

ENDING = ".run"
STDOUT = "-"


def directory_of(run: str | None, out: str, input: str) -> Path:
    """Return the folder of a run that is asked for with a command.

    Args:
        run: the option ``--run``.
        out: the option ``--out``.
        input: the file with the prompts.
    """
    if run is not None:
        return Path(run)
    return Path((input if out == STDOUT else out) + ENDING)


def existing(run: str) -> Path:
    """Return the folder that RUN names: it, or the one of the output that it names.

    Raises:
        click.UsageError: there is no such folder.
    """
    for path in (Path(run), Path(run + ENDING)):
        if is_folder(path):
            return path
    shown = visible(run)
    raise click.UsageError(
        f"{shown} is not the folder of a run; a run with --out {shown} has the folder "
        f"{shown}{ENDING}, unless --run names another"
    )


def is_folder(path: Path) -> bool:
    """Whether a folder has this name; a name that no file can have is not one."""
    with suppress(OSError):
        return path.is_dir()
    return False


def next_command(verb: Literal["resume", "retry", "status", "report"], run: Path) -> str:
    """Return the command that is next for a run, as a shell takes it."""
    # A name that begins with a dash would be taken for an option.
    name = str(run) if not str(run).startswith("-") else f"./{run}"
    permits = ["--insecure-http"] if verb in ("resume", "retry") and permits_http() else []
    return shlex.join(["ollama-cli", "batch", verb, name, *permits])


def permits_http() -> bool:
    """Whether the option ``--insecure-http`` was given."""
    return options.insecure_http_given()
