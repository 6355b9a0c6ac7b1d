"""The report of a run as JSON; ``batch-report.schema.json`` describes it."""

from __future__ import annotations

from typing import Any

from provider_sdk.bulk import BulkReport, Result

from ollama_cli.terminal.escapes import values_without_escapes, without_escapes

SCHEMA = "ollama-cli-batch/1"


def report_fields(report: BulkReport) -> dict[str, Any]:
    """Return the report as JSON, without terminal escapes in names, ids and messages."""
    fields: dict[str, Any] = values_without_escapes(report.to_dict())
    for name in ("served_by", "errors"):
        fields[name] = _with_clean_names(fields[name])
    return fields


def row_error_fields(result: Result) -> dict[str, Any]:
    """Return a row without an answer as JSON."""
    error = result.error
    fields = {
        "id": result.id,
        "index": result.index,
        "state": result.state,
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


def _with_clean_names(counts: dict[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, count in counts.items():
        clean = without_escapes(name)
        found[clean] = found.get(clean, 0) + count
    return found
