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
from provider_sdk.turn_state import without_state

from provider_openai._requests import left_out_of

_OWN = {
    "include": re.compile(r"\binclude\b|encrypted.?content is not supported", re.IGNORECASE),
    "summary": re.compile(r"reasoning.{1,3}summar|\bsummary\b", re.IGNORECASE),
    "stream_options": re.compile(r"stream_options|include_obfuscation", re.IGNORECASE),
    "strict": re.compile(r"\bstrict\b", re.IGNORECASE),
}
_REFUSED = re.compile(
    r"un(supported|known|expected|recogni[sz]ed)|not (be )?(supported|permitted|allowed|available)"
    r"|extra.?(forbidden|inputs|fields)|additional propert|must be verified"
    r"|invalid (value|parameter|field|argument|type)",
    re.IGNORECASE,
)
_SAMPLING_OPTIONS = frozenset({"temperature", "top_p"})
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
    if found := _SAMPLING.search(said):
        reduced = without_rejected(_leaving_out(call, found[1].lower()))
        return reduced if reduced.options != call.options else None
    if _REFUSED.search(said) and (name := _own(call, said)):
        return _leaving_out(call, name)
    return without_state(call) if _STATE.search(said) else None


def without_rejected(call: ChatCall) -> ChatCall:
    """Return the call without sampling options that its model rejected when it reasoned."""
    if call.options.get("reasoning_effort") == "none":
        return call
    names = sorted(_SAMPLING_OPTIONS & left_out_of(call) & call.options.keys())
    kept = {name: value for name, value in call.options.items() if name not in names}
    notes = [f"{name} was dropped: {call.model} does not accept it" for name in names]
    return replace(call, options=cast("ChatOptions", kept), notes=(*call.notes, *notes))


def _leaving_out(call: ChatCall, name: str) -> ChatCall:
    return replace(call, learned={**call.learned, "left_out": left_out_of(call) | {name}})


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
