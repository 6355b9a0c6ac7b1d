"""Writes one result as a line of JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

import msgspec

from provider_sdk._json import json_safe, with_mended_texts
from provider_sdk.bulk.rows import Result

_encode = msgspec.json.Encoder(decimal_format="number").encode
# What JSON leaves as it is, though some programs end a line there (U+0085, U+2028, U+2029), and
# terminals obey it: control characters from U+007F on, and those that turn the direction of text.
_UNSAFE = re.compile(
    b"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)


def plain(result: Result) -> dict[str, Any]:
    """Return a result in the shape of an output, as plain JSON types.

    ``{"id", "index", "text", "reasoning", "tool_calls", "finish_reason", "usage", "cost_usd",
    "provider", "served_by", "model", "attempts", "error", "input_hash"}``; ``tool_calls`` and
    ``usage`` as in ``ChatResponse.to_dict``, ``error`` is null or ``{"type", "message", "status",
    "request_id"}``. ``cost_usd`` stays a ``Decimal``.
    """
    return {
        "id": result.id,
        "index": result.index,
        "text": result.text,
        "reasoning": result.reasoning,
        "tool_calls": [asdict(call) for call in result.tool_calls],
        "finish_reason": result.finish_reason,
        "usage": result.usage.to_dict() if result.usage else None,
        "cost_usd": result.cost_usd,
        "provider": result.provider,
        "served_by": result.served_by,
        "model": result.model,
        "attempts": result.attempts,
        "error": asdict(result.error) if result.error else None,
        "input_hash": result.input_hash,
    }


def json_line(data: dict[str, Any]) -> bytes:
    """Return data as one line of JSON in UTF-8, with its newline.

    Half of a surrogate pair becomes U+FFFD, and a number that JSON cannot hold null. Control
    characters, ends of lines and paragraphs, and what turns the direction of text are escaped.
    """
    try:
        line = _encode(data)
    except (UnicodeEncodeError, OverflowError):
        text = json.dumps(json_safe(with_mended_texts(data)), ensure_ascii=False, default=float)
        line = text.encode()
    return _UNSAFE.sub(_escaped, line) + b"\n"


def _escaped(found: re.Match[bytes]) -> bytes:
    return f"\\u{ord(found.group().decode()):04x}".encode()
