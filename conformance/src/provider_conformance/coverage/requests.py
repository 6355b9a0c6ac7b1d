"""Rows of what a call sends: messages, tools, options."""

from __future__ import annotations

from provider_conformance.coverage._forms import TEXT_FORMS
from provider_conformance.coverage._rows import Row, of_turns, row

row(
    Row(
        "Message.content",
        "of a user's turn",
        "call",
        of_turns("user", "content"),
        TEXT_FORMS,
        ["PC-CHAT-002"],
    ),
)
