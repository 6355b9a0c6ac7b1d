"""Sends the state of earlier answers back: reasoning, and the items of the service's own tools.

Encrypted reasoning is valid only for the model that wrote it, so another model gets no state. See
``_items`` for its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_sdk import Message
from provider_sdk.decoding import list_of_mappings
from provider_sdk.turn_state import StateItem, characters_of, items_of

from provider_openai._item import PLAIN


def output_of(message: Message, provider: str, model: str) -> list[StateItem]:
    """Return the items that a message's state holds for a provider and model, in their order."""
    return [
        item
        for answer in items_of(message, provider, model)
        for item in list_of_mappings(answer.get("output"))
    ]


def with_state(
    state: Sequence[StateItem], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the items of an assistant's turn: its text and calls in the places of its state.

    If the text or the calls are not those of the answer any more, the state comes first, and they
    follow. Reasoning at the end of a turn is left out: the service demands what it led to.
    """
    texts = [characters_of(item) for item in state if item.get("type") == "message"]
    places = sum(item.get("type") == "function_call" for item in state)
    if sum(texts) == len(text) and places == len(calls):
        items = _in_place(state, text, calls)
    else:
        own = [dict(item) for item in state if item.get("type") not in PLAIN]
        items = [*own, *message_items(text), *calls]
    while items and items[-1].get("type") == "reasoning":
        items.pop()
    return items


def message_items(text: str, **more: Any) -> list[dict[str, Any]]:
    """Return an assistant's message, or nothing for no text."""
    return [{"type": "message", "role": "assistant", "content": text, **more}] if text else []


def _in_place(
    state: Sequence[StateItem], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    begin, rest = 0, iter(calls)
    for item in state:
        if item.get("type") == "message":
            end = begin + characters_of(item)
            more = {name: item[name] for name in item if name not in ("type", "characters")}
            items += message_items(text[begin:end], **more)
            begin = end
        elif item.get("type") == "function_call":
            items.append({**item, **next(rest)})
        else:
            items.append(dict(item))
    return items
