"""Changes a call where the caller did not ask for what the service rejects.

That is the name of the field that limits the answer, the request to send no padding, and sampling
options, which the contract lets a provider drop with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from provider_sdk import ChatCall

from provider_openai._chat_models import LIMITS
from provider_openai._chat_request import limit_field, without

_READ_CHARACTERS = 1000
_UNKNOWN = (
    r"(un(supported|known|expected|recognized)|incompatible|extra.?(forbidden|inputs)"
    r"|not (be )?(supported|permitted|allowed|accepted|recognized))"
)
_REJECTED_LIMIT = {
    name: re.compile(
        rf"{_UNKNOWN}\b.{{0,60}}\b{name}\b|\b{name}\b.{{0,60}}\b{_UNKNOWN}"
        rf"|use ['\"`]?{other}\b.{{0,20}}\binstead"
        # How the SDK adds a field to a message that does not name it.
        rf"|{_UNKNOWN}.{{0,300}}The service names [^.]{{0,60}}\b{name}\b",
        re.IGNORECASE | re.DOTALL,
    )
    for name, other in (LIMITS, LIMITS[::-1])
}
_REJECTED_SAMPLING = re.compile(
    rf"{_UNKNOWN}|does not support|only the default|(is|are) fixed at", re.IGNORECASE
)
_NAMED = re.compile(r"\b(temperature|top_p)\b")


def relaxed(call: ChatCall, said: str, *, own: bool) -> ChatCall | None:
    """Return the call to try after a rejection, ``None`` if this is no reason for another.

    Args:
        call: the rejected call.
        said: why it was rejected.
        own: whether the service is OpenAI's own.
    """
    said = said[:_READ_CHARACTERS]
    if other := _other_limit(call, said, own=own):
        return replace(call, learned={**call.learned, "limit": other})
    if "include_obfuscation" in said and own and call.stream and "padded" not in call.learned:
        return replace(call, learned={**call.learned, "padded": True})
    rejected = _rejected_sampling(said) & call.options.keys()
    return forbidding(call, rejected) if rejected else None


def forbidding(call: ChatCall, names: frozenset[str]) -> ChatCall:
    """Return the call without sampling options, which its model turned out to reject."""
    known: frozenset[str] = call.learned.get("forbidden", frozenset())
    return without(replace(call, learned={**call.learned, "forbidden": known | names}), names)


def with_learned(call: ChatCall, learned: Mapping[str, Any]) -> ChatCall:
    """Return the call with what earlier rejections taught."""
    if not learned:
        return call
    known = replace(call, learned={**learned, **call.learned})
    return without(known, known.learned.get("forbidden", ()))


def _other_limit(call: ChatCall, said: str, *, own: bool) -> str | None:
    """Return the other name for the limit, if the one that was sent is rejected as such."""
    extra = call.options.get("extra_body") or {}
    if "max_tokens" not in call.options or "limit" in call.learned or extra.keys() & set(LIMITS):
        return None
    sent = limit_field(call, own=own)
    if not _REJECTED_LIMIT[sent].search(said):
        return None
    return LIMITS[1 - LIMITS.index(sent)]


def _rejected_sampling(said: str) -> frozenset[str]:
    return frozenset(_NAMED.findall(said)) if _REJECTED_SAMPLING.search(said) else frozenset()
