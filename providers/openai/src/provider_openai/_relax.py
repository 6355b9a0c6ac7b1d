"""Changes a call where the caller did not ask for what the service rejects.

That is what the package sends by itself (encrypted reasoning, its summary, streams without padding,
``strict``), the state of earlier answers, and sampling options that a reasoning model rejects.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from provider_sdk import ChatCall, ChatOptions, ContextLengthError, ProviderError
from provider_sdk.decoding import mapping_or_empty

from provider_openai._requests import left_out_of
from provider_openai._state import without_state

_OWN = {
    "include": re.compile(r"\binclude\b|encrypted.?content is not supported", re.IGNORECASE),
    "summary": re.compile(r"reasoning.{1,3}summar|\bsummary\b", re.IGNORECASE),
    "stream_options": re.compile(r"stream_options|include_obfuscation", re.IGNORECASE),
    "strict": re.compile(r"\bstrict\b", re.IGNORECASE),
}
_REFUSED = re.compile(
    r"un(supported|known|expected|recogni[sz]ed)|not (be )?(supported|permitted|allowed|available)"
    r"|extra.?(forbidden|inputs|fields)|must be verified|invalid|additional propert",
    re.IGNORECASE,
)
_SUGGESTION = re.compile(r"did you mean.*", re.IGNORECASE | re.DOTALL)
_SAMPLING = re.compile(r"\b(temperature|top_p)\b.{0,40}not supported", re.IGNORECASE)
_STATE = re.compile(
    r"\breasoning\b|encrypted|\bitem\b|\binput\b|['\"\[.]content\b|summary", re.IGNORECASE
)
_READ_CHARACTERS = 1000


def relaxed(call: ChatCall, error: ProviderError) -> ChatCall | None:
    """Return the call to try after a rejection, ``None`` to raise it."""
    if isinstance(error, ContextLengthError):
        return None
    said = _SUGGESTION.sub("", str(error)[:_READ_CHARACTERS])
    if (found := _SAMPLING.search(said)) and found[1].lower() in call.options:
        return _without_option(call, found[1].lower())
    if _REFUSED.search(said) and (name := _own(call, said)):
        names = left_out_of(call) | {name}
        return replace(call, learned={**call.learned, "left_out": names})
    return without_state(call) if _STATE.search(said) else None


def _own(call: ChatCall, said: str) -> str | None:
    """Return what the package sends by itself and the service rejects, if it is not asked for."""
    sent = {name for name in _OWN if name not in left_out_of(call)}
    if not call.stream:
        sent.discard("stream_options")
    if call.options.get("reasoning_effort") in (None, "none"):
        sent.discard("summary")
    if not (call.options.get("tools") or call.options.get("response_format")):
        sent.discard("strict")
    extra = call.options.get("extra_body") or {}
    sent -= extra.keys()
    if "summary" in mapping_or_empty(extra.get("reasoning")):
        sent.discard("summary")
    return next((name for name in _OWN if name in sent and _OWN[name].search(said)), None)


def _without_option(call: ChatCall, name: str) -> ChatCall:
    kept = {other: value for other, value in call.options.items() if other != name}
    note = f"{name} was dropped: {call.model} does not accept it"
    return replace(call, options=cast("ChatOptions", kept), notes=(*call.notes, note))
