"""Rows of what a call sends: its options."""

from __future__ import annotations

from provider_conformance.coverage._changes import of_each, schemas, word
from provider_conformance.coverage._forms import (
    INTEGER_FORMS,
    JSON_FORMS,
    LIST_FORMS,
    PRESENT,
    TEXT_FORMS,
    Form,
    Spoil,
    changed_if,
    lost_if,
)
from provider_conformance.coverage._rows import Row, of_option, row
from provider_conformance.coverage.requests_tools import ORDERED

_SAMPLING_FORMS = (
    PRESENT,
    Form("zero", lost_if(lambda value: value == 0)),
    Form("one", lost_if(lambda value: value == 1)),
    Form("many digits", changed_if(float, lambda number: round(number, 2))),
)
_LIMIT_FORMS = (
    PRESENT,
    Form("one", lost_if(lambda value: value == 1)),
    Form("large", changed_if(int, lambda limit: min(limit, 65_536))),
)
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_FUNCTION = Form("one function", lost_if(lambda value: isinstance(value, dict)))


def _each_value(change: Spoil) -> Spoil:
    return changed_if(dict, lambda fields: {name: change(value) for name, value in fields.items()})


def _first(fields: dict[str, str]) -> dict[str, str]:
    return dict(list(fields.items())[:1])


def _of_type(kind: str) -> Form:
    return Form(kind, lost_if(lambda value: value.get("type") == kind))


row(
    Row(
        "ChatOptions.temperature",
        "",
        "call",
        of_option("temperature"),
        _SAMPLING_FORMS,
        ["PC-OPTIONS-001"],
    ),
    Row("ChatOptions.top_p", "", "call", of_option("top_p"), _SAMPLING_FORMS, ["PC-OPTIONS-002"]),
    Row(
        "ChatOptions.max_tokens",
        "",
        "call",
        of_option("max_tokens"),
        _LIMIT_FORMS,
        ["PC-OPTIONS-003"],
    ),
    Row("ChatOptions.seed", "", "call", of_option("seed"), INTEGER_FORMS, ["PC-OPTIONS-006"]),
    Row(
        "ChatOptions.stop",
        "one text",
        "call",
        of_option("stop"),
        [
            PRESENT,
            Form("white space", changed_if(str, str.strip)),
            Form("one text", changed_if(str, list)),
        ],
        ["PC-OPTIONS-005"],
    ),
    Row(
        "ChatOptions.stop",
        "a list",
        "call",
        of_option("stop"),
        [
            *LIST_FORMS,
            Form("white space", changed_if(list, lambda texts: [text.strip() for text in texts])),
            Form(
                "line ends of Windows",
                changed_if(list, lambda texts: [t.replace("\r\n", "\n") for t in texts]),
            ),
            Form(
                "characters outside ASCII",
                changed_if(
                    list, lambda texts: [t.encode("ascii", "ignore").decode() for t in texts]
                ),
            ),
        ],
        ["PC-OPTIONS-004"],
    ),
    Row(
        "ChatOptions.tool_choice",
        "",
        "call",
        of_option("tool_choice"),
        [word("none"), word("required")],
        ["PC-TOOLS-021"],
    ),
    Row(
        "ChatOptions.tool_choice",
        "",
        "call",
        of_option("tool_choice"),
        [_FUNCTION],
        ["PC-TOOLS-022"],
    ),
    Row(
        "ChatOptions.tool_choice",
        "",
        "call",
        of_option("tool_choice"),
        [word("auto")],
        ["PC-TOOLS-023"],
        uncovered={'"auto"': "it asks for what happens without it, so it may be left out"},
    ),
    Row(
        "ChatOptions.response_format",
        "",
        "call",
        of_option("response_format"),
        [_of_type("json_object")],
        ["PC-OPTIONS-007"],
    ),
    Row(
        "ChatOptions.response_format",
        "",
        "call",
        of_option("response_format"),
        [_of_type("json_schema")],
        ["PC-OPTIONS-008"],
    ),
    Row(
        "ChatOptions.response_format",
        "",
        "call",
        of_option("response_format"),
        [_of_type("text")],
        ["PC-OPTIONS-023"],
        uncovered={"text": "it asks for what happens without it, so it may be left out"},
    ),
    Row(
        "ChatOptions.response_format",
        "name of a schema",
        "call",
        of_each(schemas, "name", "schema"),
        [PRESENT],
        ["PC-OPTIONS-008"],
    ),
    Row(
        "ChatOptions.response_format",
        "description of a schema",
        "call",
        of_each(schemas, "description"),
        TEXT_FORMS[:2],
        ["PC-OPTIONS-008"],
    ),
    Row(
        "ChatOptions.response_format",
        "strict of a schema",
        "call",
        of_each(schemas, "strict"),
        [PRESENT, word(True), word(False)],
        ["PC-OPTIONS-008"],
    ),
    Row(
        "ChatOptions.response_format",
        "schema",
        "call",
        of_each(schemas, "schema", {}),
        (PRESENT, *JSON_FORMS, ORDERED),
        ["PC-OPTIONS-008"],
    ),
    Row(
        "ChatOptions.reasoning_effort",
        "",
        "call",
        of_option("reasoning_effort"),
        [PRESENT, *map(word, _EFFORTS)],
        ["PC-OPTIONS-009"],
    ),
    Row("ChatOptions.timeout", "", "call", of_option("timeout"), [PRESENT], ["PC-OPTIONS-012"]),
    Row(
        "ChatOptions.extra_headers",
        "",
        "call",
        of_option("extra_headers"),
        [
            PRESENT,
            Form("several", changed_if(dict, _first)),
            Form(
                "commas and blanks in a value",
                _each_value(changed_if(str, lambda text: text.partition(",")[0])),
            ),
            Form("letters of both cases in a value", _each_value(changed_if(str, str.lower))),
            Form("long", _each_value(changed_if(str, lambda text: text[:100]))),
        ],
        ["PC-OPTIONS-013"],
    ),
    Row(
        "ChatOptions.extra_body",
        "",
        "call",
        of_option("extra_body"),
        [
            PRESENT,
            *JSON_FORMS,
            Form("several fields", changed_if(dict, _first)),
            Form(
                "in place of an own field",
                changed_if(
                    dict, lambda fields: {n: v for n, v in fields.items() if n != "max_tokens"}
                ),
            ),
        ],
        ["PC-OPTIONS-014"],
    ),
)
