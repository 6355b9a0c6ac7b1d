"""What is refused before anything is read or sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ollama_cli.batch.names import STDOUT, is_folder
from ollama_cli.terminal.visible import visible

USAGE_TEXT = (
    "name the file with the prompts and where the answers go: ollama-cli batch INPUT --out FILE; "
    "or a command of a run: ollama-cli batch {verbs} RUN; 'ollama-cli batch --help' explains both"
)

_LARGEST_SCHEMA = 1 << 20


def check_new(given: Mapping[str, Any]) -> None:
    """Refuse what no new run can do.

    Raises:
        click.UsageError: an option is missing, contradicts another, or is not built.
    """
    if given["api"] == "batch":
        raise click.UsageError(
            "batch services of providers are not built; --api online asks the rows one by one"
        )
    out = given["out"]
    if not out:
        if not given["dry_run"]:
            raise click.UsageError(
                "name the file for the answers with --out, or use '--out -' for standard output"
            )
    elif out == STDOUT:
        if given["output_format"] != "text" and not given["dry_run"]:
            raise click.UsageError(
                "'--out -' writes the answers to standard output, so leave out --format"
            )
        if given["out_form"] in ("csv", "parquet"):
            raise click.UsageError(
                f"{given['out_form']} cannot be streamed; name a file with --out"
            )
    elif is_folder(Path(out)):
        raise click.UsageError(f"{visible(out)} is a folder; name a file with --out")


def check_input(input: str) -> None:
    """Refuse an input that can be read only once.

    Raises:
        click.UsageError: it is standard input or a pipe.
    """
    is_pipe = input == STDOUT
    with suppress(OSError):  # whoever reads it says what is wrong
        is_pipe = is_pipe or Path(input).is_fifo()
    if is_pipe:
        raise click.UsageError(
            "a run reads its input more than once, so it cannot come from a pipe; save it to a file"
        )


def schema_format(path: str) -> dict[str, Any]:
    """Return the ``response_format`` for the JSON schema in a file.

    Raises:
        click.UsageError: the file cannot be read, or holds no JSON object.
    """
    name = Path(path).name.partition(".")[0]
    allowed = "".join(
        char if char.isascii() and (char.isalnum() or char in "_-") else "_" for char in name
    )[:64]
    try:
        content = Path(path).read_bytes()[: _LARGEST_SCHEMA + 1]
        found = json.loads(content)
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError):
        problem = "it is not JSON"
    else:
        if len(content) > _LARGEST_SCHEMA:
            problem = "it is larger than 1 MiB"
        elif not isinstance(found, dict):
            problem = "it is not a JSON object"
        else:
            return {
                "type": "json_schema",
                "json_schema": {"name": allowed or "answer", "schema": found},
            }
    raise click.UsageError(f"the schema {visible(path)} cannot be used: {problem}")
