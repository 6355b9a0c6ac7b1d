"""Errors: what Ollama's messages mean, and what to do about them.

Source: https://github.com/ollama/ollama/blob/main/server/routes.go
"""

from __future__ import annotations

import re
import shlex
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

_READ_CHARACTERS = 2000
# An error inside a stream has no status; these are the statuses of the same messages before one.
_STATUSES = (
    (re.compile(r"not found|file does not exist|no such model"), 404),
    (re.compile(r"server busy|maximum pending requests"), 503),
    (re.compile(r"too many (concurrent )?requests|rate limit", re.IGNORECASE), 429),
    (re.compile(r"^unauthorized|^you need to be signed in"), 401),
    (re.compile(r"runner|terminated|unexpected EOF|memory|CUDA|ROCm|Metal|running the model"), 500),
)
_CANNOT = re.compile(r"does not support (\w[\w ]{0,30})")
_MISSING = re.compile(r"model ['\"]([^'\"]{1,200})['\"] not found")
_OPTIONS = {
    "thinking": "Leave reasoning_effort out, or",
    "tools": "Leave tools out, or",
    "insert": "Leave suffix out, or",
}
_HINTS: tuple[tuple[type[ProviderError], str], ...] = (
    (ProviderPermissionError, "Check what your account at ollama.com includes."),
    (
        ProviderAuthError,
        "Run `ollama signin`, or set OLLAMA_API_KEY to a key from https://ollama.com/settings/keys.",
    ),
    (ContextLengthError, "Shorten the conversation, or raise options.num_ctx by extra_body."),
    (
        ProviderOverloadedError,
        "Try again later, or raise OLLAMA_MAX_QUEUE and OLLAMA_NUM_PARALLEL of the server.",
    ),
)


def reply_error(reply: HttpReply) -> ProviderError:
    """Return the error in an unsuccessful reply, whatever stands in front of the service."""
    return make_error(reply.status, read_error(reply))


def make_error(status: int | None, found: ServiceError) -> ProviderError:
    """Return the exception for what the service says; ``status`` is ``None`` in a stream."""
    message = found.message or "the service reports an error without a message"
    kind = error_class(status or found.status or _status_of(found.message), found)
    if status == HTTPStatus.NOT_FOUND and not _names_a_model(found.message):
        hint: str | None = "Check the base URL and OLLAMA_HOST: no Ollama answers there."
        return ProviderModelNotFoundError(message, status=status, hint=hint)
    error = kind(message, status=status, retry_after=found.wait_s)
    error.hint = _hint(error, found.message)
    return error


def pull_hint(model: str) -> str:
    """Return how to install a model; the command can be pasted, whatever the model is called."""
    return f"Pull it first: `ollama pull {shlex.quote(model)}`."


def _names_a_model(message: str) -> bool:
    return "model" in message or "not found, try pulling" in message


def _status_of(message: str) -> int | None:
    said = message[:_READ_CHARACTERS]
    return next((status for pattern, status in _STATUSES if pattern.search(said)), None)


def _hint(error: ProviderError, message: str) -> str | None:
    if lacks := _CANNOT.search(message[:_READ_CHARACTERS]):
        start = _OPTIONS.get(lacks[1].split()[0], "")
        return f"{start} choose a model that can.".strip().capitalize()
    if isinstance(error, ProviderUnavailableError) and "memory" in message[:_READ_CHARACTERS]:
        return "Choose a smaller model, or lower options.num_ctx by extra_body."
    if missing := _MISSING.search(message[:_READ_CHARACTERS]):
        return pull_hint(missing[1])
    own = next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)
    return own or default_hint(error)
