"""Rows of what an answer brings: its texts, its end, its names, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import OpenAIDialect

from provider_conformance.coverage._changes import in_lower_case
from provider_conformance.coverage._forms import (
    LIST_FORMS,
    LOST,
    PRESENT,
    TEXT_FORMS,
    Form,
    Spoil,
    changed_if,
    deep,
    lost_if,
)
from provider_conformance.coverage._rows import WHOLE, Row, of_field, row
from provider_conformance.wires import OpenAIWire


def _of_text(text: str, spoil: Spoil) -> str:
    new = spoil(text)
    return "" if new is LOST else new


def _without_unknown(value: Any) -> Any:
    if isinstance(value, Mapping):
        known = {n: item for n, item in value.items() if not n.startswith("x_")}
        return {name: _without_unknown(item) for name, item in known.items()}
    return [_without_unknown(item) for item in value] if isinstance(value, list) else value


def _word(word: str, instead: str) -> Form:
    return Form(f'"{word}"', lambda found: instead if found == word else found)


class _NoTemperature(OpenAIDialect):
    forbidden_sampling: ClassVar[frozenset[str]] = frozenset({"temperature"})


def _restricted_wire() -> OpenAIWire:
    wire = OpenAIWire()
    wire.traits = replace(wire.traits, forbidden=frozenset({"temperature"}))
    return wire


_FINISH_WORDS = (
    _word("stop", "other"),
    _word("length", "stop"),
    _word("content_filter", "stop"),
    _word("other", "stop"),
    _word("tool_calls", "stop"),
    _word("refusal", "stop"),
)
_NAME_FORMS = (
    PRESENT,
    in_lower_case(),
    Form("a slash", changed_if(str, lambda name: name.rpartition("/")[2])),
    Form("a colon", changed_if(str, lambda name: name.partition(":")[0])),
    Form("characters outside ASCII", changed_if(str, lambda name: name.replace("ä", "a"))),
)

row(
    Row(
        "ChatResponse.text",
        "",
        "response",
        of_field("text", ""),
        TEXT_FORMS,
        ["PC-CHAT-001", "PC-STREAM-001"],
    ),
    Row(
        "ChatResponse.text",
        "returned by complete()",
        "text",
        _of_text,
        TEXT_FORMS,
        ["PC-CHAT-063"],
        WHOLE,
    ),
    Row(
        "ChatResponse.text",
        "that ends beside the finish reason",
        "response",
        of_field("text", ""),
        [Form("the last piece", changed_if(str, lambda text: text[:-1]))],
        ["PC-CHAT-001", "PC-STREAM-020"],
    ),
    Row(
        "ChatResponse.reasoning",
        "",
        "response",
        of_field("reasoning"),
        TEXT_FORMS,
        ["PC-CHAT-023"],
    ),
    Row(
        "ChatResponse.reasoning",
        "between tags in the text",
        "response",
        of_field("reasoning"),
        [PRESENT],
        ["PC-CHAT-025", "PC-CHAT-064"],
    ),
    Row(
        "ChatResponse.refusal",
        "",
        "response",
        of_field("refusal"),
        TEXT_FORMS,
        ["PC-CHAT-027"],
    ),
    Row(
        "ChatResponse.tool_calls",
        "",
        "response",
        of_field("tool_calls", ()),
        LIST_FORMS,
        ["PC-TOOLS-041"],
    ),
    Row(
        "ChatResponse.tool_calls",
        "beside text, reasoning and a refusal",
        "response",
        of_field("tool_calls", ()),
        LIST_FORMS[:2],
        ["PC-CHAT-060"],
    ),
    Row(
        "ChatResponse.finish_reason",
        "",
        "response",
        of_field("finish_reason"),
        _FINISH_WORDS,
        ["PC-CHAT-019", "PC-CHAT-020", "PC-TOOLS-003"],
        uncovered={'"refusal"': "a refused chat completion ends with the word for an ordinary end"},
    ),
    Row(
        "ChatResponse.raw_finish_reason",
        "",
        "response",
        of_field("raw_finish_reason"),
        (PRESENT, _word("stop", "end"), _word("length", "limit"), _word("tool_calls", "stop")),
        ["PC-CHAT-020", "PC-TOOLS-003"],
    ),
    Row(
        "ChatResponse.usage",
        "",
        "response",
        of_field("usage"),
        [PRESENT],
        ["PC-USAGE-001", "PC-USAGE-002"],
    ),
    Row(
        "ChatResponse.usage",
        "of an answer that was cut by the limit, or calls tools",
        "response",
        of_field("usage"),
        [PRESENT],
        ["PC-USAGE-012"],
    ),
    Row(
        "ChatResponse.model",
        "",
        "response",
        of_field("model", "unknown"),
        _NAME_FORMS,
        ["PC-CHAT-060"],
    ),
    Row(
        "ChatResponse.served_by",
        "",
        "response",
        of_field("served_by"),
        [PRESENT],
        ["PC-CHAT-033", "PC-CHAT-060"],
    ),
    Row(
        "ChatResponse.request_id",
        "",
        "response",
        of_field("request_id"),
        (PRESENT, in_lower_case()),
        ["PC-CHAT-060", "PC-CHAT-062"],
    ),
    Row(
        "ChatResponse.warnings",
        "of an option that was dropped",
        "response",
        of_field("warnings", ()),
        [PRESENT],
        ["PC-OPTIONS-001"],
        wire=_restricted_wire(),
        dialect=_NoTemperature(),
    ),
    Row(
        "ChatResponse.provider_data",
        "",
        "response",
        of_field("provider_data", {}),
        (
            PRESENT,
            Form("null", deep(lost_if(lambda value: value is None))),
            Form("zero", deep(lost_if(lambda value: type(value) is int and value == 0))),
            Form("padding", deep(changed_if(str, lambda text: text.rstrip("=")))),
        ),
        ["PC-CHAT-061"],
    ),
    Row(
        "ChatResponse.route",
        "",
        "response",
        of_field("route"),
        [PRESENT],
        [],
        uncovered={PRESENT.name: "a router adds it, and no provider has one"},
    ),
    Row(
        "ChatResponse.raw",
        "",
        "response",
        of_field("raw"),
        (PRESENT, Form("fields that the contract does not know", _without_unknown)),
        ["PC-CHAT-030"],
        WHOLE,
    ),
)
