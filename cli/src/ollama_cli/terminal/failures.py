"""Reporting an error in the format that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ollama_cli.command_line.exit_codes import exit_code, is_interrupt
from ollama_cli.command_line.formats import format_in, options_in
from ollama_cli.processes.interrupts import note_report
from ollama_cli.processes.streams import OutputError
from ollama_cli.terminal.escapes import values_without_escapes, without_escapes
from ollama_cli.terminal.output import print_err, print_err_json, write_json
from ollama_cli.terminal.sentences import hint_of, lines, message_of, sentence

_DETAILS = ("provider", "model", "served_by", "status", "request_id", "retry_after")


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Report an error on standard error and return the exit code.

    The format is read from the raw arguments, because a command line that cannot be parsed has no
    parsed options. With ``stream-json`` the error is also the last event on standard output.
    """
    note_report()
    output_format = format_in(arguments)
    if output_format in ("json", "stream-json"):
        _report_json(error, as_event=output_format == "stream-json")
    elif not is_interrupt(error):
        on_terminal = sys.stderr is not None and sys.stderr.isatty()
        shown = "\n".join(lines(error)) if on_terminal else sentence(error)
        print_err(f"Error: {without_escapes(shown)}")
        if {"-v", "--verbose"} & set(options_in(arguments)):
            print_err(_details(error))
    return exit_code(error)


def _report_json(error: BaseException, *, as_event: bool) -> None:
    payload = {"error": _fields(error, partial_shown=as_event)}
    print_err_json(payload)
    if as_event:
        # If nobody reads standard output, the first error still decides the exit code.
        with suppress(OutputError, KeyboardInterrupt):
            write_json({"type": "error", **payload})


def _fields(error: BaseException, *, partial_shown: bool) -> dict[str, Any]:
    fields = {
        "type": "Interrupted" if is_interrupt(error) else type(error).__name__,
        "message": message_of(error),
        "hint": hint_of(error, partial_shown=partial_shown) or None,
        "provider": getattr(error, "provider", None),
        "status": getattr(error, "status", None),
        "request_id": getattr(error, "request_id", None),
    }
    return {name: values_without_escapes(value) for name, value in fields.items()}


def _details(error: BaseException) -> str:
    facts = ((name, getattr(error, name, None)) for name in _DETAILS)
    known = [f"{name} {value}" for name, value in facts if value is not None]
    return without_escapes(", ".join([type(error).__name__, *known]))
