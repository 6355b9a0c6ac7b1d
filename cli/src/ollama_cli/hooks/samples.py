"""What ``hooks test`` tells hooks."""

from __future__ import annotations

from typing import Any

_PROMPT = "Why is the sky blue?"
_ANSWER = "Blue light is scattered the most."
_ERROR = {
    "type": "ProviderUnavailableError",
    "message": "127.0.0.1:11434 cannot be reached",
    "status": None,
}


def sample_of(event: str, text: str | None) -> dict[str, Any]:
    """Return what hooks might be told at an event.

    Args:
        event: the event.
        text: the prompt, or what else a person or a model wrote; ``None`` for a sample.
    """
    usage = {
        "prompt_tokens": 12,
        "completion_tokens": 8,
        "total_tokens": 20,
        "source": "reported",
    }
    samples: dict[str, dict[str, Any]] = {
        "SessionStart": {"source": "new"},
        "SessionEnd": {"exit_code": 0},
        "UserPromptSubmit": {"prompt": text or _PROMPT},
        "PreRequest": {
            "messages": [{"role": "user", "content": text or _PROMPT}],
            "stream": True,
        },
        "PostResponse": {
            "response_model": "sample",
            "served_by": None,
            "text": text or _ANSWER,
            "finish_reason": "stop",
            "usage": usage,
            "cost_usd": 0.001,
            "duration_s": 1.5,
        },
        "PreCompact": {"trigger": "auto", "tokens": 100_000, "context_window": 128_000},
        "Fallback": {"error": _ERROR, "to": "hf", "message": text or "hf is asked instead"},
        "Error": {"error": _ERROR},
    }
    return samples[event]
