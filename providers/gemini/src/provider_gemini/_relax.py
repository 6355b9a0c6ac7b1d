"""Changes a call where the caller did not ask for what the service rejects.

That is the form and the level of thinking, the form of schemas, and the signatures and ids of
earlier answers.
"""

from __future__ import annotations

import re
from dataclasses import replace

from provider_sdk import ChatCall
from provider_sdk.turn_state import without_state

from provider_gemini._models import short_name
from provider_gemini._thinking import form_of, level_of

_REJECTED = r"(not supported|unsupported|cannot find field|not available|invalid)"
_MISSING_SIGNATURE = re.compile(r"missing an? `?thought_?signature", re.IGNORECASE)
_REJECTED_SIGNATURE = re.compile(
    rf"thought[_ ]?signature\b.{{0,80}}(not valid|{_REJECTED}|corrupt)"
    r"|(corrupted|invalid) thought[_ ]?signature",
    re.IGNORECASE,
)
_REJECTED_ID = re.compile(r"unknown name \W?id\b.{0,80}function_?(call|response)", re.IGNORECASE)
_REJECTED_SCHEMAS = re.compile(
    r"(unknown|unrecognized|unexpected|unsupported)\b.{0,20}"
    r"(parameters_?json_?schema|response_?json_?schema)",
    re.IGNORECASE,
)
_LEVEL = r"\b(MINIMAL|LOW|MEDIUM|HIGH|XHIGH)\b"
_REJECTED_LEVEL = re.compile(
    rf"thinking[_ ]?level\W{{1,3}}{_LEVEL}\W{{1,3}}(is )?{_REJECTED}"
    rf"|invalid value at [^,]{{0,80}}thinking_?level\W[^,]{{0,80}}?{_LEVEL}",
    re.IGNORECASE,
)
_REJECTED_LEVELS = re.compile(rf"thinking[_ ]?level\b.{{0,100}}{_REJECTED}", re.IGNORECASE)
_REJECTED_BUDGET = re.compile(rf"thinking[_ ]?budget\b.{{0,100}}{_REJECTED}", re.IGNORECASE)
_OTHER_LEVELS = {"MINIMAL": "LOW", "LOW": "MINIMAL", "MEDIUM": "HIGH", "XHIGH": "HIGH"}
_READ_CHARACTERS = 1000


def relaxed(call: ChatCall, said: str) -> ChatCall | None:
    """Return the call to try after a rejection, ``None`` to raise it.

    Args:
        call: the rejected call.
        said: why it was rejected.
    """
    said = said[:_READ_CHARACTERS]
    if _MISSING_SIGNATURE.search(said) and not call.learned.get("signs_calls"):
        return _learning(call, signs_calls=True)
    if _REJECTED_SIGNATURE.search(said):
        return without_state(call, short_name(call.model))
    if _REJECTED_ID.search(said) and not call.learned.get("omits_ids"):
        return _learning(call, omits_ids=True)
    if _REJECTED_SCHEMAS.search(said) and not call.learned.get("openapi_schemas"):
        return _learning(call, openapi_schemas=True)
    if call.options.get("reasoning_effort") in (None, "none"):
        return None
    return _with_other_thinking(call, said)


def _with_other_thinking(call: ChatCall, said: str) -> ChatCall | None:
    form = form_of(call)
    if form == "level" and (found := _REJECTED_LEVEL.search(said)):
        level = level_of(call)
        other = _OTHER_LEVELS.get(level)
        levels = call.learned.get("levels", {})
        if str(found[1] or found[4]).upper() != level or other is None or other in levels:
            return None
        note = f"thinking at level {level} became {other}: {call.model} does not have it"
        return _learning(call, note, levels={**levels, level: other})
    if form == "level" and _REJECTED_LEVELS.search(said) and "thinking" not in call.learned:
        return _learning(call, thinking="budget")
    if form == "budget" and _REJECTED_BUDGET.search(said) and "thinking" not in call.learned:
        return _learning(call, thinking="level")
    return None


def _learning(call: ChatCall, *notes: str, **learned: object) -> ChatCall:
    return replace(call, learned={**call.learned, **learned}, notes=(*call.notes, *notes))
