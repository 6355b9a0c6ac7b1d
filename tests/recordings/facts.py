"""From recorded facts to what the contract makes of them: every difference of convention.

The facts say what stands on the wire. The contract sorts some of it otherwise:

- thinking inside the text, between ``<think>`` tags, belongs to the reasoning;
- an answer that calls a tool ends with ``tool_calls``, whatever word the wire uses, and one whose
  end has no word, or an unknown one, with ``other``;
- the id of a call is text, and one that the service left out is made;
- empty reasoning is ``None``;
- tokens read from a cache, written to one and spent on reasoning stand in the usage itself; those
  that a cache held or took in are part of the prompt, also for Claude, who counts them apart; so is
  what Gemini's own tools found, and its thoughts are part of what it wrote;
- a prompt that Gemini blocks is refused, and a finish reason that is a number is text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from provider_sdk import (
    ChatResponse,
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderUnavailableError,
    Usage,
)

from .exchanges import Exchange

DISPUTED: Mapping[str, str] = {}
"""Recordings whose facts are believed wrong, by id, each with the reason."""

_THOUGHT = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)
_THINKING_TOKENS = re.compile(rb'"thinking_tokens":\s*(\d+)')
_CACHE_WRITE_TOKENS = re.compile(rb'"cache_write_tokens":\s*(\d+)')
_BLOCKED = re.compile(rb'"blockReason":\s*"(\w+)"')
_BLOCK_MESSAGE = re.compile(rb'"blockReasonMessage":\s*("(?:[^"\\]|\\.)*")')
_FINISH = {None: "other", "error": "other"}

_BY_LABEL: dict[str, type[ProviderError]] = {
    "insufficient_quota": ProviderQuotaError,
    "rate_limit_exceeded": ProviderRateLimitError,
    "invalid_api_key": ProviderAuthError,
    "model_not_found": ProviderModelNotFoundError,
    "model_not_supported": ProviderModelNotFoundError,
    "context_length_exceeded": ContextLengthError,
}
_BY_WORDS: dict[str, type[ProviderError]] = {
    "Invalid model:": ProviderModelNotFoundError,
    "`inputs` tokens + `max_new_tokens` must be <=": ContextLengthError,
    "maximum context length": ContextLengthError,
    "prompt is too long": ContextLengthError,
    "API key not valid": ProviderAuthError,
    "The operation was cancelled.": ProviderUnavailableError,
}
_BY_STATUS: dict[int, type[ProviderError]] = {
    400: ProviderRequestError,
    401: ProviderAuthError,
    402: ProviderQuotaError,
    403: ProviderPermissionError,
    404: ProviderModelNotFoundError,
    422: ProviderRequestError,
    429: ProviderRateLimitError,
    500: ProviderUnavailableError,
    503: ProviderOverloadedError,
}


class Made:
    """Stands for the id of a call that the service sent without one: any text will do."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other != ""

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<any id>"


@dataclass(frozen=True)
class Call:
    """A tool call."""

    id: object
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """What is compared of an answer."""

    text: str
    reasoning: str | None
    refusal: str | None
    tool_calls: tuple[Call, ...]
    finish_reason: str
    raw_finish_reason: str | None
    model: str
    usage: Usage | None

    @classmethod
    def of(cls, response: ChatResponse) -> Answer:
        """Take it from a provider's response."""
        return cls(
            text=response.text,
            reasoning=response.reasoning,
            refusal=response.refusal,
            tool_calls=tuple(Call(c.id, c.name, c.arguments) for c in response.tool_calls),
            finish_reason=response.finish_reason,
            raw_finish_reason=response.raw_finish_reason,
            model=response.model,
            usage=response.usage,
        )


def chat_completion(exchange: Exchange) -> Answer:
    """Return what the facts of a chat completion mean in the contract."""
    facts = exchange.facts
    text, thoughts = split_thoughts(facts["text"])
    calls = tuple(_call(call) for call in facts["tool_calls"])
    said = facts["finish_reason_norm"]
    return Answer(
        text=text,
        reasoning=(facts.get("reasoning") or "") + thoughts or None,
        refusal=facts.get("refusal"),
        tool_calls=calls,
        finish_reason="tool_calls" if calls else _FINISH.get(said, said),
        raw_finish_reason=facts["finish_reason"],
        model=facts["model"] or exchange.model,
        usage=_usage(exchange),
    )


