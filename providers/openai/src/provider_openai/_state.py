"""Sends the state of earlier answers back: reasoning, and the items of the service's own tools.

Encrypted reasoning is valid only for the model that wrote it, so another model gets no state. See
``_items`` for its form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from provider_sdk import ChatCall, Message
from provider_sdk.decoding import list_of_mappings

from provider_openai._item import PLAIN

_Item = Mapping[str, Any]


def items_of(message: Message, provider: str, model: str) -> list[_Item]:
    """Return the items that a message's state holds for a provider and model, in their order."""
    state = message.provider_data.get(provider)
    return [
        item
        for answer in list_of_mappings([state] if isinstance(state, Mapping) else state)
        if answer.get("model") == model
        for item in list_of_mappings(answer.get("output"))
    ]


def with_state(
    state: Sequence[_Item], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the items of an assistant's turn: its text and calls in the places of its state.

    If the text or the calls are not those of the answer any more, the state comes first, and they
    follow. Reasoning at the end of a turn is left out: the service demands what it led to.
    """
    texts = [_length(item) for item in state if item.get("type") == "message"]
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


def without_state(call: ChatCall) -> ChatCall | None:
    """Return the call without the state of earlier answers, ``None`` if it has none."""
    has_state = [bool(items_of(m, call.provider, call.model)) for m in call.messages]
    messages = tuple(
        replace(m, provider_data={**m.provider_data, call.provider: []}) if has else m
        for m, has in zip(call.messages, has_state, strict=True)
    )
    return replace(call, messages=messages) if any(has_state) else None


def _in_place(
    state: Sequence[_Item], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    begin, rest = 0, iter(calls)
    for item in state:
        if item.get("type") == "message":
            end = begin + _length(item)
            more = {name: item[name] for name in item if name not in ("type", "characters")}
            items += message_items(text[begin:end], **more)
            begin = end
        elif item.get("type") == "function_call":
            items.append({**item, **next(rest)})
        else:
            items.append(dict(item))
    return items


def _length(item: _Item) -> int:
    length = item.get("characters")
    return length if isinstance(length, int) and length >= 0 else 0
