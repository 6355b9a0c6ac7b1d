"""The thinking and the plan of an answer, which the next turn sends back.

An answer's state is one item ``{"model", "thinking", "tool_plan"}``, without what it does not have.
It goes back to the model that wrote it. An item without ``model`` is what a caller's own dict said
of the turn, as ``reasoning_content``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from provider_sdk import ChatCall, Message
from provider_sdk.decoding import list_of_mappings, text_or_none


class State(NamedTuple):
    """What a model thought before its answer, and before its calls of tools."""

    thinking: str = ""
    plan: str = ""

    def item(self, model: str) -> dict[str, Any] | None:
        """Return the state as JSON, ``None`` if it is empty."""
        fields = {"thinking": self.thinking, "tool_plan": self.plan}
        found = {name: text for name, text in fields.items() if text}
        return {"model": model, **found} if found else None


def state_of(message: Message, call: ChatCall) -> State:
    """Return the state that a message of a call carries back to the model that is asked."""
    state = State()
    for item in list_of_mappings(message.provider_data.get(call.provider)):
        if "model" not in item:
            state = state._replace(thinking=text_or_none(item.get("reasoning_content")) or "")
        elif item["model"] == call.model:
            state = State(
                text_or_none(item.get("thinking")) or "", text_or_none(item.get("tool_plan")) or ""
            )
    return state
