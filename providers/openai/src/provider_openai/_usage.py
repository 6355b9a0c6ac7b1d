"""Token counts and ends of an answer, in the contract's terms."""

from __future__ import annotations

from collections.abc import Mapping

from provider_sdk import FinishReason, Usage
from provider_sdk.decoding import mapping_or_empty, text_or_none, token_count

# https://platform.openai.com/docs/api-reference/responses/object
_INCOMPLETE: Mapping[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "length": "length",
    "content_filter": "content_filter",
}


def read_finish(status: object, details: object) -> tuple[FinishReason, str | None]:
    """Return why an answer ended: the contract's word, and the service's.

    Args:
        status: the status of the answer.
        details: its ``incomplete_details``.
    """
    said = text_or_none(status)
    if said == "completed":
        return "stop", said
    reason = text_or_none(mapping_or_empty(details).get("reason"))
    if said == "incomplete" and reason is not None:
        return _INCOMPLETE.get(reason, "other"), reason
    return "other", said


def read_usage(usage: object) -> Usage | None:
    """Return the counts of a report, ``None`` if it says nothing.

    A service that translates another protocol reports zeros if it does not know.
    """
    counts = mapping_or_empty(usage)
    read = mapping_or_empty(counts.get("input_tokens_details"))
    written = mapping_or_empty(counts.get("output_tokens_details"))
    found = Usage(
        prompt_tokens=token_count(counts.get("input_tokens")),
        completion_tokens=token_count(counts.get("output_tokens")),
        total_tokens=token_count(counts.get("total_tokens")),
        cached_tokens=token_count(read.get("cached_tokens")),
        reasoning_tokens=token_count(written.get("reasoning_tokens")),
        cache_write_tokens=token_count(read.get("cache_write_tokens")),
    )
    counted = (found.prompt_tokens, found.completion_tokens, found.total_tokens)
    return found if any((*counted, found.cached_tokens, found.reasoning_tokens)) else None
