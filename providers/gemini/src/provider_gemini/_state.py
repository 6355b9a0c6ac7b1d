"""Sends the state of earlier answers back: signatures, thoughts, parts of the service's own tools.

A signature is valid only for the model that wrote it, so another model gets no state. See
``_parts`` for its form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import Message
from provider_sdk.decoding import list_of_mappings, mapping_or_empty, text_or_none
from provider_sdk.turn_state import StateItem, characters_of, items_of

from provider_gemini._models import short_name

UNSIGNED = "skip_thought_signature_validator"
"""Stands for the signature of a call that the asked model did not make.

Source: https://ai.google.dev/gemini-api/docs/thought-signatures
"""


def parts_of(message: Message, provider: str, model: str) -> list[StateItem]:
    """Return the parts that a message's state holds for a provider and model, in their order."""
    return [
        part
        for item in items_of(message, provider, short_name(model))
        for part in list_of_mappings(item.get("parts"))
    ]


def with_state(
    state: Sequence[StateItem], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the parts of a model's turn: its text and calls in the places of its state.

    If the text is not that of the answer any more, it stands unsigned in the place of the first; if
    the calls are not, they follow unsigned.
    """
    if sum(_is_call(part) for part in state) != len(calls):
        own = [dict(part) for part in state if not _is_call(part) and not _is_text(part)]
        return [*own, *text_parts(text), *calls]
    lengths = [characters_of(part) for part in state if _is_text(part)]
    if sum(lengths) != len(text):
        return _with_other_text(state, text, calls)
    parts: list[dict[str, Any]] = []
    begin, rest = 0, iter(calls)
    for part in state:
        if _is_text(part):
            end = begin + characters_of(part)
            more = {name: value for name, value in part.items() if name != "characters"}
            parts += [{"text": text[begin:end], **more}] if more or end > begin else []
            begin = end
        else:
            parts.append(_signed_call(part, next(rest)) if _is_call(part) else dict(part))
    return parts


def text_parts(text: str) -> list[dict[str, Any]]:
    """Return a part of text, or none: the service rejects empty ones."""
    return [{"text": text}] if text else []


def without_unsent_ids(state: Sequence[StateItem], ids: Sequence[str]) -> list[str]:
    """Return the ids of a turn's calls, ``""`` for those that the service sent without one."""
    lack_id = [_lacks(part, "id") for part in state if _is_call(part)]
    if len(lack_id) != len(ids):
        return list(ids)
    return ["" if lacks else id for id, lacks in zip(ids, lack_id, strict=True)]


def own_signature(message: Message, provider: str) -> str | None:
    """Return the signature of the first call in a caller's own dict.

    Google's service for chat completions sends it as ``extra_content`` of the call. Of the calls of
    one turn, only the first is signed.
    """
    first = message.tool_calls[0].id
    for item in items_of(message, provider):
        for call in list_of_mappings(item.get("tool_calls")):
            google = mapping_or_empty(mapping_or_empty(call.get("extra_content")).get("google"))
            if call.get("id") == first:
                return text_or_none(google.get("thought_signature"))
    return None


def _with_other_text(
    state: Sequence[StateItem], text: str, calls: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    waiting, rest = text_parts(text), iter(calls)
    for part in state:
        if _is_text(part) or _is_call(part):
            parts += waiting
            waiting = []
        if _is_call(part):
            parts.append(_signed_call(part, next(rest)))
        elif not _is_text(part):
            parts.append(dict(part))
    return [*parts, *waiting]


def _signed_call(part: StateItem, call: dict[str, Any]) -> dict[str, Any]:
    own = dict(call["functionCall"])
    if _lacks(part, "args") and not own["args"]:
        del own["args"]  # as it came
    kept = {name: value for name, value in part["functionCall"].items() if value is not None}
    return {**call, **part, "functionCall": {**kept, **own}}


def _lacks(part: StateItem, name: str) -> bool:
    call = part["functionCall"]
    return name in call and call[name] is None


def _is_call(part: StateItem) -> bool:
    return isinstance(part.get("functionCall"), Mapping)


def _is_text(part: StateItem) -> bool:
    return "characters" in part
