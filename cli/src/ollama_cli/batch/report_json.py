"""The report of a run as JSON; ``batch-report.schema.json`` describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from provider_sdk.bulk import BulkReport, Result

from ollama_cli.batch.names import STDOUT
from ollama_cli.terminal.escapes import values_without_escapes

SCHEMA = "ollama-cli-batch/1"


def report_fields(report: BulkReport, directory: Path, out: str) -> dict[str, Any]:
    """Return the report as JSON."""
    fields = {
        "schema": SCHEMA,
        "run": str(directory),
        "out": None if out == STDOUT else out,
        "rows": report.rows,
        "done": report.done,
        "failed": report.failed,
        "unknown": report.unknown,
        "sent_twice": list(report.sent_twice),
        "tokens": report.tokens,
        "cost_usd": None if report.cost_usd is None else float(report.cost_usd),
        "duration_s": round(report.duration_s, 3),
        "served_by": dict(report.served_by),
    }
    found: dict[str, Any] = values_without_escapes(fields)
    return found


def row_error_fields(result: Result) -> dict[str, Any]:
    """Return a row that failed as JSON."""
    error = result.error
    fields = {
        "id": result.id,
        "index": result.index,
        "attempts": result.attempts,
        "error": None
        if error is None
        else {
            "type": error.type,
            "message": error.message,
            "status": error.status,
            "request_id": error.request_id,
        },
    }
    found: dict[str, Any] = values_without_escapes(fields)
    return found
