"""Reads a whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk._aggregate import missing_calls
from provider_sdk._dialect import ChatCall
from provider_sdk._errors import ProviderResponseError
from provider_sdk._responses import ChatResponse
from provider_sdk.chat_completions._fields import (
    Content,
    first_reasoning,
    groq_usage,
    read_content,
    read_usage,
)
from provider_sdk.chat_completions._finish import finish_reason
from provider_sdk.chat_completions._state import state_of
from provider_sdk.chat_completions._tool_calls import (
    OUTSIDE_CONTRACT,
    fragments_of,
    whole_calls,
)
from provider_sdk.decoding import ThinkSplitter, text_or_none


def read_response(
    call: ChatCall,
    choice: Mapping[str, Any],
    body: Mapping[str, Any],
    *,
    served_by: str | None = None,
    request_id: str | None = None,
) -> ChatResponse:
    """Return the answer in a choice of a decoded chat completion.

    Args:
        call: the call.
        choice: the choice.
        body: the whole chat completion.
        served_by: the back end that answered.
        request_id: the service's id of the exchange.

    Raises:
        ProviderResponseError: it holds no message.
    """
    message = _message(choice)
    content = _split(message)
    calls, extras = whole_calls(message.get("tool_calls"), body.get("id"))
    state = state_of(message, call.model, extras, bool(calls))
    raw = choice.get("finish_reason")
    finish = finish_reason(raw)
    return ChatResponse(
        text="" if content.refusal else content.text,
        reasoning=content.reasoning if content.reasoning.strip() else None,
        refusal=content.refusal or None,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish or "other",
        raw_finish_reason=None if finish is None else str(raw),
        usage=read_usage(
            body.get("usage"),
            choice.get("usage"),
            message.get("usage"),
            groq_usage(body.get("x_groq")),
        ),
        model=text_or_none(body.get("model")) or call.model,
        served_by=served_by,
        request_id=request_id,
        warnings=(*_warnings(message), *missing_calls(finish, calls)),
        provider_data={call.provider: [state]} if state and call.provider else {},
        raw=body,
    )


def first_choice(body: Any) -> Mapping[str, Any]:
    """Return the choice that is read.

    Raises:
        ProviderResponseError: the reply has no choice.
    """
    choices = body.get("choices") if isinstance(body, Mapping) else None
    if not isinstance(choices, list) or not choices:
        raise ProviderResponseError("the answer is not a chat completion: it holds no choices")
    first: Mapping[str, Any] = choices[0]
    if type(first) is dict and first.get("index") == 0:
        return first  # as in nearly every answer
    objects = [choice for choice in choices if isinstance(choice, Mapping)]
    if not objects:
        raise ProviderResponseError(
            "the answer is not a chat completion: its choices are not objects"
        )
    return next((choice for choice in objects if choice.get("index") == 0), objects[0])


def _message(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the message of a choice; servers of the older completions send its text alone."""
    if isinstance(message := choice.get("message"), Mapping):
        return message
    if isinstance(text := choice.get("text"), str):
        return {"content": text}
    raise ProviderResponseError("the answer holds no message")


def _split(message: Mapping[str, Any]) -> Content:
    content = read_content(message.get("content"))
    separate = first_reasoning(
        message.get("reasoning_content"),
        message.get("reasoning"),
        message.get("reasoning_text"),
        message.get("thinking"),
        message.get("reasoning_details"),
        content.reasoning,
    )
    refusal = text_or_none(message.get("refusal")) or content.refusal
    if "<" not in content.text:  # no tag to split at
        return Content(content.text, separate, refusal)
    splitter = ThinkSplitter()
    splitter.may_close_unopened = not separate
    first, rest = splitter.feed(content.text), splitter.flush()
    return Content(first.text + rest.text, separate + first.reasoning + rest.reasoning, refusal)


def _warnings(message: Mapping[str, Any]) -> tuple[str, ...]:
    calls = message.get("tool_calls")
    custom = calls and any(call.get("type") == "custom" for call in fragments_of(calls))
    if custom or isinstance(message.get("function_call"), Mapping):
        return (f"{OUTSIDE_CONTRACT}; it is in `raw`",)
    return ()
