"""Rows of what a call sends: its options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provider_conformance.coverage._changes import NONE, of_absent, of_each, schemas, word
from provider_conformance.coverage._forms import (
    INTEGER_FORMS,
    JSON_FORMS,
    LIST_FORMS,
    LOST,
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


def _with_unix_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


def _as_ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()


def _without_limit(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "max_tokens"}


def _of_type(kind: str) -> Form:
    return Form(kind, lost_if(lambda value: value.get("type") == kind))


def _option(
    name: str, forms: Sequence[Form], check: str, place: str = "", uncovered: str = ""
) -> Row:
    """Return the row of an option; ``uncovered`` says why no check covers its only form."""
    reasons = {form.name: uncovered for form in forms if uncovered}
    change = of_option(name)
    return Row(f"ChatOptions.{name}", place, "call", change, forms, [check], uncovered=reasons)


def _schema(key: str, forms: Sequence[Form], check: str = "PC-OPTIONS-008") -> Row:
    """Return the row of what is said of the schema for an answer."""
    change = of_each(schemas, key, {"name": "schema", "schema": {}}.get(key, LOST))
    return Row("ChatOptions.response_format", f"{key} of a schema", "call", change, forms, [check])


_OVER_ONE = Form("over one", changed_if(float, lambda number: min(number, 1.0)))
_ONE_STOP_FORMS = (
    PRESENT,
    Form("white space", changed_if(str, str.strip)),
    Form("one text", changed_if(str, list)),
)
_STOP_FORMS = (
    Form("a tuple", lost_if(lambda value: isinstance(value, tuple))),
    Form("white space", changed_if(list, lambda texts: [text.strip() for text in texts])),
    Form("line ends of Windows", changed_if(list, lambda texts: [*map(_with_unix_ends, texts)])),
    Form("characters outside ASCII", changed_if(list, lambda texts: [*map(_as_ascii, texts)])),
)
_HEADER_FORMS = (
    PRESENT,
    Form("several", changed_if(dict, _first)),
    Form("commas and blanks", _each_value(changed_if(str, lambda text: text.partition(",")[0]))),
    Form("letters of both cases", _each_value(changed_if(str, str.lower))),
    Form("long", _each_value(changed_if(str, lambda text: text[:100]))),
)
_BODY_FORMS = (
    Form("several fields", changed_if(dict, _first)),
    Form("in place of an own field", changed_if(dict, _without_limit)),
)
_USUAL = "it asks for what happens without it, so it may be left out"
row(
    _option("temperature", (*_SAMPLING_FORMS, _OVER_ONE), "PC-OPTIONS-001"),
    _option("top_p", _SAMPLING_FORMS, "PC-OPTIONS-002"),
    _option("max_tokens", _LIMIT_FORMS, "PC-OPTIONS-003"),
    _option("seed", INTEGER_FORMS, "PC-OPTIONS-006"),
    _option("stop", _ONE_STOP_FORMS, "PC-OPTIONS-005", "one text"),
    _option("stop", (*LIST_FORMS, *_STOP_FORMS), "PC-OPTIONS-004", "a list"),
    _option("tool_choice", [word("none"), word("required")], "PC-TOOLS-021"),
    _option("tool_choice", [_FUNCTION], "PC-TOOLS-022"),
    _option("tool_choice", [word("auto")], "PC-TOOLS-023", uncovered=_USUAL),
    _option("response_format", [_of_type("json_object")], "PC-OPTIONS-007"),
    _option("response_format", [_of_type("json_schema")], "PC-OPTIONS-008"),
    _option("response_format", [_of_type("text")], "PC-OPTIONS-023", uncovered=_USUAL),
    _schema("name", [PRESENT]),
    _schema("description", TEXT_FORMS[:2]),
    _schema("strict", [PRESENT, word(True), word(False)]),
    _schema("schema", (PRESENT, *JSON_FORMS)),
    _schema("schema", [ORDERED], "PC-OPTIONS-024"),
    Row(
        "ChatOptions.response_format",
        "strict of a schema, left out",
        "call",
        of_absent(schemas, "strict", True),
        [NONE],
        ["PC-OPTIONS-008"],
    ),
    _option("reasoning_effort", [PRESENT, *map(word, _EFFORTS)], "PC-OPTIONS-009"),
    _option("timeout", [PRESENT], "PC-OPTIONS-012"),
    _option("extra_headers", _HEADER_FORMS, "PC-OPTIONS-013"),
    _option("extra_body", (PRESENT, *JSON_FORMS, *_BODY_FORMS), "PC-OPTIONS-014"),
)
