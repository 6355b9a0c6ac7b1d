"""What calls return: answers and chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from provider_sdk._json import json_safe
from provider_sdk._messages import Message, ToolCall
from provider_sdk._usage import Usage

if TYPE_CHECKING:
    from provider_sdk._routing.route import Route

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "refusal", "other"]
"""Why an answer ended; ``"other"`` is for a reason that the contract does not know."""


class ProviderWarning(UserWarning):
    """A sampling option was dropped, because the service does not accept it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResponse:
    """A complete answer.

    Attributes:
        text: the answer; empty if the model refused or only called tools.
        reasoning: the model's reasoning, ``None`` if it sent none.
        refusal: the text of a refusal, ``None`` if the model did not refuse.
        tool_calls: calls that the model asks for, in its order.
        finish_reason: why it ended; ``tool_calls`` whenever it calls a tool.
        raw_finish_reason: the finish reason as the service sent it.
        usage: tokens as reported, ``None`` if none were.
        model: the model that the service says answered, else the one asked for.
        served_by: the back end that answered, if a router names it.
        request_id: the service's id of the exchange.
        warnings: what was dropped or odd, one sentence each.
        provider_data: opaque state by provider name that ``message`` carries to the next turn.
        raw: the decoded body; ``None`` for a stream.
        route: how a router came to the answer; ``None`` if the provider was called directly.
    """

    text: str = ""
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: Sequence[ToolCall] = ()
    finish_reason: FinishReason = "stop"
    raw_finish_reason: str | None = None
    usage: Usage | None = None
    model: str = ""
    served_by: str | None = None
    request_id: str | None = None
    warnings: Sequence[str] = ()
    provider_data: Mapping[str, Any] = field(default_factory=dict)
    raw: Any = None
    route: Route | None = None

    @property
    def message(self) -> Message:
        """The answer as a message, ready to append to the conversation."""
        return Message(
            role="assistant",
            content=self.text or self.refusal or "",
            tool_calls=tuple(self.tool_calls),
            provider_data=self.provider_data,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain JSON types."""
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "refusal": self.refusal,
            "tool_calls": [asdict(call) for call in self.tool_calls],
            "finish_reason": self.finish_reason,
            "raw_finish_reason": self.raw_finish_reason,
            "usage": self.usage.to_dict() if self.usage else None,
            "model": self.model,
            "served_by": self.served_by,
            "request_id": self.request_id,
            "message": self.message.to_dict(),
            "warnings": list(self.warnings),
            "raw": json_safe(self.raw),
            **({"route": self.route.to_dict()} if self.route else {}),
        }


@dataclass(slots=True)
class ToolCallDelta:
    """A fragment of a tool call; fragments of one call share ``index``.

    Attributes:
        index: the position of the call in the answer, from 0.
        id: the call's id, ``None`` if another fragment has it.
        name: the function to call, ``None`` if another fragment has it.
        arguments_text: more of the arguments, as the model writes them.
    """

    index: int
    id: str | None = None
    name: str | None = None
    arguments_text: str = ""


@dataclass(slots=True)
class ChatChunk:
    """What one event of a stream adds to the answer.

    Attributes:
        text: more of the answer's text.
        reasoning: more of the model's reasoning.
        tool_calls: fragments of tool calls.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: Sequence[ToolCallDelta] = ()
