"""The columns of results in a table."""

from __future__ import annotations

import json
from typing import Any

from provider_sdk._json import mended
from provider_sdk.bulk.outputs.lines import plain
from provider_sdk.bulk.rows import Result

COUNTS = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cached_tokens",
    "reasoning_tokens",
)
"""The token counts that have a column."""
COLUMNS: dict[str, type] = {
    "id": str,
    "index": int,
    "text": str,
    "reasoning": str,
    "tool_calls": str,
    "finish_reason": str,
    **dict.fromkeys(COUNTS, int),
    "cost_usd": float,
    "provider": str,
    "served_by": str,
    "model": str,
    "attempts": int,
    "error_type": str,
    "error_message": str,
    "error_status": int,
    "error_request_id": str,
    "input_hash": str,
}
"""The columns in their order, and what they hold; any may be empty."""


def values(result: Result) -> list[Any]:
    """Return the values of a result for ``COLUMNS``.

    ``tool_calls`` is JSON, null without calls. Half of a surrogate pair becomes U+FFFD.
    """
    row = plain(result)
    row.update(row["usage"] or {})
    row.update({f"error_{name}": value for name, value in (row["error"] or {}).items()})
    calls = row["tool_calls"]
    row["tool_calls"] = json.dumps(calls, ensure_ascii=False) if calls else None
    return [_value(row.get(name), kind) for name, kind in COLUMNS.items()]


def _value(value: Any, kind: type) -> Any:
    if value is None:
        return None
    return mended(value) if kind is str else kind(value)
