"""Reads what whole answers and the lines of streamed ones have in common.

Source: https://docs.ollama.com/api/chat
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider_sdk import (
    ChatCall,
    ChatResponse,
    FinishReason,
    ProviderResponseError,
    ToolCall,
    Usage,
)
from provider_sdk.decoding import (
    ThinkSplitter,
    arguments_text,
    call_id,
    list_of_mappings,
    mapping_or_empty,
    text_or_none,
    token_count,
)

from provider_ollama._context import left_out
from provider_ollama._state import state_of

_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}
_COUNTS = ("prompt_eval_count", "eval_count", "prompt_eval_cached_count")
_ONLY_LOADED = {
    "load": "the service only loaded the model, and wrote nothing; ask again",
    "unload": "the service only unloaded the model, and wrote nothing; ask again",
}


def read_finish(word: object) -> tuple[FinishReason | None, str | None]:
    """Return the finish reason and the service's own word for it, both ``None`` if it sent none."""
    if not isinstance(word, str) or not word:
        return None, None
    return _FINISH.get(word.lower(), "other"), word


def read_content(content: object) -> str:
    """Return the text of a content: text itself, or a list of texts and parts."""
    if not isinstance(content, list):
        return text_or_none(content) or ""
    parts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
    return "".join(part for part in parts if isinstance(part, str))


def end_of(finish: FinishReason | None, *, wrote: bool) -> FinishReason | None:
    """Return how an answer that is done ended: old servers have no word for the usual end."""
    return "stop" if finish is None and wrote else finish


def read_usage(read: object, written: object, cached: object) -> Usage | None:
    """Return the token counts, ``None`` if none was sent.

    Counts of zero are not sent: a prompt that is wholly cached can lack the first.
    """
    counts = token_count(read), token_count(written), token_count(cached)
    if counts == (None, None, None):
        return None
    prompt, answer, kept = counts
    if prompt is not None and kept is not None and kept > prompt:
        prompt += kept  # the service counted only what was not cached
    return Usage(prompt, answer, cached_tokens=kept)


def warnings_of(call: ChatCall, word: object, read: object, cached: object) -> Iterator[str]:
    """Yield what is odd about the end of an answer.

    Args:
        call: the call that is answered.
        word: the service's word for the end.
        read: how many tokens it says that it read.
        cached: how many it says that it had cached.
    """
    if isinstance(word, str) and word in _ONLY_LOADED:
        yield _ONLY_LOADED[word]
    elif warning := left_out(call, token_count(read), token_count(cached)):
        yield warning


class CallReader:
    """Reads the tool calls of one answer; no two of them get the same id.

    Args:
        call: the call that is answered; its length tells turns apart if there is no time.
    """

    def __init__(self, call: ChatCall) -> None:
        self._turn = f"turn{len(call.messages)}"
        self._ids: set[str] = set()

    def read(self, wire: object, created_at: object) -> list[ToolCall]:
        """Return further calls of the answer.

        Args:
            wire: the field that holds them.
            created_at: when they were made; ids that the service leaves out are made of it.
        """
        entries = [wire] if isinstance(wire, Mapping) else list_of_mappings(wire)
        return [self._read(entry, created_at) for entry in entries]

    def __len__(self) -> int:
        return len(self._ids)

    def _read(self, entry: Mapping[str, Any], created_at: object) -> ToolCall:
        # Some servers leave the inner object out.
        function = mapping_or_empty(entry.get("function")) or entry
        name = text_or_none(function.get("name")) or ""
        id = call_id(entry.get("id"), len(self), _digits(created_at) or self._turn)
        if id in self._ids:
            id = call_id(None, len(self), _digits(created_at) or self._turn)
        self._ids.add(id)
        return ToolCall.parse(id, name, arguments_text(function.get("arguments")))


def _digits(created_at: object) -> str:
    """Return the digits of a time, so that ids of two turns differ."""
    return "".join(filter(str.isdigit, created_at[:40])) if isinstance(created_at, str) else ""


def read_response(call: ChatCall, body: Mapping[str, Any]) -> ChatResponse:
    """Return the answer in a decoded reply.

    Raises:
        ProviderResponseError: it holds no message, or says that the answer is not complete.
    """
    message = body.get("message")
    if not isinstance(message, Mapping):
        raise ProviderResponseError("the answer holds no message")
    if body.get("done") is False:
        raise ProviderResponseError("the service answered with the beginning of a stream")
    thinking = text_or_none(message.get("thinking")) or ""
    splitter = ThinkSplitter()
    splitter.may_close_unopened = not thinking
    first, rest = splitter.feed(read_content(message.get("content"))), splitter.flush()
    reasoning = thinking + first.reasoning + rest.reasoning
    calls = tuple(CallReader(call).read(message.get("tool_calls"), body.get("created_at")))
    finish, word = read_finish(body.get("done_reason"))
    read, written, cached = map(body.get, _COUNTS)
    usage = read_usage(read, written, cached)
    if body.get("done") is True:
        finish = end_of(finish, wrote=bool(first.text + rest.text))
    state = state_of(thinking, call.model)
    return ChatResponse(
        text=first.text + rest.text,
        reasoning=reasoning if reasoning.strip() else None,
        tool_calls=calls,
        finish_reason="tool_calls" if calls else finish or "other",
        raw_finish_reason=word,
        usage=usage,
        model=text_or_none(body.get("model")) or call.model,
        warnings=tuple(warnings_of(call, word, read, cached)),
        provider_data={call.provider: [state]} if state and call.provider else {},
        raw=body,
    )
