"""Rows of what a call sends: tools, calls of them, and their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_conformance.coverage._changes import (
    NONE,
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
from provider_conformance.coverage._rows import Change, Row, of_option, of_turns, row

_NAME_FORMS = (
    PRESENT,
    in_lower_case(),
    Form("64 characters", changed_if(str, lambda name: name[:63])),
    Form("underscores and hyphens", changed_if(str, lambda name: name.replace("-", "_"))),
)
_CALLS = ["PC-TOOLS-031", "PC-TOOLS-032"]


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


ORDERED = Form("properties in an order", _sorted)
"""The order of the properties in a JSON schema."""


def _definition(
    key: str, forms: Sequence[Form], check: str = "PC-TOOLS-020", made_up: Any = None
) -> Row:
    """Return the row of a field of a tool; with ``made_up``, of its absence."""
    place, change = "", of_each(functions_of_tools, key)
    if made_up is not None:
        place, change = "left out", of_absent(functions_of_tools, key, made_up)
    return Row(f"Tool.{key}", place, "call", change, forms, [check])


def _call(key: str, change: Change, forms: Sequence[Form], *checks: str) -> Row:
    """Return the row of a field of a call in the history."""
    return Row(f"ToolCall.{key}", "in the history", "call", change, forms, checks or _CALLS)


_MADE_UP = {"type": "object", "properties": {"a": {}}}
_made = of_turns("assistant", "tool_calls", None)
_answered = of_turns("tool", "tool_call_id", "call")
_text = of_each(functions_of_calls, "arguments", "{}")
row(
    Row("Message.tool_calls", "", "call", _made, LIST_FORMS[:2], ["PC-TOOLS-032"]),
    Row("Message.tool_calls", "in one turn", "call", _made, LIST_FORMS[3:], ["PC-TOOLS-032"]),
    Row("Message.tool_call_id", "", "call", _answered, (PRESENT, in_lower_case()), _CALLS),
    _call("id", of_each(calls, "id", "call"), (PRESENT, in_lower_case())),
    _call("name", of_each(functions_of_calls, "name", "call"), _NAME_FORMS),
    _call("arguments", of_arguments, (PRESENT, *JSON_FORMS)),
    _call("arguments_text", _text, [PRESENT, Form("not JSON", lost_if(is_cut))], "PC-TOOLS-033"),
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
    _definition("description", TEXT_FORMS),
    _definition("description", [NONE], made_up="A tool."),
    _definition("parameters", (PRESENT, *JSON_FORMS)),
    _definition("parameters", [ORDERED], "PC-TOOLS-035"),
    _definition("parameters", [NONE], made_up=_MADE_UP),
    _definition("strict", [PRESENT, word(True), word(False)], "PC-TOOLS-030"),
    _definition("strict", [NONE], "PC-TOOLS-030", made_up=True),
)
