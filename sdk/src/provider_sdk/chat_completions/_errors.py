"""Reads error bodies in all the shapes that services use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from provider_sdk._dialect import HttpReply
from provider_sdk._patterns import Pattern
from provider_sdk.chat_completions._error_signs import (
    CODES,
    MAX_DEPTH,
    STATUSES,
    TEXTS,
    is_error_body,
    says_error,
)
from provider_sdk.decoding import decode_json, mapping_or_empty, number_or_none

_THREE_DIGITS = Pattern(r"[0-9]{3}")
_INNER_CHARACTERS = 8000
# Where gateways put the error of the service behind them.
_INNER = (
    *("upstream_error", "upstream", "inner_error", "innererror", "innerError", "original_error"),
    *("originalError", "provider_error", "cause"),
)
_INNER_FIELDS = 32
_NESTED_ERRORS = 4
# MiniMax's numbers mean other things than those of Z.ai.
_MINIMAX_LABELS = {
    "1002": "rate_limit_exceeded",
    "1004": "authentication_error",
    "1008": "insufficient_balance",
    "2049": "invalid_api_key",
}
_TITLE = Pattern("<title", re.IGNORECASE)
_TITLE_END = Pattern("</title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServiceError:
    """What a service says went wrong.

    Attributes:
        message: its message, empty if it sent none.
        labels: its type and code, lower-case.
        fields: the fields of the request that it objects to.
        status: the HTTP status that the body names.
        warnings: further sentences that the service sent.
        wait_s: seconds that it asks to wait.
    """

    message: str
    labels: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    status: int | None = None
    warnings: tuple[str, ...] = ()
    wait_s: float | None = None


def read_error(reply: HttpReply) -> ServiceError:
    """Return the error in an unsuccessful reply, whatever shape its body has."""
    body = _decoded(reply.body)
    said = reply.headers.get("x-error-message")
    if isinstance(body, str) and body.startswith("<"):
        # The header says more than the title of the page.
        body = said or _title(body)
    found = read_error_body(body)
    if found.message:
        return found
    message = said or _status_text(reply.status)
    code = reply.headers.get("x-error-code")
    return ServiceError(message, frozenset({code.lower()}) if code else frozenset())


def read_error_event(data: bytes) -> ServiceError:
    """Return the error in a server-sent event whose type says that it is one."""
    return read_error_body(_decoded(data))


def error_in_chunk(data: bytes) -> ServiceError | None:
    """Return the error that a chunk of a stream reports, ``None`` if it reports none."""
    body = _decoded(data)
    return read_error_body(body) if is_error_body(body) else None


def read_error_body(body: Any, depth: int = _NESTED_ERRORS) -> ServiceError:
    """Return the error in a decoded body; its message is empty if the body says nothing.

    Args:
        body: the body.
        depth: how many errors may be nested in it; those inside are ignored.
    """
    if isinstance(body, list):
        body = body[0] if body and isinstance(body[0], Mapping) else "; ".join(_messages_in(body))
    if not isinstance(body, Mapping):
        return ServiceError(body if isinstance(body, str) else "")
    holder = _holder(body)
    message = _message(body, holder)
    inner_error = _back_end_error(body, holder, message, depth)
    if inner_error.message and inner_error.message not in message:
        message = f"{message}: {inner_error.message}" if message else inner_error.message
    return ServiceError(
        message=message,
        labels=inner_error.labels | frozenset(_labels(body, holder)),
        fields=tuple(_fields(holder.get("param"), body.get("detail"))),
        status=_status(holder) or _status(body) or inner_error.status,
        warnings=tuple(_messages_in(body.get("warnings"))),
        wait_s=_wait(body.get("estimated_time")),
    )


def _back_end_error(
    body: Mapping[str, Any], holder: Mapping[str, Any], message: str, depth: int
) -> ServiceError:
    """Return the error of the back end; OpenRouter's own message is "Provider returned error"."""
    inner = [mapping_or_empty(holder.get("metadata")).get("raw")]
    if depth:
        # Each value once, or the work would double with each level.
        places = [holder] if holder is body else [holder, body]
        inner += [place.get(name) for place in places for name in _INNER]
        if not message:
            others = [holder[name] for name in holder if name not in _INNER]
            inner += [value for value in others if isinstance(value, Mapping)]
    found = (_inner_error(each, depth - 1) for each in inner[:_INNER_FIELDS])
    return next((error for error in found if error.message), ServiceError(""))


