"""Rows of what an error tells, before a stream, inside it, and of a model list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from provider_conformance.coverage._forms import (
    LOST,
    PRESENT,
    TEXT_FORMS,
    Form,
    Spoil,
    changed_if,
    lost_if,
)
from provider_conformance.coverage._rows import BOTH, STREAMED, WHOLE, Change, How, Row, Stage, row

_NO_WHITE_SPACE = "white space at its ends is no part of what a service says"
_FORMATS = (
    Form("percent signs", changed_if(str, lambda text: text.replace("%%", "%"))),
    Form("braces", changed_if(str, lambda text: text.replace("{{", "{").replace("}}", "}"))),
)
_MESSAGE_FORMS: Sequence[Form] = (
    *(form for form in TEXT_FORMS if form.name != "long"),
    *_FORMATS,
    Form("a thousand characters", changed_if(str, lambda text: text[:500])),
)
_NAME_FORMS: Sequence[Form] = (PRESENT, Form("capitals", changed_if(str, str.lower)))
_ID_FORMS: Sequence[Form] = (
    *_NAME_FORMS,
    Form("punctuation", changed_if(str, lambda id: id.partition(":")[0])),
    Form("long", changed_if(str, lambda id: id[:36])),
)
_WAIT_FORMS: Sequence[Form] = (
    PRESENT,
    Form("zero", lost_if(lambda seconds: seconds == 0)),
    Form("a fraction of a second", changed_if(float, lambda seconds: float(int(seconds)))),
    Form("hours", changed_if(float, lambda seconds: min(seconds, 3600.0))),
)
_STATUS_FORMS: Sequence[Form] = (
    PRESENT,
    Form("one that is rarely seen", lost_if(lambda status: status in (418, 451, 499, 599))),
)


def _of_error(name: str) -> Change:
    """Return a change of one attribute of an error; one that is ``None`` stays."""

    def change(error: Any, spoil: Spoil) -> Any:
        old = getattr(error, name)
        if old is not None:
            new = spoil(old)
            setattr(error, name, ("" if name == "message" else None) if new is LOST else new)
        return error

    return change


def _of_partial(name: str) -> Change:
    """Return a change of one field of ``error.partial``; an empty name loses all of it."""

    def change(error: Any, spoil: Spoil) -> Any:
        if error.partial is not None and not name:
            error.partial = None if spoil(error.partial) is LOST else error.partial
        elif error.partial is not None and getattr(error.partial, name) is not None:
            new = spoil(getattr(error.partial, name))
            lost = "" if name in ("text", "model") else None
            error.partial = replace(error.partial, **{name: lost if new is LOST else new})
        return error

    return change


def _rows(
    name: str,
    forms: Sequence[Form],
    call: Sequence[str],
    stream: Sequence[str] = ("PC-ERROR-034", "PC-ERROR-035"),
    listing: Sequence[str] = ("PC-MODELS-019",),
    uncovered: Mapping[str, str] | None = None,
) -> list[Row]:
    places: list[tuple[str, Stage, Sequence[str], Sequence[How]]] = [
        ("of a call", "error", call, BOTH),
        ("inside a stream", "stream error", stream, STREAMED),
        ("of list_models()", "list error", listing, WHOLE),
    ]
    field, change = f"ProviderError.{name}", _of_error(name)
    return [
        Row(field, place, stage, change, forms, checks, hows, uncovered or {})
        for place, stage, checks, hows in places
        if checks
    ]


row(
    *_rows(
        "message",
        _MESSAGE_FORMS,
        ["PC-ERROR-009"],
        uncovered={_MESSAGE_FORMS[1].name: _NO_WHITE_SPACE},
    ),
    *_rows("provider", [PRESENT], ["PC-ERROR-010"]),
    *_rows("model", [PRESENT], ["PC-ERROR-010"], listing=()),
    *_rows("status", _STATUS_FORMS, ["PC-ERROR-027", "PC-ERROR-032"], stream=(), listing=()),
    *_rows("status", [PRESENT], (), stream=()),
    *_rows("request_id", _ID_FORMS, ["PC-ERROR-012"]),
    *_rows("served_by", _NAME_FORMS, ["PC-ERROR-033"], listing=()),
    *_rows("retry_after", _WAIT_FORMS, ["PC-ERROR-013"], stream=()),
    *_rows("hint", [PRESENT], ["PC-ERROR-036"], stream=()),
)
row(
    *(
        Row(
            "ProviderError.partial",
            place,
            "stream error",
            _of_partial(name),
            forms,
            ["PC-ERROR-035"],
            STREAMED,
        )
        for place, name, forms in (
            ("", "", [PRESENT]),
            ("its text", "text", [PRESENT]),
            ("its reasoning", "reasoning", [PRESENT]),
            ("its model", "model", _NAME_FORMS),
            ("its request id", "request_id", _NAME_FORMS),
            ("its back end", "served_by", _NAME_FORMS),
        )
    )
)
