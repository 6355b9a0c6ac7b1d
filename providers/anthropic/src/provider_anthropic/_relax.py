"""Changes a call where the caller did not ask for what the service rejects.

That is the ``max_tokens`` that the service demands, the form of thinking, the state of earlier
answers, and sampling options of which a model accepts only one, or none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from provider_sdk import ChatCall, ChatOptions
from provider_sdk.decoding import mapping_or_empty, number_or_none
from provider_sdk.turn_state import without_state

from provider_anthropic._models import Thinking, facts_of
from provider_anthropic._names import read_name
from provider_anthropic._requests import LEAST_BUDGET, thinking_of

_MODEL_LIMIT = re.compile(r"max_tokens: (\d{1,9}) > (\d{1,9})")
_CONTEXT_LIMIT = re.compile(r"context limit: (\d{1,9}) \+ (\d{1,9}) > (\d{1,9})")
_REJECTED_STATE = re.compile(
    r"signature|thinking.{0,80}cannot be modified"
    r"|messages\.\d+\.content\.\d+.{0,80}extra inputs are not permitted",
    re.IGNORECASE,
)
_MISSING_STATE = re.compile(r"expected `?(redacted_)?thinking`?", re.IGNORECASE)
_BOTH_SAMPLING = re.compile(r"`?temperature`? and `?top_p`? cannot both", re.IGNORECASE)
_REJECTED_SAMPLING = re.compile(
    r"\b(temperature|top_p)\b.{0,40}"
    r"(deprecated|not supported|unsupported|not permitted|may only be|must be .{0,40}thinking)",
    re.IGNORECASE,
)
_REJECTED = (
    r"(not (be )?(supported|available|allowed|permitted|enabled)|unsupported|does not match)"
)
_REJECTED_BUDGET = re.compile(
    rf"(thinking\.type\.|['\"`])enabled['\"`]?[^.]{{0,60}}{_REJECTED}"
    rf"|budget_tokens\b[^.]{{0,60}}({_REJECTED}|deprecated|removed)",
    re.IGNORECASE,
)
_REJECTED_ADAPTIVE = re.compile(
    rf"\badaptive\b[^.]{{0,60}}{_REJECTED}"
    r"|(not support|unsupported|unknown|invalid)[^.]{0,40}\badaptive\b"
    r"|not support (the )?(`?output_config\.)?`?effort`?\b"
    r"|\beffort: extra inputs|\beffort parameter is not|output_config: extra inputs",
    re.IGNORECASE,
)
_LEAST_TOP_P = 0.95
_READ_CHARACTERS = 1000

NO_THINKING = (
    "reasoning_effort was dropped: the conversation has a tool call without the thinking before it"
)
_FORMS = {"adaptive": "adaptive thinking", "budget": "a budget for thinking"}


def relaxed(call: ChatCall, said: str) -> ChatCall | None:
    """Return the call to try after a rejection, ``None`` to raise it.

    Args:
        call: the rejected call.
        said: why it was rejected.
    """
    said = said[:_READ_CHARACTERS]
    extra = call.options.get("extra_body") or {}
    if limit := _limit(said):
        is_ours = "max_tokens" not in call.options and "max_tokens" not in extra
        return _with_limit(call, limit) if is_ours else None
    if dropped := _rejected_sampling(said) & call.options.keys():
        return _without(call, dropped, "does not accept it")
    thinks = call.options.get("reasoning_effort") not in (None, "none")
    if thinks and _MISSING_STATE.search(said):
        options = cast("ChatOptions", {**call.options, "reasoning_effort": "none"})
        return replace(call, options=options, notes=(*call.notes, NO_THINKING))
    if thinks and (other := _other_thinking(call, said)):
        return other
    return without_state(call) if _REJECTED_STATE.search(said) else None


def without_sampling(call: ChatCall) -> ChatCall:
    """Return the call without sampling options that Claude does not accept while it thinks."""
    if read_name(call.model) is None or thinking_of(call) == "none":
        return call
    options = call.options
    dropped = {"temperature"} if options.get("temperature") not in (None, 1) else set()
    if (options.get("top_p") or 1) < _LEAST_TOP_P:
        dropped.add("top_p")
    return _without(call, dropped, "does not accept it while it thinks") if dropped else call


def _rejected_sampling(said: str) -> set[str]:
    if _BOTH_SAMPLING.search(said):
        return {"top_p"}
    found = _REJECTED_SAMPLING.search(said)
    return {found[1].lower()} if found else set()


def _without(call: ChatCall, names: set[str], why: str) -> ChatCall:
    kept = {name: value for name, value in call.options.items() if name not in names}
    notes = (f"{name} was dropped: {call.model} {why}" for name in sorted(names))
    return replace(call, options=cast("ChatOptions", kept), notes=(*call.notes, *notes))


def _limit(said: str) -> int | None:
    if found := _MODEL_LIMIT.search(said):
        return int(found[2])
    if found := _CONTEXT_LIMIT.search(said):
        return max(0, int(found[3]) - int(found[1])) or None
    return None


def _with_limit(call: ChatCall, limit: int) -> ChatCall | None:
    if limit >= _chosen_limit(call) or limit <= _least_thinking(call):
        return None
    return replace(call, learned={**call.learned, "max_tokens": limit})


def _chosen_limit(call: ChatCall) -> int:
    chosen: int = call.learned.get("max_tokens") or facts_of(call.model).max_tokens
    return chosen


def _least_thinking(call: ChatCall) -> int:
    """Return the tokens that the call thinks at least: a limit must leave room for more."""
    own = mapping_or_empty((call.options.get("extra_body") or {}).get("thinking"))
    budget = number_or_none(own.get("budget_tokens"))
    if budget is not None:
        return int(budget)
    return LEAST_BUDGET if thinking_of(call) == "budget" else 0


def _other_thinking(call: ChatCall, said: str) -> ChatCall | None:
    """Return the call with the other form of thinking, if the service rejects the one it has."""
    asked = mapping_or_empty((call.options.get("extra_body") or {}).get("thinking")).get("type")
    if asked is not None or "thinking" in call.learned:
        return None
    form = thinking_of(call)
    other: Thinking = "budget" if form == "adaptive" else "adaptive"
    rejected = _REJECTED_ADAPTIVE if form == "adaptive" else _REJECTED_BUDGET
    most = call.options.get("max_tokens") or _chosen_limit(call)
    if not rejected.search(said) or (other == "budget" and most <= LEAST_BUDGET):
        return None
    note = f"{_FORMS[form]} was replaced by {_FORMS[other]}: {call.model} does not accept it"
    return replace(call, learned={**call.learned, "thinking": other}, notes=(*call.notes, note))
