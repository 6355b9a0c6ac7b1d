"""Reads a whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatCall, ChatResponse, Delta, ProviderResponseError, ToolCall
from provider_sdk.decoding import list_of_mappings, text_or_none

from provider_openai._items import Items
from provider_openai._usage import read_finish, read_usage


def read_answer(call: ChatCall, body: Mapping[str, Any]) -> ChatResponse:
    """Return the answer in a decoded response object.

    Raises:
        ProviderResponseError: it is not such an object.
    """
    items = Items()
    items.answer_id = body.get("id")
    deltas = [items.end(place, raw) for place, raw in enumerate(_output(body))]
    deltas.append(items.finish())
    text, reasoning = _texts(deltas)
    refusal = "".join(delta.refusal for delta in deltas)
    calls = _calls(deltas)
    finish, raw = read_finish(body.get("status"), body.get("incomplete_details"))
    state = items.state(call.model) if call.provider else None
    return ChatResponse(
        text="" if refusal else text,
        reasoning=reasoning if reasoning.strip() else None,
        refusal=refusal or None,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish,
        raw_finish_reason=raw,
        usage=read_usage(body.get("usage")),
        model=text_or_none(body.get("model")) or call.model,
        warnings=tuple(dict.fromkeys(delta.warning for delta in deltas if delta.warning)),
        provider_data={call.provider: [state]} if state else {},
        raw=body,
    )


def _output(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    output = body.get("output")
    if not isinstance(output, list):
        raise ProviderResponseError("the answer is not a response: it holds no output")
    items = list_of_mappings(output)
    if len(items) < len(output):
        raise ProviderResponseError("the answer is not a response: its output is not items")
    return items


def _texts(deltas: list[Delta]) -> tuple[str, str]:
    text = reasoning = ""
    for delta in deltas:
        if delta.text_was_reasoning:
            text, reasoning = "", reasoning + text
        text += delta.text
        reasoning += delta.reasoning
    return text, reasoning


def _calls(deltas: list[Delta]) -> tuple[ToolCall, ...]:
    found: dict[int, list[str]] = {}
    for fragment in (each for delta in deltas for each in delta.tool_calls):
        call = found.setdefault(fragment.index, ["", "", ""])
        call[0], call[1] = fragment.id or call[0], fragment.name or call[1]
        call[2] += fragment.arguments_text
    return tuple(ToolCall.parse(*call) for call in found.values())