def message(exchange: Exchange) -> Answer:
    """Return what the facts of a Claude message mean in the contract."""
    answer, counts = chat_completion(exchange), exchange.facts.get("usage_extra") or {}
    usage, thought = answer.usage, _THINKING_TOKENS.findall(exchange.body)
    assert usage is not None
    return replace(
        answer,
        usage=Usage(
            prompt_tokens=counts.get("input_tokens_incl_cache", usage.prompt_tokens),
            completion_tokens=usage.completion_tokens,
            cached_tokens=counts.get("cache_read_input_tokens"),
            reasoning_tokens=int(thought[-1]) if thought else None,
            cache_write_tokens=counts.get("cache_creation_input_tokens"),
        ),
    )


def generated_content(exchange: Exchange) -> Answer:
    """Return what the facts of a Gemini answer mean in the contract."""
    facts, answer = exchange.facts, chat_completion(exchange)
    counts, raw = facts.get("usage_extra") or {}, answer.raw_finish_reason
    usage, blocked = answer.usage, _BLOCKED.search(exchange.body)
    if usage is not None:
        usage = replace(
            usage,
            prompt_tokens=_sum(usage.prompt_tokens, counts.get("tool_use_prompt_tokens")),
            completion_tokens=_sum(usage.completion_tokens, counts.get("reasoning_tokens")),
        )
    if blocked is not None:
        said, reason = _BLOCK_MESSAGE.search(exchange.body), blocked[1].decode()
        refusal = json.loads(said[1]) if said else f"The service blocked the prompt ({reason})."
        answer, raw = replace(answer, refusal=refusal, finish_reason="refusal"), reason
    return replace(
        answer,
        # Numbers that stand for words are words in the contract.
        raw_finish_reason=None if raw is None else str(raw),
        model=facts["model"] or exchange.model,
        usage=usage,
    )


def response(exchange: Exchange) -> Answer:
    """Return what the facts of an answer of the Responses API mean in the contract."""
    # What a service that knows no counts reports.
    answer = chat_completion(exchange)
    unknown = answer.usage is not None and not answer.usage.total_tokens
    return replace(answer, usage=None) if unknown else answer


def split_thoughts(text: str) -> tuple[str, str]:
    """Return text and thinking; a ``</think>`` that nothing opened closes what stands before it."""
    before, tag, after = text.partition("</think>")
    if tag and "<think>" not in before:
        rest, thoughts = split_thoughts(after)
        return rest, before + thoughts
    return _THOUGHT.sub("", text), "".join(_THOUGHT.findall(text))


def error_class(facts: Mapping[str, Any]) -> type[ProviderError]:
    """Return the class for a recorded error: what the service names it, then its status."""
    for label in (facts.get("error_code"), facts.get("error_type")):
        if label in _BY_LABEL:
            return _BY_LABEL[label]
    for words, kind in _BY_WORDS.items():
        if words in facts["message"]:
            return kind
    return _BY_STATUS[facts["status"]]


def error_class_in_stream(facts: Mapping[str, Any]) -> type[ProviderError]:
    """Return the class for an error that was recorded inside a stream: its code or text decides."""
    code, words = facts.get("stream_error_code"), facts["stream_error"]
    return _BY_LABEL.get(code) or _BY_WORDS.get(words, ProviderError)


def _call(call: Mapping[str, Any]) -> Call:
    id = Made() if call["id"] in (None, "") else str(call["id"])
    return Call(id, call["name"], call["arguments"])


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None and second is None else (first or 0) + (second or 0)


def _usage(exchange: Exchange) -> Usage | None:
    counts, stored = exchange.facts["usage"], _CACHE_WRITE_TOKENS.findall(exchange.body)
    if counts is None:
        return None
    extra = exchange.facts.get("usage_extra") or {}
    return Usage(
        prompt_tokens=counts["prompt_tokens"],
        completion_tokens=counts["completion_tokens"],
        total_tokens=counts["total_tokens"],
        cached_tokens=extra.get("cached_tokens"),
        reasoning_tokens=extra.get("reasoning_tokens"),
        cache_write_tokens=int(stored[-1]) if stored else None,
    )
