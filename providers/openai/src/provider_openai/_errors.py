"""Reads what the Responses API says in errors, beyond what services with chat completions do.

Sources: https://platform.openai.com/docs/guides/error-codes, and the codes of ``ResponseError`` in
https://github.com/openai/openai-python/blob/v3.57.0/src/openai/types/responses/response_error.py
"""

from __future__ import annotations

import re
from dataclasses import replace

from provider_sdk.chat_completions import ServiceError

# Codes that have no HTTP status inside a stream, and the usual words for what they mean.
_MEANINGS = (
    (
        re.compile("invalid_prompt|cyber_policy|bio_policy|.*image|unsupported_|data_residency"),
        "invalid_request_error",
    ),
    (re.compile("slow_down$"), "overloaded"),
    (re.compile("vector_store_timeout"), "timeout"),
)
_NOT_STORED = re.compile(r"\bitem with id .{1,200} not found", re.IGNORECASE | re.DOTALL)
_WAIT = re.compile(
    r"(?:try|retry) again in (?:(\d{1,4})m(?!s))? ?(?:(\d{1,9}(?:\.\d{1,9})?) ?(ms|s))?",
    re.IGNORECASE,
)
_READ_CHARACTERS = 4000


def with_meaning(found: ServiceError) -> ServiceError:
    """Return an error inside a stream with labels that say what its code means, and its wait."""
    known = (word for code, word in _MEANINGS if any(map(code.match, found.labels)))
    wait = found.wait_s if found.wait_s is not None else _wait_in(found.message)
    return replace(found, labels=found.labels.union(known), wait_s=wait)


def is_missing_item(found: ServiceError) -> bool:
    """Whether the service misses an item of an earlier answer, which it did not store."""
    return bool(_NOT_STORED.search(found.message[:_READ_CHARACTERS]))


def _wait_in(message: str) -> float | None:
    """Return the seconds that a message asks to wait: inside a stream no header says it."""
    found = _WAIT.search(message[:_READ_CHARACTERS])
    if found is None or not any(found.groups()):
        return None
    minutes, number, unit = found.groups()
    seconds = float(number or 0) / (1000 if (unit or "").lower() == "ms" else 1)
    return 60 * int(minutes or 0) + seconds
