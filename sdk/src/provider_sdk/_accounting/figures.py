"""The token counts of one call: as reported, else estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk._accounting.estimate import arguments_text, estimate_tokens
from provider_sdk._messages import Messages
from provider_sdk._responses import ChatResponse
from provider_sdk._usage import MOST_TOKENS, Usage, token_count

_STALE = 2
"""A count that was reported before the end is out of date once so many times more has arrived."""


def figures_of(
    answer: ChatResponse, messages: Messages, tools: Sequence[Mapping[str, Any]], *, whole: bool
) -> Usage:
    """Return the counts of a call; its ``source`` is ``"estimated"`` if one of both had to be.

    Args:
        answer: the answer, or what had arrived of it.
        messages: the conversation; without it, a prompt that nobody counted stays unknown.
        tools: the tools that were offered.
        whole: whether the answer came to its end. Some services report a count when a stream
            starts, and the right one at its end: before that, what has arrived may be more.
    """
    if whole and answer.usage is not None and _is_clear(answer.usage):
        return answer.usage
    sent = answer.usage or Usage()
    prompt, completion = _completed_by_total(sent)
    if prompt == completion == 0 and estimate_answer(answer):
        prompt = completion = None  # some gateways send zeros for what they did not count
    is_estimated = sent.source == "estimated"
    if completion is None or not whole:
        written = estimate_answer(answer)
        if completion is None or written > _STALE * completion:
            completion, is_estimated = written, True
    if prompt is None:
        prompt = estimate_tokens(messages, tools=tools) if messages else None
        is_estimated = True
    cached = _part(sent.cached_tokens, prompt)
    fresh = None if prompt is None else prompt - (cached or 0)
    return Usage(
        prompt,
        completion,
        cached_tokens=cached,
        reasoning_tokens=_part(sent.reasoning_tokens, completion),
        source="estimated" if is_estimated else "reported",
        cache_write_tokens=_part(sent.cache_write_tokens, fresh),
    )


def _is_clear(sent: Usage) -> bool:
    """Whether nothing is to be estimated or corrected; true of most calls, and found out fast."""
    prompt, completion = sent.prompt_tokens, sent.completion_tokens
    cached, reasoning = sent.cached_tokens, sent.reasoning_tokens
    return (
        type(prompt) is type(completion) is int
        and prompt > 0
        and completion >= 0
        and sent.total_tokens == prompt + completion <= MOST_TOKENS
        and sent.source == "reported"
        and sent.cache_write_tokens is None
        and (cached is None or _is_part(cached, prompt))
        and (reasoning is None or _is_part(reasoning, completion))
    )


def _is_part(count: object, whole: int) -> bool:
    return type(count) is int and 0 <= count <= whole


def _completed_by_total(sent: Usage) -> tuple[int | None, int | None]:
    """Return the counts of both sides, with what only their total tells."""
    prompt, completion = token_count(sent.prompt_tokens), token_count(sent.completion_tokens)
    total = token_count(sent.total_tokens)
    if total is None or (prompt is None and completion is None):
        return prompt, completion
    rest = max(total - (prompt or 0) - (completion or 0), 0)
    if prompt is None:
        return rest, completion
    if completion is None:
        return prompt, rest
    # Gemini's endpoint for chat completions leaves out what the model thought, and its count.
    explained = sent.reasoning_tokens or sent.cached_tokens or sent.cache_write_tokens
    return prompt, completion + (0 if explained else rest)


def estimate_answer(answer: ChatResponse) -> int:
    """Return about how many tokens the model wrote; hidden reasoning is not in it."""
    texts = [answer.text, answer.reasoning or "", answer.refusal or ""]
    for call in answer.tool_calls:
        texts += [call.name, arguments_text(call)]
    return sum(map(estimate_tokens, texts))


def _part(count: object, whole: int | None) -> int | None:
    """Return a count that is part of another; more than the whole cannot be."""
    part = token_count(count)
    return part if part is None or whole is None else min(part, whole)
