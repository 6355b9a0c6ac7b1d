"""Reads error bodies in all the shapes that services use, and chooses the exception class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from provider_sdk._dialect import HttpReply
from provider_sdk._errors import (
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderUnavailableError,
    error_class_of,
)
from provider_sdk.chat_completions._error_words import (
    QUOTA_LABELS,
    TOO_LONG_LABELS,
    means_quota,
    means_too_long,
)
from provider_sdk.decoding import decode_json, mapping_or_empty, number_or_none

# Messages nested deeper than this are ignored; real ones never are.
_MAX_DEPTH = 8

_MODEL = frozenset({"model_not_found", "model_not_supported", "invalid_model"})
_CREDENTIAL = frozenset({"invalid_api_key", "authentication_error"})
_OVERLOADED = frozenset({"overloaded", "overloaded_error", "server_overloaded"})
_THREE_DIGITS = re.compile(r"[0-9]{3}")
_INNER_CHARACTERS = 8000
_BY_TYPE: dict[str, type[ProviderError]] = {
    "authentication_error": ProviderAuthError,
    "permission_error": ProviderPermissionError,
    "rate_limit_error": ProviderRateLimitError,
    "rate_limit_exceeded": ProviderRateLimitError,
    "invalid_request_error": ProviderRequestError,
    "validation": ProviderRequestError,
    "server_error": ProviderUnavailableError,
}


_TITLE = re.compile("<title", re.IGNORECASE)
_TITLE_END = re.compile("</title", re.IGNORECASE)


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
    """Return the error in a server-sent event whose type is ``error``."""
    return read_error_body(_decoded(data))


def says_error(error: object) -> bool:
    """Whether a field for an error holds one: many services always send the field, but empty."""
    return any(error.values()) if isinstance(error, Mapping) else bool(error)


def is_error_body(body: Any) -> bool:
    """Whether a decoded body reports an error although its status is that of a success."""
    if isinstance(body, list):
        return bool(body) and is_error_body(body[0])
    if not isinstance(body, Mapping):
        return False
    if says_error(body.get("error")) or body.get("object") == "error":
        return True
    return not body.get("choices") and bool(read_error_body(body).message)


def read_error_body(body: Any) -> ServiceError:
    """Return the error in a decoded body; its message is empty if there is none."""
    if isinstance(body, list):
        body = body[0] if body and isinstance(body[0], Mapping) else "; ".join(_messages_in(body))
    if not isinstance(body, Mapping):
        return ServiceError(body if isinstance(body, str) else "")
    inner = body.get("error")
    holder = inner if isinstance(inner, Mapping) else body
    labels = (holder.get("code"), holder.get("type"), body.get("error_type"))
    message = _message(body, holder)
    inner_error = _back_end_error(holder)
    if inner_error.message and inner_error.message not in message:
        message = f"{message}: {inner_error.message}" if message else inner_error.message
    return ServiceError(
        message=message,
        labels=inner_error.labels | {str(label).lower() for label in labels if _is_label(label)},
        fields=tuple(_fields(holder.get("param"), body.get("detail"))),
        status=_status(holder) or _status(body) or inner_error.status,
        warnings=tuple(_messages_in(body.get("warnings"))),
        wait_s=_wait(body.get("estimated_time")),
    )


def _back_end_error(holder: Mapping[str, Any]) -> ServiceError:
    """Return the error of the back end; OpenRouter's own message is "Provider returned error"."""
    raw = mapping_or_empty(holder.get("metadata")).get("raw")
    if not isinstance(raw, str) or not raw.strip():
        return ServiceError("")
    # Errors may be nested as JSON text. Each level doubles the escapes, so few levels fit.
    return read_error_body(_decoded(raw[:_INNER_CHARACTERS].encode("utf-8", errors="replace")))


def _is_label(label: object) -> bool:
    return isinstance(label, str | int) and not isinstance(label, bool)


def error_class(status: int | None, error: ServiceError) -> type[ProviderError]:
    """Return the class for a status (``None`` inside a stream) and what the service says."""
    if error.labels & QUOTA_LABELS or status == 402:
        return ProviderQuotaError
    if error.labels & _MODEL:
        return ProviderModelNotFoundError
    if (status is None or 400 <= status < 500) and means_quota(error.message):
        return ProviderQuotaError
    if error.labels & _CREDENTIAL:
        return ProviderAuthError
    if status in (None, 400, 413, 422, 500) and _is_too_long(error):
        return ContextLengthError
    if status is None:
        return _class_in_stream(error)
    found = error_class_of(status)
    vague = found in (ProviderUnavailableError, ProviderRequestError, ProviderResponseError)
    return ProviderOverloadedError if vague and error.labels & _OVERLOADED else found


def _decoded(data: bytes) -> Any:
    try:
        return decode_json(data)
    except ValueError:
        return data.decode("utf-8", errors="replace").strip()


def _class_in_stream(error: ServiceError) -> type[ProviderError]:
    if error.status is not None:
        return error_class(error.status, error)
    if error.labels & _OVERLOADED:
        return ProviderOverloadedError
    for label in sorted(error.labels):
        if label in _BY_TYPE:
            return _BY_TYPE[label]
    return ProviderResponseError


def _is_too_long(error: ServiceError) -> bool:
    return bool(error.labels & TOO_LONG_LABELS) or means_too_long(error.message)


def _message(body: Mapping[str, Any], holder: Mapping[str, Any]) -> str:
    candidates = (
        holder.get("message"),
        body.get("error_description"),
        body.get("error"),
        body.get("errors"),
        body.get("detail"),
        body.get("message"),
    )
    return next((text for c in candidates if (text := "; ".join(_messages_in(c)))), "")


def _messages_in(value: object, depth: int = _MAX_DEPTH) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list) and depth:
        return [text for item in value for text in _messages_in(item, depth - 1)]
    if isinstance(value, Mapping) and depth:
        # FastAPI says `msg`, most others `message`.
        return _messages_in(value.get("message") or value.get("msg"), depth - 1)
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
    codes = (holder.get(name) for name in ("code", "status", "status_code", "http_status"))
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
