"""The events that hooks may listen to."""

from __future__ import annotations

EVENTS: dict[str, tuple[str, ...]] = {
    "SessionStart": ("source",),
    "SessionEnd": ("exit_code",),
    "UserPromptSubmit": ("prompt",),
    "PreRequest": ("messages", "stream"),
    "PostResponse": (
        "response_model",
        "served_by",
        "text",
        "finish_reason",
        "usage",
        "cost_usd",
        "duration_s",
    ),
    "PreCompact": ("trigger", "tokens", "context_window"),
    "Fallback": ("error", "to", "message"),
    "Error": ("error",),
}
"""What a hook is told per event, besides what ``payload_of`` always tells."""

CAN_BE_DENIED = frozenset({"SessionStart", "UserPromptSubmit", "PreRequest", "PreCompact"})
TAKES_CONTEXT = frozenset({"SessionStart", "UserPromptSubmit"})
TAKES_PROMPT = frozenset({"UserPromptSubmit"})


def name_of(provider: str, model: str | None) -> str:
    """Return what a matcher sees."""
    return f"{provider}/{model or ''}"
