"""Changes a rejected call where the rejection concerns what the caller did not ask for.

That is the ``max_tokens`` that the service demands, the state of earlier answers, and sampling
options of which a model accepts only one, or none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from provider_sdk import ChatCall, ChatOptions

from provider_anthropic._state import without_state

_MODEL_LIMIT = re.compile(r"max_tokens: (\d{1,9}) > (\d{1,9})")
_CONTEXT_LIMIT = re.compile(r"context limit: (\d{1,9}) \+ (\d{1,9}) > (\d{1,9})")
_REJECTED_STATE = re.compile(r"signature|thinking.{0,80}cannot be modified", re.IGNORECASE)
_MISSING_STATE = re.compile(r"expected `?(redacted_)?thinking`?", re.IGNORECASE)
_BOTH_SAMPLING = re.compile(r"`?temperature`? and `?top_p`? cannot both", re.IGNORECASE)
_REJECTED_SAMPLING = re.compile(
    r"\b(temperature|top_p)\b.{0,40}(deprecated|not supported|unsupported|not permitted)",
    re.IGNORECASE,
)
_READ_CHARACTERS = 1000

NO_THINKING = (
    "reasoning_effort was dropped: the conversation has a tool call without the thinking before it"
)


def relaxed(call: ChatCall, said: str) -> ChatCall | None:
    """Return the call to try after a rejection, ``None`` to raise it.

    Args:
        call: the rejected call.
        said: why it was rejected.
    """
    said = said[:_READ_CHARACTERS]
    extra = call.options.get("extra_body") or {}
    is_ours = "max_tokens" not in call.options and "max_tokens" not in extra
    if is_ours and (limit := _limit(said)):
        return _with(call, max_tokens=limit)
    if dropped := _rejected_sampling(said) & call.options.keys():
        return _without(call, dropped)
    thinks = call.options.get("reasoning_effort") not in (None, "none")
    if thinks and _MISSING_STATE.search(said):
        return replace(_with(call, reasoning_effort="none"), notes=(*call.notes, NO_THINKING))
    return without_state(call) if _REJECTED_STATE.search(said) else None


def _rejected_sampling(said: str) -> set[str]:
    if _BOTH_SAMPLING.search(said):
        return {"top_p"}
    found = _REJECTED_SAMPLING.search(said)
    return {found[1].lower()} if found else set()


def _without(call: ChatCall, names: set[str]) -> ChatCall:
    kept = {name: value for name, value in call.options.items() if name not in names}
    notes = (f"{name} was dropped: {call.model} does not accept it" for name in sorted(names))
    return replace(call, options=cast("ChatOptions", kept), notes=(*call.notes, *notes))


def _limit(said: str) -> int | None:
    if found := _MODEL_LIMIT.search(said):
        return int(found[2])
    if found := _CONTEXT_LIMIT.search(said):
        return max(0, int(found[3]) - int(found[1])) or None
    return None


def _with(call: ChatCall, **options: object) -> ChatCall:
    return replace(call, options=cast("ChatOptions", {**call.options, **options}))
