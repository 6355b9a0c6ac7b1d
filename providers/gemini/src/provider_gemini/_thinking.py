"""How a call tells its model to think.

Source: https://ai.google.dev/gemini-api/docs/thinking
"""

from __future__ import annotations

from typing import Any

from provider_sdk import ChatCall, UnsupportedCapabilityError

from provider_gemini._models import Thinking, facts_of

_LEVELS = {
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "XHIGH",
    "max": "XHIGH",
}
# The tokens that a model without levels may think, as others think at that level; those of
# https://ai.google.dev/gemini-api/docs/openai#thinking.
_BUDGETS = {"minimal": 512, "low": 1024, "medium": 8192, "high": 24576}


def thinking_config(call: ChatCall) -> dict[str, Any] | None:
    """Return what the call says of thinking, ``None`` for nothing.

    Raises:
        UnsupportedCapabilityError: the model cannot think, or cannot stop thinking.
    """
    effort, facts = call.options.get("reasoning_effort"), facts_of(call.model)
    form = form_of(call)
    if effort is None or (effort == "none" and form == "none"):
        return None
    if form == "none":
        raise UnsupportedCapabilityError(
            f"{call.model} cannot think (reasoning_effort); nothing was sent"
        )
    if effort == "none" and not facts.can_stop:
        raise UnsupportedCapabilityError(
            f"{call.model} always thinks (reasoning_effort 'none'); nothing was sent",
            hint="Ask for 'minimal', or leave out reasoning_effort.",
        )
    if effort == "none":
        return {"thinkingBudget": 0}
    if form == "budget":
        wanted = _BUDGETS.get(effort, facts.most_budget)
        return {"includeThoughts": True, "thinkingBudget": _within(wanted, call.model)}
    return {"includeThoughts": True, "thinkingLevel": level_of(call)}


def form_of(call: ChatCall) -> Thinking:
    """Return how the call tells its model to think, if it does."""
    known: Thinking = call.learned.get("thinking") or facts_of(call.model).thinking
    return known


def level_of(call: ChatCall) -> str:
    """Return the level of thinking that the call asks for."""
    effort = str(call.options.get("reasoning_effort"))
    level = _LEVELS.get(effort, effort.upper())
    found: str = call.learned.get("levels", {}).get(level, level)
    return found


def _within(budget: int, model: str) -> int:
    facts = facts_of(model)
    if facts.thinking != "budget":
        return budget
    return max(facts.least_budget, min(budget, facts.most_budget))
