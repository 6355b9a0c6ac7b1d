"""What a dialect keeps of an answer for the next turn, and reads back from a conversation.

It stands in ``provider_data`` of the answer's message, under the provider's name, as a list of
items, or as one item. An item that names its ``model`` comes from an answer, and is valid only for
that model; an item without ``model`` comes from the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from provider_sdk._dialect import ChatCall
from provider_sdk._messages import Message
from provider_sdk.decoding import list_of_mappings

__all__ = ["StateItem", "characters_of", "items_of", "says", "without_state"]

StateItem = Mapping[str, Any]
"""One item of the state of a turn: a JSON object, with the ``model`` that it is valid for."""


def items_of(message: Message, provider: str, model: str | None = None) -> list[StateItem]:
    """Return the items that a message holds for a provider, in their order.

    Args:
        message: a message of the conversation.
        provider: the provider's name.
        model: only the items of this model's answers; by default all, the caller's too.
    """
    if not message.provider_data:
        return []
    state = message.provider_data.get(provider)
    items = list_of_mappings([state] if isinstance(state, Mapping) else state)
    return items if model is None else [item for item in items if item.get("model") == model]


def says(message: Message, provider: str, name: str) -> bool:
    """Whether an item of a message has a flag, such as ``{"is_error": True}`` from the caller."""
    return any(item.get(name) is True for item in items_of(message, provider))


def characters_of(part: StateItem) -> int:
    """Return how many ``characters`` of the message's text stand in the place of a part."""
    length = part.get("characters")
    return length if isinstance(length, int) and length >= 0 else 0


def without_state(call: ChatCall, model: str | None = None) -> ChatCall | None:
    """Return the call without what earlier answers left, ``None`` if there is nothing.

    Args:
        call: a call whose state the service rejects.
        model: whose items to leave out, as they name it; by default the model of the call.
    """
    messages = tuple(
        _without(message, call.provider, model or call.model) for message in call.messages
    )
    changed = any(new is not old for new, old in zip(messages, call.messages, strict=True))
    return replace(call, messages=messages) if changed else None


def _without(message: Message, provider: str, model: str) -> Message:
    items = items_of(message, provider)
    kept = [item for item in items if item.get("model") != model]
    if len(kept) == len(items):
        return message
    return replace(message, provider_data={**message.provider_data, provider: kept})
