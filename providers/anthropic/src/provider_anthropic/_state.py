"""Sends the state of earlier answers back: thinking, and blocks of the service's own tools.

A signature is valid only for the model that wrote it, so another model gets no state. See
``_blocks`` for its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_sdk import Message
from provider_sdk.decoding import list_of_mappings
from provider_sdk.turn_state import StateItem, characters_of, items_of


def blocks_of(message: Message, provider: str, model: str) -> list[StateItem]:
    """Return the blocks that a message's state holds for a provider and model, in their order."""
    return [
        block
        for item in items_of(message, provider, model)
        for block in list_of_mappings(item.get("content"))
    ]


def with_state(
    state: Sequence[StateItem], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the content of an assistant's turn: its text and calls in the places of its state.

    If the text or the calls are not those of the answer any more, the state comes first, and they
    follow.
    """
    texts = [characters_of(block) for block in state if block.get("type") == "text"]
    places = sum(block.get("type") == "tool_use" for block in state)
    if sum(texts) != len(text) or places != len(calls):
        own = [dict(block) for block in state if block.get("type") not in ("text", "tool_use")]
        return [*own, *text_blocks(text), *calls]
    content: list[dict[str, Any]] = []
    begin, rest = 0, iter(calls)
    for block in state:
        if block.get("type") == "text":
            end = begin + characters_of(block)
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
