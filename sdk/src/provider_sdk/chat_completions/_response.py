"""A whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk._dialect import ChatCall, HttpReply
from provider_sdk._errors import ProviderResponseError
from provider_sdk._messages import ToolCall
from provider_sdk._responses import ChatResponse
from provider_sdk.chat_completions._errors import ENDED_BY_ERROR
from provider_sdk.chat_completions._fields import (
    finish_reason,
    first_reasoning,
    read_content,
    read_usage,
)
from provider_sdk.decoding import ThinkSplitter, arguments_text, call_id, text_or_none


def read_response(call: ChatCall, body: Any, reply: HttpReply) -> ChatResponse:
    """Return the answer in a decoded chat completion.

    Raises:
        ProviderResponseError: it is not a chat completion.
    """
    choice = _first_choice(body)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise ProviderResponseError("the answer holds no message")
    text, reasoning = _split(message)
    refusal = text_or_none(message.get("refusal"))
    calls = _tool_calls(message.get("tool_calls"), body.get("id"))
    raw = choice.get("finish_reason")
    if raw == "error":
        raise ProviderResponseError(ENDED_BY_ERROR)
    return ChatResponse(
        text="" if refusal else text,
        reasoning=reasoning if reasoning.strip() else None,
        refusal=refusal,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish_reason(raw) or "other",
        raw_finish_reason=None if raw is None else str(raw),
        usage=read_usage(body.get("usage")),
        model=text_or_none(body.get("model")) or call.model,
        warnings=_warnings(message),
        raw=body,
    )


def _first_choice(body: Any) -> Mapping[str, Any]:
    choices = body.get("choices") if isinstance(body, Mapping) else None
    if not isinstance(choices, list) or not choices:
        raise ProviderResponseError("the answer is no chat completion: it holds no choices")
    objects = [choice for choice in choices if isinstance(choice, Mapping)]
    if not objects:
        raise ProviderResponseError("the answer is no chat completion: its choices are not objects")
    return next((choice for choice in objects if choice.get("index") == 0), objects[0])


def _split(message: Mapping[str, Any]) -> tuple[str, str]:
    text, in_parts = read_content(message.get("content"))
    separate = first_reasoning(
        message.get("reasoning_content"),
        message.get("reasoning"),
        message.get("reasoning_text"),
        message.get("thinking"),
        message.get("reasoning_details"),
        in_parts,
    )
    splitter = ThinkSplitter()
    splitter.may_close_unopened = not separate
    first, rest = splitter.feed(text), splitter.flush()
    return first.text + rest.text, separate + first.reasoning + rest.reasoning


def _tool_calls(calls: object, answer_id: object) -> tuple[ToolCall, ...]:
    if not isinstance(calls, list):
        return ()
    return tuple(
        ToolCall.parse(
            call_id(call.get("id"), index, answer_id),
            text_or_none(call["function"].get("name")) or "",
            arguments_text(call["function"].get("arguments")),
        )
        for index, call in enumerate(calls)
        if isinstance(call, Mapping) and isinstance(call.get("function"), Mapping)
    )


def _warnings(message: Mapping[str, Any]) -> tuple[str, ...]:
    calls = message.get("tool_calls")
    custom = isinstance(calls, list) and any(
        isinstance(call, Mapping) and call.get("type") == "custom" for call in calls
    )
    legacy = isinstance(message.get("function_call"), Mapping)
    if custom or legacy:
        return ("the answer calls a tool in a form outside the contract; it is in `raw`",)
    return ()
