"""Rows of what an answer brings: tool calls, whole and in fragments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from provider_sdk import ChatChunk, ChatResponse

from provider_conformance.coverage._changes import in_lower_case
from provider_conformance.coverage._forms import (
    EMPTY,
    JSON_FORMS,
    LOST,
    PRESENT,
    TEXT_FORMS,
    Form,
    Spoil,
    changed_if,
)
from provider_conformance.coverage._rows import STREAMED, Change, Row, of_field, row

_NAME_FORMS = (
    PRESENT,
    in_lower_case(),
    Form("64 characters", changed_if(str, lambda name: name[:63])),
    Form("underscores and hyphens", changed_if(str, lambda name: name.replace("-", "_"))),
)
# JSON allows none of these outside its texts, and writes them with escapes there.
_NEVER_IN_JSON = ("control characters", "one fence around it")
_JSON_TEXT_FORMS = [form for form in TEXT_FORMS if form.name not in _NEVER_IN_JSON]
_FRAGMENT_CHECKS = (
    "PC-STREAM-020",
    "PC-TOOLS-007",
    "PC-TOOLS-040",
    "PC-TOOLS-041",
    "PC-TOOLS-042",
)


def _of_calls(name: str, lost: Any) -> Change:
    """Return a change of one field of each call of a response."""

    def change(response: ChatResponse, spoil: Spoil) -> ChatResponse:
        calls = tuple(_changed(call, name, spoil, lost) for call in response.tool_calls)
        return replace(response, tool_calls=calls)

    return change


def _of_fragments(name: str, lost: Any) -> Change:
    """Return a change of one field of each fragment of a chunk."""

    def change(chunk: ChatChunk, spoil: Spoil) -> ChatChunk:
        fragments = [_changed(fragment, name, spoil, lost) for fragment in chunk.tool_calls]
        return replace(chunk, tool_calls=fragments)

    return change


def _changed(holder: Any, name: str, spoil: Spoil, lost: Any) -> Any:
    old = getattr(holder, name)
    new = old if old is None else spoil(old)
    return replace(holder, **{name: lost if new is LOST else new})


def _most(number: int) -> Callable[[Any], Any]:
    return changed_if(int, lambda index: min(index, number))


def _of_answer(name: str, lost: Any, forms: Sequence[Form], *checks: str) -> Row:
    change = _of_calls(name, lost)
    return Row(f"ToolCall.{name}", "of an answer", "response", change, forms, checks)


def _of_stream(name: str, lost: Any, forms: Sequence[Form], *checks: str) -> Row:
    change = _of_fragments(name, lost)
    return Row(f"ToolCallDelta.{name}", "", "chunk", change, forms, checks, STREAMED)


row(
    _of_answer("id", "call", (PRESENT, in_lower_case()), "PC-TOOLS-041", "PC-TOOLS-044"),
    _of_answer("name", "tool", _NAME_FORMS, "PC-TOOLS-041"),
    _of_answer("arguments", None, (PRESENT, EMPTY, *JSON_FORMS), "PC-TOOLS-008", "PC-TOOLS-010"),
    _of_answer("arguments_text", "", _JSON_TEXT_FORMS, "PC-TOOLS-040"),
    Row(
        "ToolCall.arguments_text",
        "that was cut off",
        "response",
        _of_calls("arguments_text", ""),
        [PRESENT],
        ["PC-TOOLS-009"],
    ),
    Row(
        "ChatChunk.text",
        "",
        "chunk",
        of_field("text", ""),
        TEXT_FORMS,
        ["PC-STREAM-001"],
        STREAMED,
    ),
    Row(
        "ChatChunk.text",
        "in one event with the finish reason",
        "chunk",
        of_field("text", ""),
        [PRESENT],
        ["PC-STREAM-020"],
        STREAMED,
    ),
    Row(
        "ChatChunk.reasoning",
        "",
        "chunk",
        of_field("reasoning", ""),
        TEXT_FORMS,
        ["PC-STREAM-013"],
        STREAMED,
    ),
    Row(
        "ChatChunk.tool_calls",
        "",
        "chunk",
        of_field("tool_calls", ()),
        (PRESENT, Form("several", changed_if((list, tuple), lambda calls: calls[:1]))),
        ["PC-STREAM-020", "PC-TOOLS-007", "PC-TOOLS-042"],
        STREAMED,
    ),
    _of_stream(
        "index",
        0,
        (Form("from 1", _most(0)), Form("from 10", _most(9))),
        *_FRAGMENT_CHECKS,
    ),
    _of_stream("id", None, (PRESENT, in_lower_case()), *_FRAGMENT_CHECKS),
    _of_stream("name", None, _NAME_FORMS, *_FRAGMENT_CHECKS),
    _of_stream("arguments_text", "", _JSON_TEXT_FORMS, *_FRAGMENT_CHECKS),
)
