"""Rows of what an answer brings: token counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provider_sdk import ChatResponse

from provider_conformance.coverage._forms import (
    INTEGER_FORMS,
    LOST,
    PRESENT,
    Form,
    Spoil,
    changed_if,
)
from provider_conformance.coverage._rows import Change, Row, row

# There are no counts beyond 2**53: a model never reads or writes so many tokens.
_COUNT_FORMS = (
    *(form for form in INTEGER_FORMS if form.name != "from 2**53"),
    Form("whole", changed_if(int, float)),
)
_CHECKS = ("PC-USAGE-010", "PC-USAGE-016")


def _of_usage(name: str, lost: Any) -> Change:
    """Return a change of one field of the usage of a response."""

    def change(response: ChatResponse, spoil: Spoil) -> ChatResponse:
        usage = response.usage
        if usage is None or (old := getattr(usage, name)) is None:
            return response
        new = spoil(old)
        changed = replace(usage)
        # Usage sums an unknown total by itself; a provider of its own need not.
        object.__setattr__(changed, name, lost if new is LOST else new)
        return replace(response, usage=changed)

    return change


def _of_count(name: str, **uncovered: str) -> Row:
    change = _of_usage(name, None)
    return Row(f"Usage.{name}", "", "response", change, _COUNT_FORMS, _CHECKS, uncovered=uncovered)


row(
    _of_count("prompt_tokens"),
    _of_count("completion_tokens"),
    _of_count("total_tokens", zero="services that count nothing report zeros in place of nothing"),
    _of_count("cached_tokens"),
    _of_count("reasoning_tokens"),
    Row(
        "Usage.cache_write_tokens",
        "",
        "response",
        _of_usage("cache_write_tokens", None),
        [PRESENT],
        [],
        uncovered={PRESENT.name: "it is newer than contract 1.0, whose checks are fixed"},
    ),
    Row(
        "Usage.total_tokens",
        "that is not the sum",
        "response",
        _of_usage("total_tokens", None),
        [PRESENT],
        ["PC-USAGE-007"],
    ),
    Row(
        "Usage.source",
        "",
        "response",
        _of_usage("source", "estimated"),
        [Form('"reported"', lambda source: LOST)],
        ["PC-USAGE-011"],
    ),
)
