"""Makes JSON of the values of a table's row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from provider_sdk.bulk.templates import RowProblem


def json_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with each value as JSON has it.

    Dates and times become text as in ISO 8601, decimals and UUIDs text, durations seconds, and
    numbers that are not finite null. Fields of a struct that are null are left out: in a table
    every struct of a column has all fields. The pairs of a map become an object.

    Raises:
        RowProblem: a value is bytes, or something else that JSON does not have; its column is
            named.
    """
    return {name: _json_value(name, value) for name, value in row.items()}


def _json_value(column: str, value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            return {str(name): _json_value(column, item) for name, item in value}
        return [_json_value(column, item) for item in value]
    if isinstance(value, dict):
        return {n: _json_value(column, item) for n, item in value.items() if item is not None}
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise RowProblem(f"column {column!r} holds {type(value).__name__}, which JSON does not have")
