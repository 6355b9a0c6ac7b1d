"""Rows of what a call sends: tools, calls of them, and their results."""

from __future__ import annotations

from provider_conformance.coverage._changes import (
    calls,
    functions_of_calls,
    functions_of_tools,
    in_lower_case,
    is_cut,
    of_absent,
    of_arguments,
    of_each,
    of_list,
    tools,
    word,
)
from provider_conformance.coverage._forms import (
    JSON_FORMS,
    LIST_FORMS,
    PRESENT,
    TEXT_FORMS,
    Form,
    changed_if,
    lost_if,
)
from provider_conformance.coverage._rows import Row, of_option, of_turns, row

_NAME_FORMS = (
    PRESENT,
    in_lower_case(),
    Form("64 characters", changed_if(str, lambda name: name[:63])),
    Form("underscores and hyphens", changed_if(str, lambda name: name.replace("-", "_"))),
)
_NONE = Form("none", lost_if(lambda value: value is None))
_CALLS = ["PC-TOOLS-031", "PC-TOOLS-032"]


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


ORDERED = Form("properties in an order", _sorted)
"""The order of the properties in a JSON schema."""

row(
    Row(
        "Message.tool_calls",
        "",
        "call",
        of_turns("assistant", "tool_calls", None),
        LIST_FORMS[:2],
        ["PC-TOOLS-032"],
    ),
    Row(
        "Message.tool_calls",
        "in one turn",
        "call",
        of_turns("assistant", "tool_calls", None),
        [LIST_FORMS[3]],
        ["PC-TOOLS-032"],
    ),
    Row(
        "Message.tool_call_id",
        "",
        "call",
        of_turns("tool", "tool_call_id", "call"),
        (PRESENT, in_lower_case()),
        _CALLS,
    ),
    Row(
        "ToolCall.id",
        "in the history",
        "call",
        of_each(calls, "id", "call"),
        (PRESENT, in_lower_case()),
        _CALLS,
    ),
    Row(
        "ToolCall.name",
        "in the history",
        "call",
        of_each(functions_of_calls, "name", "call"),
        _NAME_FORMS,
        _CALLS,
    ),
    Row(
        "ToolCall.arguments", "in the history", "call", of_arguments, (PRESENT, *JSON_FORMS), _CALLS
    ),
    Row(
        "ToolCall.arguments_text",
        "in the history",
        "call",
        of_each(functions_of_calls, "arguments", "{}"),
        [PRESENT, Form("not JSON", lost_if(is_cut))],
        ["PC-TOOLS-033"],
    ),
    Row(
        "Message.own_state",
        "extra_content of a call",
        "call",
        of_each(calls, "extra_content"),
        [PRESENT],
        ["PC-CHAT-045"],
    ),
    Row(
        "ChatOptions.tools",
        "",
        "call",
        of_option("tools"),
        [*LIST_FORMS, of_list("twelve", lambda found: found[:11])],
        ["PC-TOOLS-020"],
    ),
    Row("Tool.type", "", "call", of_each(tools, "type"), [PRESENT], ["PC-TOOLS-020"]),
    Row(
        "Tool.name",
        "",
        "call",
        of_each(functions_of_tools, "name", "tool"),
        _NAME_FORMS,
        ["PC-TOOLS-020"],
    ),
    Row(
        "Tool.description",
        "",
        "call",
        of_each(functions_of_tools, "description"),
        TEXT_FORMS,
        ["PC-TOOLS-020"],
    ),
    Row(
        "Tool.description",
        "left out",
        "call",
        of_absent(functions_of_tools, "description", "A tool."),
        [_NONE],
        ["PC-TOOLS-020"],
    ),
    Row(
        "Tool.parameters",
        "",
        "call",
        of_each(functions_of_tools, "parameters"),
        (PRESENT, *JSON_FORMS, ORDERED),
        ["PC-TOOLS-020"],
    ),
    Row(
        "Tool.parameters",
        "left out",
        "call",
        of_absent(functions_of_tools, "parameters", {"type": "object", "properties": {"a": {}}}),
        [_NONE],
        ["PC-TOOLS-020"],
    ),
    Row(
        "Tool.strict",
        "",
        "call",
        of_each(functions_of_tools, "strict"),
        [PRESENT, word(True), word(False)],
        ["PC-TOOLS-030"],
    ),
    Row(
        "Tool.strict",
        "left out",
        "call",
        of_absent(functions_of_tools, "strict", True),
        [_NONE],
        ["PC-TOOLS-030"],
    ),
)
