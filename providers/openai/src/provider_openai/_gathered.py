"""What one event, or a whole answer, adds: collected in pieces, however many there are."""

from __future__ import annotations

from provider_sdk import Delta, ToolCallDelta


class Gathered:
    """Collects pieces, and returns them as one delta.

    Attributes:
        texts: the pieces of text.
        thoughts: the pieces of reasoning.
        refusals: the pieces of a refusal.
        calls: the fragments of tool calls.
        warning: one sentence about something odd.
        text_was_reasoning: whether all text before ``texts`` was reasoning.
    """

    __slots__ = ("calls", "refusals", "text_was_reasoning", "texts", "thoughts", "warning")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.refusals: list[str] = []
        self.calls: list[ToolCallDelta] = []
        self.warning: str | None = None
        self.text_was_reasoning = False

    def delta(self) -> Delta:
        """Return what was collected."""
        return Delta(
            "".join(self.texts),
            reasoning="".join(self.thoughts),
            refusal="".join(self.refusals),
            tool_calls=self.calls or (),
            warning=self.warning,
            text_was_reasoning=self.text_was_reasoning,
        )
