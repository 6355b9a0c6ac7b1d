"""A result as it stands in a journal, and back, without losing a character."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from zlib import crc32

from provider_sdk._json import mended
from provider_sdk._messages import ToolCall
from provider_sdk._usage import MOST_TOKENS, Usage
from provider_sdk.bulk.rows import Result, RowError


def figures(result: Result) -> tuple[Any, ...]:
    """Return what is counted of a result, in the order of the table ``ends``."""
    usage = result.usage or Usage()
    who = result.served_by or result.provider
    return (
        result.index,
        result.state,
        _counted(usage.prompt_tokens),
        _counted(usage.completion_tokens),
        _counted(usage.total_tokens),
        None if result.cost_usd is None else str(result.cost_usd),
        None if who is None else mended(who),
    )


def pack(result: Result) -> tuple[int, int, bytes]:
    """Return the number, checksum and content of a result."""
    whole = asdict(result)
    del whole["index"]
    whole["cost_usd"] = None if result.cost_usd is None else str(result.cost_usd)
    whole["tool_calls"] = [_call(call) for call in result.tool_calls]
    # Services cut texts within a character; JSON's own escapes would join two halves.
    content = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    return result.index, _checksum(result.index, content), content


def unpack(index: int, checksum: int, content: bytes) -> Result:
    """Return the result that was packed.

    Raises:
        ValueError: the content is not what was packed.
    """
    if checksum != _checksum(index, content):
        raise ValueError("the checksum is wrong")
    whole = json.loads(content.decode("utf-8", "surrogatepass"))
    whole["tool_calls"] = tuple(ToolCall(**call) for call in whole["tool_calls"])
    whole["usage"] = whole["usage"] and Usage(**whole["usage"])
    whole["error"] = whole["error"] and RowError(**whole["error"])
    whole["cost_usd"] = None if whole["cost_usd"] is None else Decimal(whole["cost_usd"])
    return Result(index=index, **whole)


def _checksum(index: int, content: bytes) -> int:
    return crc32(content, index & 0xFFFFFFFF)


def _counted(tokens: int | None) -> int | None:
    return None if tokens is None else max(0, min(tokens, MOST_TOKENS))


def _call(call: ToolCall) -> Mapping[str, Any]:
    whole = {"id": call.id, "name": call.name, "arguments_text": call.arguments_text}
    try:
        json.dumps(call.arguments)
    except (TypeError, ValueError, RecursionError):
        # They were not read from JSON, by somebody's own provider. An answer that was paid for is
        # kept nevertheless, with what the model wrote.
        return {**whole, "arguments": None}
    return {**whole, "arguments": call.arguments}
