"""Errors: what the service reports, in replies, in answers and at the end of streams.

Source: https://docs.cohere.com/reference/errors. A body is ``{"id", "message"}``; there are no
codes, so the status says what an error is, and sometimes the message more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    HttpReply,
    ProviderError,
    ProviderQuotaError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    foreign_error,
)
from provider_sdk.decoding import decode_json, mapping_or_empty, text_or_none

KEYS_PAGE = "https://dashboard.cohere.com/api-keys"
_BY_FINISH: Mapping[str, type[ProviderError]] = {
    "ERROR": ProviderUnavailableError,
    "TIMEOUT": ProviderTimeoutError,
}
_TRY_AGAIN = "Try again later, or use another model."
# A trial key has a limit per minute, for which waiting helps, and one per month.
_PER_MONTH = re.compile(r"\bcalls? ?(/|per) ?month\b", re.IGNORECASE)
_LONGEST_MESSAGE = 2000


def read_error(reply: HttpReply) -> ProviderError:
    """Return the error in a reply: the service's, or that of a proxy or gateway before it."""
    error = foreign_error(reply)
    if error.status == 429 and _PER_MONTH.search(error.message[:_LONGEST_MESSAGE]):
        error = ProviderQuotaError(
            error.message,
            status=error.status,
            hint="Waiting does not help: use a production key, or another provider.",
        )
    error.request_id = error.request_id or _id_of(reply.body)
    return error


def failed_answer(finish: str, message: str | None) -> ProviderError | None:
    """Return the error that a finish reason means, ``None`` if it is an answer's.

    Args:
        finish: the service's word.
        message: what the service says went wrong, if anything.
    """
    kind = _BY_FINISH.get(finish, ProviderResponseError if message else None)
    if kind is None:
        return None
    return kind(message or f"the answer failed ({finish})", hint=_TRY_AGAIN)


def error_despite_success(body: object) -> ProviderError | None:
    """Return the error in the body of a successful reply, or in an event, ``None`` if it has none.

    An answer has a message too, but it is an object.
    """
    found = mapping_or_empty(body)
    message = text_or_none(found.get("message")) or text_or_none(found.get("error"))
    if message is None:
        return None
    return ProviderResponseError(message, request_id=text_or_none(found.get("id")))


def _id_of(body: bytes) -> str | None:
    try:
        decoded: Any = decode_json(body)
    except ValueError:
        return None
    return text_or_none(mapping_or_empty(decoded).get("id"))
