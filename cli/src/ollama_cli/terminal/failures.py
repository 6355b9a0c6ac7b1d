"""Telling what went wrong, in the format that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click
from provider_sdk import ProviderError, RegistryError

from ollama_cli.exit_codes import INTERRUPTED, exit_code
from ollama_cli.terminal.escapes import without_escapes
from ollama_cli.terminal.output import as_json, note, write_json

_DETAILS = ("provider", "model", "served_by", "status", "request_id", "retry_after")


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Report an error on standard error and return the exit code.

    The format is read from the arguments themselves: a command line that cannot be parsed has no
    parsed options. An event stream gets the error as its last event, too.
    """
    asked = _options_in(arguments)
    output_format = _format_in(asked)
    if output_format in ("json", "stream-json"):
        _report_json(error, as_event=output_format == "stream-json")
    elif not _is_interrupt(error):
        note(f"Error: {_sentence(error)}")
        if {"-v", "--verbose"} & set(asked):
            note(_details(error))
    return exit_code(error)


def _report_json(error: BaseException, *, as_event: bool) -> None:
    payload = {"error": _fields(error)}
    note(as_json(payload))
    if as_event:
        # Where standard output is gone, the first error is still the one that counts.
        with suppress(click.exceptions.Exit, click.ClickException):
            write_json({"type": "error", **payload})


def _is_interrupt(error: BaseException) -> bool:
    return exit_code(error) == INTERRUPTED


def _options_in(arguments: Sequence[str]) -> list[str]:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return list(arguments[:end])


def _format_in(arguments: Sequence[str]) -> str:
    found = "text"
    for position, argument in enumerate(arguments):
        if argument.startswith("--format="):
            found = argument.removeprefix("--format=")
        elif argument == "--format":
            found = next(iter(arguments[position + 1 :]), found)
    return found


def _fields(error: BaseException) -> dict[str, Any]:
    hint = error.hint if isinstance(error, ProviderError) else _usage_hint(error)
    return {
        "type": "Interrupted" if _is_interrupt(error) else type(error).__name__,
        "message": without_escapes(_message(error)),
        "hint": without_escapes(hint) if hint else None,
        "provider": getattr(error, "provider", None),
        "status": getattr(error, "status", None),
        "request_id": getattr(error, "request_id", None),
    }


def _message(error: BaseException) -> str:
    if isinstance(error, ProviderError):
        return error.message
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, RegistryError):
        return str(error)
    return "interrupted" if _is_interrupt(error) else f"unexpected {type(error).__name__}: {error}"


def _sentence(error: BaseException) -> str:
    if isinstance(error, ProviderError):
        return without_escapes(str(error))
    hint = _usage_hint(error)
    return without_escapes(_message(error) + (f" {hint}" if hint else ""))


def _usage_hint(error: BaseException) -> str | None:
    """Return where to read on; the command's own sentences say what to do themselves."""
    if type(error) is not click.UsageError and isinstance(error, click.UsageError) and error.ctx:
        return f"Try '{error.ctx.command_path} --help'."
    return None


def _details(error: BaseException) -> str:
    facts = ((name, getattr(error, name, None)) for name in _DETAILS)
    known = [f"{name} {value}" for name, value in facts if value is not None]
    return without_escapes(", ".join([type(error).__name__, *known]))
