"""Rows of what an answer brings: texts, calls, usage, ids."""

from __future__ import annotations

from provider_conformance.coverage._forms import TEXT_FORMS
from provider_conformance.coverage._rows import Row, of_field, row

row(
    Row(
        "ChatResponse.text",
        "",
        "response",
        of_field("text", ""),
        TEXT_FORMS,
        ["PC-CHAT-001", "PC-STREAM-001"],
    ),
)
