"""Reads whole answers, and what they have in common with the end of streamed ones.

Source: https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    ChatCall,
    ChatResponse,
    FinishReason,
    HttpReply,
    ProviderResponseError,
    ToolCall,
    Usage,
)
from provider_sdk.decoding import (
    arguments_text,
    call_id,
    json_reply,
    list_of_mappings,
    mapping_or_empty,
    missing_calls,
    text_or_none,
    token_count,
)

from provider_cohere._errors import error_despite_success, failed_answer
from provider_cohere._state import State

_FINISH: Mapping[str, FinishReason] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
}


def read_response(call: ChatCall, reply: HttpReply) -> ChatResponse:
    """Return the answer in a reply. It never names the model, so that is the one asked.

    Raises:
        ProviderResponseError: the body is not an answer.
        ProviderError: it reports an error, or that the answer failed.
    """
    body = json_reply(reply)
    fields = mapping_or_empty(body)
    message = fields.get("message")
    if error := error_despite_success(fields):
        raise error
    finish, word = read_finish(fields.get("finish_reason"))
    if not isinstance(message, Mapping) or not (message.get("content") or word):
        raise ProviderResponseError("the answer holds no message")
    if error := failed_answer(word or "", None):
        error.request_id = text_or_none(fields.get("id"))
        raise error
    parts = list_of_mappings(message.get("content"))
    state = State(_joined(parts, "thinking"), text_or_none(message.get("tool_plan")) or "")
    calls = _read_calls(message, fields.get("id"))
    item = state.item(call.model)
    return ChatResponse(
        text=_joined(parts, "text"),
        reasoning=state.plan + state.thinking or None,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish,
        raw_finish_reason=word,
        usage=read_usage(fields.get("usage")),
        model=call.model,
        request_id=text_or_none(fields.get("id")),
        warnings=missing_calls(finish, calls),
        provider_data={call.provider: [item]} if item and call.provider else {},
        raw=body,
    )


def read_finish(word: object) -> tuple[FinishReason, str | None]:
    """Return the finish reason, and the service's own word for it if it sent one."""
    text = text_or_none(word)
    return _FINISH.get(text or "", "other"), text


def read_usage(usage: object) -> Usage | None:
    """Return the token counts, ``None`` if none was sent.

    The units that are billed are others: they leave out what the service adds to the prompt.
    """
    found = mapping_or_empty(usage)
    tokens = mapping_or_empty(found.get("tokens"))
    counts = Usage(
        token_count(tokens.get("input_tokens")),
        token_count(tokens.get("output_tokens")),
        cached_tokens=token_count(found.get("cached_tokens")),
        reasoning_tokens=token_count(tokens.get("reasoning_tokens")),
    )
    return None if counts == Usage() else counts


def _joined(parts: list[Mapping[str, Any]], kind: str) -> str:
    texts = (part.get(kind) for part in parts if part.get("type") == kind)
    return "".join(text for text in texts if isinstance(text, str))


def _read_calls(message: Mapping[str, Any], answer_id: object) -> list[ToolCall]:
    return [
        ToolCall.parse(
            call_id(call.get("id"), index, answer_id),
            text_or_none(function.get("name")) or "",
            arguments_text(function.get("arguments")),
        )
        for index, call in enumerate(list_of_mappings(message.get("tool_calls")))
        if (function := mapping_or_empty(call.get("function")))
    ]
