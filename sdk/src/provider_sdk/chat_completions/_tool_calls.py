"""Reads tool calls in all the forms that servers send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from provider_sdk._json import json_safe
from provider_sdk._messages import ToolCall
from provider_sdk.decoding import call_id, list_of_mappings, text_or_none

OUTSIDE_CONTRACT = "the answer calls a tool in a form outside the contract"


class Function(NamedTuple):
    """The function of a call, or of a fragment of one.

    Attributes:
        name: empty if it is missing.
        arguments: as text.
        as_object: the arguments, if the server sent an object instead of text.
    """

    name: str
    arguments: str
    as_object: Mapping[str, Any] | None = None


def read_function(call: Mapping[str, Any]) -> Function:
    """Return the function of a call.

    Old servers name the arguments ``parameters``, gateways ``input``; some send an object instead
    of text, or put name and arguments into the call itself.
    """
    holder = call.get("function")
    name = holder if isinstance(holder, str) else None
    if not isinstance(holder, Mapping):
        holder = call
    name = text_or_none(name or holder.get("name")) or ""
    found = holder.get("arguments")
    # Empty arguments beside the other names count as none.
    arguments = found or holder.get("parameters") or holder.get("input") or found
    if isinstance(arguments, str):
        return Function(name, arguments)
    as_object = arguments if isinstance(arguments, Mapping) else None
    return Function(name, arguments_as_text(arguments), as_object)


def arguments_as_text(arguments: object) -> str:
    """Return arguments as text; for ``None`` and for an empty object, empty text."""
    return "" if arguments in (None, {}) else json.dumps(arguments, ensure_ascii=False)


def fragments_of(calls: object) -> list[Mapping[str, Any]]:
    """Return the calls of a message or delta; old TGI sends a single one outside a list."""
    return list_of_mappings([calls] if isinstance(calls, Mapping) else calls)


class WholeCalls(NamedTuple):
    """The calls of a whole answer, and their ``extra_content``, each with the id of its call."""

    calls: tuple[ToolCall, ...]
    extras: list[dict[str, Any]]


def whole_calls(wire: object, answer_id: object) -> WholeCalls:
    """Return the calls of a whole answer; no two of them share an id."""
    if not wire:
        return WholeCalls((), [])
    calls: list[ToolCall] = []
    ids: set[str] = set()
    extras: list[dict[str, Any]] = []
    for call in fragments_of(wire):
        function = read_function(call)
        if call.get("type") == "custom" or not (function.name or _is_mapping(call, "function")):
            continue
        id = call_id(call.get("id"), len(calls), answer_id)
        if id in ids:
            id = call_id(None, len(calls), answer_id)
        ids.add(id)
        calls.append(ToolCall.parse(id, function.name, function.arguments))
        if extra := call.get("extra_content"):
            extras.append({"id": id, "extra_content": json_safe(extra)})
    return WholeCalls(tuple(calls), extras)


def _is_mapping(holder: Mapping[str, Any], name: str) -> bool:
    return isinstance(holder.get(name), Mapping)
