"""The thinking of an answer, which the next turn sends back.

Models that think between tool calls answer worse without it. It is kept as one item
``{"model", "thinking"}`` and goes back to the model that wrote it. An item without ``model`` is
what a caller's own dict said of the turn, as ``reasoning_content``.
"""

from __future__ import annotations

from typing import Any

from provider_sdk import ChatCall, Message
from provider_sdk.decoding import list_of_mappings


def state_of(thinking: str, model: str) -> dict[str, Any] | None:
    """Return the state of an answer, ``None`` if it holds no thinking."""
    return {"model": model, "thinking": thinking} if thinking else None


def thinking_of(message: Message, call: ChatCall) -> str:
    """Return the thinking that a message of a call carries back to the model that is asked."""
    thinking = ""
    for item in list_of_mappings(message.provider_data.get(call.provider)):
        if "model" not in item:
            found = item.get("reasoning_content")
        else:
            found = item.get("thinking") if item["model"] == call.model else None
        thinking = found if isinstance(found, str) and found else thinking
    return thinking
