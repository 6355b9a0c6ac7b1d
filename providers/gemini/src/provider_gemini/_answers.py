"""Reads a whole answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from provider_sdk import ChatCall, ChatResponse, Delta, ProviderResponseError, ToolCall
from provider_sdk.decoding import missing_calls, text_or_none

from provider_gemini._finish import (
    block_message,
    block_reason,
    broken_end,
    finish_reason,
    remark,
)
from provider_gemini._models import short_name
from provider_gemini._parts import Parts
from provider_gemini._usage import UsageReader
from provider_gemini._wire import WireCandidate, WireChunk

_HINT = "Ask again, or change the request."


def read_answer(call: ChatCall, body: Any) -> ChatResponse:
    """Return the answer in a decoded body, which may also be a list of the chunks of one.

    Raises:
        ProviderResponseError: it is not an answer, or one that cannot be used.
    """
    chunks = _chunks(body)
    parts, usage, candidate = Parts(), UsageReader(), WireCandidate()
    parts.answer_id = next(filter(None, (text_or_none(c.response_id) for c in chunks)), None)
    deltas = []
    for chunk in chunks:
        if chunk.usage_metadata is not None:
            usage.take(chunk.usage_metadata)
        if (found := first_candidate(chunk)) is not None:
            candidate = found
            deltas.append(parts.add(found.content))
    deltas.append(parts.finish())
    raw, blocked = candidate.finish_reason, _blocked(chunks)
    if problem := broken_end(raw, candidate.finish_message):
        raise ProviderResponseError(problem, hint=_HINT)
    calls = _calls(deltas)
    text = "".join(delta.text for delta in deltas)
    reasoning = "".join(delta.reasoning for delta in deltas)
    refusal = block_message(blocked) if blocked is not None and not (text or calls) else None
    finish = "refusal" if refusal else finish_reason(raw)
    said = block_reason(blocked) if refusal else None if finish is None else str(raw)
    state = None if refusal or not call.provider else parts.state(short_name(call.model))
    remarks = [delta.warning for delta in deltas] + [remark(raw, candidate.finish_message)]
    return ChatResponse(
        text=text,
        reasoning=reasoning if reasoning.strip() else None,
        refusal=refusal,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish or "other",
        raw_finish_reason=said,
        request_id=text_or_none(parts.answer_id),
        usage=usage.usage(),
        model=next(filter(None, (text_or_none(c.model_version) for c in chunks)), call.model),
        warnings=(*dict.fromkeys(filter(None, remarks)), *missing_calls(finish, calls)),
        provider_data={call.provider: [state]} if state else {},
        raw=body,
    )


def first_candidate(chunk: WireChunk) -> WireCandidate | None:
    """Return the first of the answers in a chunk, ``None`` if it holds none of it.

    Further ones come only if a caller's own field asks for them.
    """
    for candidate in chunk.candidates or ():
        if not candidate.index:
            return candidate
    return None


def _calls(deltas: Iterable[Delta]) -> tuple[ToolCall, ...]:
    found: dict[int, tuple[str, str, str]] = {}
    for made in (each for delta in deltas for each in delta.tool_calls):
        # The arguments come with the name, or alone after it.
        id, name, _ = found.get(made.index, (made.id or "", made.name or "", ""))
        found[made.index] = (id, name, made.arguments_text)
    return tuple(ToolCall.parse(*call) for call in found.values())


def _chunks(body: Any) -> list[WireChunk]:
    try:
        found = msgspec.convert(body if isinstance(body, list) else [body], list[WireChunk])
    except msgspec.ValidationError as error:
        problem = str(error)
    else:
        if any(chunk.candidates or block_reason(chunk.prompt_feedback) for chunk in found):
            return found
        problem = "it holds no candidate"
    raise ProviderResponseError(f"the answer is not one of generateContent: {problem}")


def _blocked(chunks: list[WireChunk]) -> Any:
    found = (c.prompt_feedback for c in chunks if block_reason(c.prompt_feedback) is not None)
    return next(found, None)
