"""Errors: what Ollama's messages mean, and what to do about them.

Source: https://github.com/ollama/ollama/blob/main/server/routes.go
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from http import HTTPStatus

from provider_sdk import (
    ContextLengthError,
    HttpReply,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderUnavailableError,
    default_hint,
)
from provider_sdk.chat_completions import ServiceError, error_class, read_error
from provider_sdk.decoding import decode_json, mapping_or_empty, text_or_none

_READ_CHARACTERS = 2000
_ADDRESS = re.compile(r"https://[!-~]{1,500}")
# What follows was written by the model, or quoted from it; its words say nothing of the service.
_WRITTEN = re.compile(
    r"\braw\b\W{0,3}[=:]|\bpars(?:e|er|ing)\b|\b(?:un)?marshal(?:l?ing)?\b|\bsyntax error\b"
    r"|\bdecod(?:e|ing)\b|\bharmony\b|\b(?:invalid|malformed|bad) tool call\b|\bproduced output\b",
    re.IGNORECASE,
)
_MISSING = re.compile(r"model ['\"]([^'\"]{1,200})['\"] not found")
_GONE = re.compile(
    r"^(?:error: )?model (?:['\"][^'\"]{1,200}['\"] )?(?:was )?not found|not found, try pulling"
    r"|\bmanifest: (?:file does not exist|not found)|\bmanifest[ _](?:unknown|not found)"
    r"|^(?:error: )?(?:file does not exist$|no such model)",
    re.IGNORECASE,
)
# An error inside a stream has no status; these are the statuses of the same messages before one.
_STATUSES = (
    (_GONE, 404),
    (re.compile(r"server busy|maximum pending requests"), 503),
    (re.compile(r"too many (concurrent )?requests|rate limit", re.IGNORECASE), 429),
    (re.compile(r"^unauthorized|^you need to be signed in"), 401),
    (
        re.compile(
            r"no such host|name resolution|server misbehaving|\bdial (?:tcp|udp|unix)\b|i/o timeout"
            r"|connection (?:refused|reset|timed out)|(?:network|host) is (?:unreachable|down)"
            r"|no route to host|broken pipe|TLS handshake|\bx509\b|deadline exceeded"
        ),
        502,
    ),
    (re.compile(r"runner|terminated|unexpected EOF|memory|CUDA|ROCm|Metal|running the model"), 500),
)
_CANNOT = re.compile(r"does not support (\w[\w ]{0,30})")
_OPTIONS = {
    "thinking": "Leave reasoning_effort out, or",
    "tools": "Leave tools out, or",
    "insert": "Leave suffix out, or",
}
_NO_SERVICE = "Check the base URL: nothing there speaks this protocol."
_SHORTER = "Shorten the conversation, or raise options.num_ctx by extra_body."
_OWN_HINTS: tuple[tuple[type[ProviderError], str], ...] = (
    (ProviderPermissionError, "Check what your account at ollama.com includes."),
    (
        ProviderAuthError,
        "Run `ollama signin`, or set OLLAMA_API_KEY to a key from https://ollama.com/settings/keys.",
    ),
    (
        ProviderOverloadedError,
        "Try again later, or raise OLLAMA_MAX_QUEUE and OLLAMA_NUM_PARALLEL of the server.",
    ),
)


def reply_error(reply: HttpReply) -> ProviderError:
    """Return the error in an unsuccessful reply, whatever stands in front of the service."""
    error = make_error(reply.status, read_error(reply))
    if reply.status == HTTPStatus.UNAUTHORIZED and (url := _signin_url(reply.body)):
        error.hint = f"Sign in at {url}."
    return error


def make_error(status: int | None, found: ServiceError) -> ProviderError:
    """Return the exception for what the service says; ``status`` is ``None`` in a stream.

    It has no hint: see ``service_hint`` and ``own_hint``.
    """
    said = _own_words(found.message)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and _GONE.search(said):
        kind: type[ProviderError] = ProviderModelNotFoundError
    else:
        known = status or found.status or _status_of(said)
        kind = error_class(known, replace(found, message=said))
    message = found.message or "the service reports an error without a message"
    return kind(message, status=status, retry_after=found.wait_s)


def service_hint(error: ProviderError) -> str | None:
    """Return what to do about an error of any service that speaks the protocol."""
    said = _own_words(error.message)
    if _is_of_another_server(error):
        return _NO_SERVICE
    if lacks := _CANNOT.search(said):
        start = _OPTIONS.get(lacks[1].split()[0], "")
        return f"{start} choose a model that can.".strip().capitalize()
    if isinstance(error, ProviderUnavailableError) and "memory" in said:
        return "Choose a smaller model, or lower options.num_ctx by extra_body."
    return _SHORTER if isinstance(error, ContextLengthError) else default_hint(error)


def own_hint(error: ProviderError) -> str | None:
    """Return what to do about an error of Ollama itself, ``None`` if nothing of its own helps."""
    if _is_of_another_server(error):
        return "Check the base URL and OLLAMA_HOST: no Ollama answers there."
    if missing := _MISSING.search(_own_words(error.message)):
        return pull_hint(missing[1])
    return next((hint for kind, hint in _OWN_HINTS if isinstance(error, kind)), None)


def pull_hint(model: str) -> str:
    """Return how to install a model; the command can be pasted, whatever the model is called."""
    return f"Pull it first: `ollama pull {shlex.quote(model)}`."


def _is_of_another_server(error: ProviderError) -> bool:
    """Whether a 404 does not speak of a model: it comes from another server, or another path."""
    is_about_a_model = "model" in error.message or _GONE.search(_own_words(error.message))
    return error.status == HTTPStatus.NOT_FOUND and not is_about_a_model


def _own_words(message: str) -> str:
    """Return the beginning of a message that the service itself wrote."""
    said = message[:_READ_CHARACTERS]
    written = _WRITTEN.search(said)
    return said[: written.start()] if written else said


def _status_of(said: str) -> int | None:
    return next((status for pattern, status in _STATUSES if pattern.search(said)), None)


def _signin_url(body: bytes) -> str | None:
    try:
        url = text_or_none(mapping_or_empty(decode_json(body)).get("signin_url"))
    except ValueError:
        return None
    return url if url and _ADDRESS.fullmatch(url) else None
