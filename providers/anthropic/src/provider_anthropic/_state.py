"""Sends the state of earlier answers back: thinking, and blocks of the service's own tools.

A signature is valid only for the model that wrote it, so another model gets no state. See
``_blocks`` for its form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from provider_sdk import ChatCall, Message
from provider_sdk.decoding import list_of_mappings

_Block = Mapping[str, Any]


def blocks_of(message: Message, provider: str, model: str) -> list[_Block]:
    """Return the blocks that a message's state holds for a provider and model, in their order."""
    return [
        block
        for item in _items(message.provider_data.get(provider))
        if item.get("model") == model
        for block in list_of_mappings(item.get("content"))
    ]


def with_state(
    state: Sequence[_Block], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the content of an assistant's turn: its text and calls in the places of its state.

    If the text or the calls are not those of the answer any more, the state comes first, and they
    follow.
    """
    texts = [_length(block) for block in state if block.get("type") == "text"]
    places = sum(block.get("type") == "tool_use" for block in state)
    if sum(texts) != len(text) or places != len(calls):
        own = [dict(block) for block in state if block.get("type") not in ("text", "tool_use")]
        return [*own, *text_blocks(text), *calls]
    content: list[dict[str, Any]] = []
    begin, rest = 0, iter(calls)
    for block in state:
        if block.get("type") == "text":
            end = begin + _length(block)
            more = {name: block[name] for name in block if name not in ("type", "characters")}
            content += [{**found, **more} for found in text_blocks(text[begin:end])]
            begin = end
        elif block.get("type") == "tool_use":
            content.append({**block, **next(rest)})
        else:
            content.append(dict(block))
    return content


def text_blocks(text: str) -> list[dict[str, Any]]:
    """Return a text block, or none: the service rejects blank ones."""
    return [{"type": "text", "text": text}] if text.strip() else []


def without_state(call: ChatCall) -> ChatCall | None:
    """Return the call without the state of earlier answers, ``None`` if it has none."""
    has_state = [bool(blocks_of(m, call.provider, call.model)) for m in call.messages]
    messages = tuple(
        replace(m, provider_data={**m.provider_data, call.provider: []}) if has else m
        for m, has in zip(call.messages, has_state, strict=True)
    )
    return replace(call, messages=messages) if any(has_state) else None


def says(message: Message, provider: str, name: str) -> bool:
    """Whether a caller set a flag in the ``provider_data`` of a message."""
    return any(item.get(name) is True for item in _items(message.provider_data.get(provider)))


def _items(state: object) -> list[Mapping[str, Any]]:
    return list_of_mappings([state] if isinstance(state, Mapping) else state)


def _length(block: _Block) -> int:
    length = block.get("characters")
    return length if isinstance(length, int) and length >= 0 else 0
