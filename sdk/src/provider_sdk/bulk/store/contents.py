"""A result as it stands in a journal, and back, without losing a character."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zlib import crc32

import msgspec

from provider_sdk._json import mended
from provider_sdk._messages import ToolCall
from provider_sdk._usage import MOST_TOKENS, Usage
from provider_sdk.bulk.rows import Result, RowError


def figures(result: Result) -> tuple[Any, ...]:
    """Return what is counted of a result, in the order of the table ``ends``."""
    usage = result.usage or Usage()
    return (
        result.index,
        result.state,
        _counted(usage.prompt_tokens),
        _counted(usage.completion_tokens),
        _counted(usage.total_tokens),
        None if result.cost_usd is None else str(result.cost_usd),
        _text(result.provider),
        _text(result.model),
        usage.source,
        _text(result.served_by or result.provider),
        _text(result.error.type if result.error else None),
        result.seconds,
    )


def pack(result: Result) -> tuple[int, int, bytes]:
    """Return the number, checksum and content of a result."""
    try:
        content = msgspec.json.encode(result)
    except (TypeError, ValueError, RecursionError):
        content = _packed_carefully(result)
    return result.index, _checksum(result.index, content), content


def unpack(index: int, checksum: int, content: bytes) -> Result:
    """Return the result that was packed.

    Raises:
        ValueError: the content is not what was packed.
    """
    if checksum != _checksum(index, content):
        raise ValueError("the checksum is wrong")
    try:
        whole = msgspec.json.decode(content)
    except ValueError:  # half a character, or a number that only Python writes
        whole = json.loads(content.decode("utf-8", "surrogatepass"))
    whole["tool_calls"] = tuple(ToolCall(**call) for call in whole["tool_calls"])
    whole["usage"] = whole["usage"] and Usage(**whole["usage"])
    whole["error"] = whole["error"] and RowError(**whole["error"])
    whole["cost_usd"] = None if whole["cost_usd"] is None else Decimal(whole["cost_usd"])
    return Result(**whole)


def _checksum(index: int, content: bytes) -> int:
    return crc32(content, index & 0xFFFFFFFF)


def _text(value: str | None) -> str | None:
    return None if value is None else mended(value)


def _counted(tokens: int | None) -> int | None:
    return None if tokens is None else max(0, min(tokens, MOST_TOKENS))


def _packed_carefully(result: Result) -> bytes:
    """Return the content of a result that is not plain JSON in UTF-8; it was paid for all the same.

    Services cut texts within a character. They stay as they are: JSON's own escapes would join two
    halves. Arguments of a tool call that are not JSON, from somebody's own provider, are left out;
    what the model wrote stays.
    """
    calls = tuple(
        call if _is_json(call.arguments) else replace(call, arguments=None)
        for call in result.tool_calls
    )
    whole = msgspec.to_builtins(replace(result, tool_calls=calls))
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _is_json(value: object) -> bool:
    try:
        json.dumps(msgspec.to_builtins(value))
    except (TypeError, ValueError, RecursionError):
        return False
    return True
