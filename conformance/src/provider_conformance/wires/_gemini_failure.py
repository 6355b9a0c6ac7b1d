"""Writes failures in Google's model of errors: a status with details.

Source: https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

from typing import Any

from provider_conformance.wires._answer import ErrorKind, Failure

_DOMAIN = "googleapis.com"
_SERVICE = "generativelanguage.googleapis.com"
# code, status
_ERRORS: dict[ErrorKind, tuple[int, str]] = {
    "auth": (400, "INVALID_ARGUMENT"),
    "permission": (403, "PERMISSION_DENIED"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "quota": (429, "RESOURCE_EXHAUSTED"),
    "model_not_found": (404, "NOT_FOUND"),
    "bad_request": (400, "INVALID_ARGUMENT"),
    "context_length": (400, "INVALID_ARGUMENT"),
    "overloaded": (503, "UNAVAILABLE"),
    "server": (500, "INTERNAL"),
    "timeout": (504, "DEADLINE_EXCEEDED"),
}
_REASONS: dict[ErrorKind, str] = {
    "auth": "API_KEY_INVALID",
    "permission": "API_KEY_SERVICE_BLOCKED",
}
# Only this tells a quota that lasts from a limit that passes.
_QUOTA_IDS: dict[ErrorKind, str] = {
    "rate_limit": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
    "quota": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
}
# Only the message tells a prompt that is too long from other invalid requests.
_TOO_LONG = (
    "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
)


def status_of(failure: Failure) -> int:
    """Return the HTTP status of a failure."""
    return failure.status or _ERRORS[failure.kind][0]


def status_body(failure: Failure) -> dict[str, Any]:
    """Return the body of an error reply."""
    too_long = f"{_TOO_LONG} {failure.message}"
    error: dict[str, Any] = {
        "code": status_of(failure),
        "message": too_long if failure.kind == "context_length" else failure.message,
        "status": _ERRORS[failure.kind][1],
    }
    if details := _details(failure):
        error["details"] = details
    return {"error": error}


def _details(failure: Failure) -> list[dict[str, Any]]:
    details: list[dict[str, Any]] = []
    if reason := _REASONS.get(failure.kind):
        info = {"reason": reason, "domain": _DOMAIN, "metadata": {"service": _SERVICE}}
        details.append(_detail("ErrorInfo", **info))
    if id := _QUOTA_IDS.get(failure.kind):
        metric = f"{_SERVICE}/generate_content_free_tier_requests"
        violation = {"quotaMetric": metric, "quotaId": id, "quotaValue": "20"}
        details.append(_detail("QuotaFailure", violations=[violation]))
    if failure.retry_after is not None:
        details.append(_detail("RetryInfo", retryDelay=_duration(failure.retry_after)))
    if failure.request_id:
        details.append(_detail("RequestInfo", requestId=failure.request_id))
    return details


def _detail(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


def _duration(seconds: float) -> str:
    """Return a duration as protobuf writes it in JSON."""
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"
