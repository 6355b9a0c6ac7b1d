"""Why an answer ended, in the contract's terms.

Source: https://ai.google.dev/api/generate-content (FinishReason, BlockReason). Services that are
asked for ``enum-encoding=int`` send numbers; they are those of
https://github.com/googleapis/googleapis/blob/master/google/ai/generativelanguage/v1beta/generative_service.proto
"""

from __future__ import annotations

from collections.abc import Mapping

from provider_sdk import FinishReason
from provider_sdk.decoding import mapping_or_empty, text_or_none

_UNSPECIFIED = ("", "FINISH_REASON_UNSPECIFIED", "BLOCK_REASON_UNSPECIFIED")
_FINISH: Mapping[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "JAILBREAK": "content_filter",
}
_NUMBERS: Mapping[int, str] = {
    1: "STOP",
    2: "MAX_TOKENS",
    3: "SAFETY",
    4: "RECITATION",
    5: "OTHER",
    6: "LANGUAGE",
    7: "BLOCKLIST",
    8: "PROHIBITED_CONTENT",
    9: "SPII",
    10: "MALFORMED_FUNCTION_CALL",
    11: "IMAGE_SAFETY",
}
_BLOCK_NUMBERS: Mapping[int, str] = {
    1: "SAFETY",
    2: "OTHER",
    3: "BLOCKLIST",
    4: "PROHIBITED_CONTENT",
    5: "IMAGE_SAFETY",
}
# What the model wrote cannot be used; asked again, it mostly writes something better.
_BROKEN = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "UNEXPECTED_TOOL_CALL",
        "MISSING_THOUGHT_SIGNATURE",
    }
)
_OF_CALLS = "Model generated function call(s)."


def finish_reason(raw: object) -> FinishReason | None:
    """Return the contract's finish reason, ``None`` for none, ``other`` for an unknown one."""
    word = _word(raw, _NUMBERS)
    return _FINISH.get(word, "other") if word is not None else None


def broken_end(raw: object, message: object) -> str | None:
    """Return what to say of an answer that cannot be used, ``None`` if its end says no such thing.

    Args:
        raw: the finish reason.
        message: what the service says of it.
    """
    word = _word(raw, _NUMBERS)
    if word not in _BROKEN:
        return None
    said = text_or_none(message)
    return f"the service ended its answer with {word}{f': {said}' if said else ''}"


def remark(raw: object, message: object) -> str | None:
    """Return what the service says of the end, if that is more than the finish reason says."""
    said = text_or_none(message)
    if said is None or said == _OF_CALLS or finish_reason(raw) in ("stop", None):
        return None
    return f"the service says of the end of its answer: {said}"


def block_reason(feedback: object) -> str | None:
    """Return why the service blocked a prompt, as it was sent; ``None`` if it did not."""
    raw = mapping_or_empty(feedback).get("blockReason")
    return None if _word(raw, _BLOCK_NUMBERS) is None else str(raw)


def block_message(feedback: object) -> str:
    """Return what the service says of a prompt that it blocked."""
    found = mapping_or_empty(feedback)
    if said := text_or_none(found.get("blockReasonMessage")):
        return said
    return f"The service blocked the prompt ({_word(found.get('blockReason'), _BLOCK_NUMBERS)})."


def _word(raw: object, numbers: Mapping[int, str]) -> str | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return numbers.get(raw, str(raw)) if raw else None
    return raw if isinstance(raw, str) and raw not in _UNSPECIFIED else None
