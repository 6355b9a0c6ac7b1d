"""The types that answers are decoded into, whole ones and the chunks of streams."""

from __future__ import annotations

from typing import Any

import msgspec

CUT_FIELDS = frozenset({"text"})
"""Fields whose text servers may cut within a character."""


# Objects are typed, so that msgspec skips unknown fields; values are not, because servers differ.
class WireContent(msgspec.Struct):
    """The parts of an answer; each is kept as it came."""

    parts: list[Any] | None = None


class WireCandidate(msgspec.Struct, rename="camel"):
    """One of the answers; only the first counts."""

    content: WireContent | None = None
    finish_reason: Any = None
    finish_message: Any = None
    index: Any = None


class WireUsage(msgspec.Struct, rename="camel"):
    """Token counts, all of them running totals."""

    prompt_token_count: Any = None
    tool_use_prompt_token_count: Any = None
    cached_content_token_count: Any = None
    candidates_token_count: Any = None
    thoughts_token_count: Any = None
    total_token_count: Any = None


class WireChunk(msgspec.Struct, rename="camel"):
    """A chunk of a stream, or a whole answer: they have one form."""

    candidates: list[WireCandidate] | None = None
    usage_metadata: WireUsage | None = None
    prompt_feedback: Any = None
    model_version: Any = None
    response_id: Any = None
    error: Any = None
