"""Tool calls between the contract and a service that keeps arguments as JSON objects."""

from collections.abc import Mapping
from typing import Any

from provider_sdk import Delta, ToolCall, ToolCallDelta
from provider_sdk.decoding import arguments_text, text_or_none


def written(call: ToolCall) -> dict[str, Any]:
    """Return a call of an earlier turn for a request."""
    # Arguments that are not a JSON object, such as some that were cut off, go back inside one.
    lost = call.arguments is None
    arguments = {"arguments": call.arguments_text} if lost else call.arguments
    return {"id": call.id, "tool": call.name, "input": arguments}


def read(call: Mapping[str, Any]) -> ToolCall:
    """Return a call of a whole answer, with its arguments as an object and as text."""
    id, name = text_or_none(call.get("id")) or "", text_or_none(call.get("tool")) or ""
    return ToolCall.parse(id, name, arguments_text(call.get("input")))


def begun(index: int, call: Mapping[str, Any]) -> Delta:
    """Return what the first event of a streamed call adds; ``index`` counts calls from 0."""
    id, name = text_or_none(call.get("id")), text_or_none(call.get("tool"))
    return Delta(tool_calls=[ToolCallDelta(index, id, name, "")])


def continued(index: int, fragment: str) -> Delta:
    """Return what a later event adds: more of the text of the arguments."""
    return Delta(tool_calls=[ToolCallDelta(index, arguments_text=fragment)])
