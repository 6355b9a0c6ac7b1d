"""Reads a whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatCall, ChatResponse, Delta, ProviderResponseError, ToolCall
from provider_sdk.decoding import missing_calls, text_or_none

from provider_anthropic._blocks import Blocks
from provider_anthropic._usage import (
    PAUSE_WARNING,
    PAUSED,
    UsageReader,
    explanation_of,
    finish_reason,
)


def read_answer(call: ChatCall, body: Any) -> ChatResponse:
    """Return the answer in a decoded message.

    Raises:
        ProviderResponseError: it is not a message.
    """
    blocks = Blocks(body.get("id") if isinstance(body, Mapping) else None)
    deltas = [blocks.begin(_content(body)), blocks.finish()]
    calls = _calls(deltas)
    raw = body.get("stop_reason")
    finish = finish_reason(raw)
    refused = finish == "refusal"
    text = "".join(delta.text for delta in deltas)
    refusal = (explanation_of(body.get("stop_details")) or text) if refused else ""
    state = None if refused or not call.provider else blocks.state(call.model)
    reasoning = "".join(delta.reasoning for delta in deltas)
    paused = (PAUSE_WARNING,) if raw == PAUSED else ()
    return ChatResponse(
        text="" if refusal else text,
        reasoning=reasoning if reasoning.strip() else None,
        refusal=refusal or None,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish or "other",
        raw_finish_reason=None if finish is None else str(raw),
        usage=UsageReader().read(body.get("usage")),
        model=text_or_none(body.get("model")) or call.model,
        warnings=(*paused, *missing_calls(finish, calls)),
        provider_data={call.provider: [state]} if state else {},
        raw=body,
    )


def _content(body: Any) -> list[Mapping[str, Any]]:
    content = body.get("content") if isinstance(body, Mapping) else None
    if not isinstance(content, list):
        raise ProviderResponseError("the answer is not a message: it holds no content")
    blocks = [block for block in content if isinstance(block, Mapping)]
    if len(blocks) < len(content):
        raise ProviderResponseError("the answer is not a message: its content is not blocks")
    return blocks


def _calls(deltas: list[Delta]) -> tuple[ToolCall, ...]:
    found: dict[int, list[str]] = {}
    for fragment in (each for delta in deltas for each in delta.tool_calls):
        call = found.setdefault(fragment.index, ["", "", ""])
        call[0], call[1] = fragment.id or call[0], fragment.name or call[1]
        call[2] += fragment.arguments_text
    return tuple(ToolCall.parse(*call) for call in found.values())