def _inner_error(inner: object, depth: int) -> ServiceError:
    if isinstance(inner, Mapping):
        return read_error_body(inner, depth)
    if not isinstance(inner, str) or not inner.strip():
        return ServiceError("")
    # Errors may be nested as JSON text. Each level doubles the escapes, so few levels fit.
    text = inner[:_INNER_CHARACTERS].encode("utf-8", errors="replace")
    return read_error_body(_decoded(text), depth)


def _holder(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that holds code and message: of an envelope in the body, or the body."""
    errors = body.get("errors")
    only = errors[0] if isinstance(errors, list) and len(errors) == 1 else errors
    envelopes = (body.get("error"), body.get("base_resp"), only)
    found = (item for item in envelopes if isinstance(item, Mapping) and says_error(item))
    return next(found, body)


def _labels(body: Mapping[str, Any], holder: Mapping[str, Any]) -> Iterator[str]:
    is_minimax = holder is body.get("base_resp")
    labels = [holder.get(name) for name in (*CODES, "type", "status", "status_code")]
    for label in (*labels, body.get("error_type")):
        if isinstance(label, str | int) and not isinstance(label, bool):
            text = str(label).lower()
            yield _MINIMAX_LABELS.get(text, "") if is_minimax else text


def _decoded(data: bytes) -> Any:
    try:
        return decode_json(data)
    except ValueError:
        return data.decode("utf-8", errors="replace").strip()


def _message(body: Mapping[str, Any], holder: Mapping[str, Any]) -> str:
    candidates = (
        *map(holder.get, TEXTS),
        body.get("error_description"),
        body.get("error"),
        body.get("errors"),
        body.get("detail"),
        *map(body.get, TEXTS),
        *map(holder.get, ("description", "reason")),
    )
    return next((text for c in candidates if (text := "; ".join(_messages_in(c)))), "")


def _messages_in(value: object, depth: int = MAX_DEPTH) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list) and depth:
        return [text for item in value for text in _messages_in(item, depth - 1)]
    if isinstance(value, Mapping) and depth:
        return _messages_in(next(filter(None, map(value.get, TEXTS)), None), depth - 1)
    return []


def _fields(param: object, detail: object) -> Iterator[str]:
    if isinstance(param, str) and param:
        yield param
    for item in detail if isinstance(detail, list) else ():
        location = item.get("loc") if isinstance(item, Mapping) else None
        if isinstance(location, list):
            yield ".".join(str(step) for step in location if step != "body")


def _title(page: str) -> str:
    """Return the title of an HTML page, with searches that read each character once."""
    if (opening := _TITLE.search(page)) is None:
        return ""
    start = page.find(">", opening.end()) + 1
    closing = _TITLE_END.search(page, start) if start else None
    return " ".join(page[start : closing.start()].split()) if closing else ""


def _status(holder: Mapping[str, Any]) -> int | None:
    codes = map(holder.get, (*CODES, *STATUSES))
    return next((status for code in codes if (status := _as_status(code))), None)


def _as_status(code: object) -> int | None:
    if isinstance(code, str):
        code = int(code) if _THREE_DIGITS.fullmatch(code.strip()) else None
    number = number_or_none(code)
    return int(number) if number is not None and 400 <= number < 600 else None


def _wait(seconds: object) -> float | None:
    number = number_or_none(seconds)
    return number if number is not None and number >= 0 else None


def _status_text(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
