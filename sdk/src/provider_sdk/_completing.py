"""Completing an error of a service: with its provider and model, and without the credential."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from provider_sdk._credentials import Credential
from provider_sdk._errors import ProviderAuthError, ProviderError
from provider_sdk._redact import redacted_json
from provider_sdk._responses import ChatResponse
from provider_sdk._timeouts import Deadline

LONGEST_MESSAGE = 2000
"""Characters of a service's error message that are kept; a page of text is not a message."""

Redact = Callable[[str], str]


def completed(
    error: ProviderError,
    *,
    provider: str,
    model: str | None,
    credential: Credential | None,
    redact: Redact,
) -> ProviderError:
    """Fill in the provider and model that the error lacks, and redact its texts.

    Args:
        error: the error, which is changed.
        provider: the name of the provider.
        model: the model that was asked, if it is known.
        credential: the credential in use; an error about it says where it came from.
        redact: removes the credential from a text.
    """
    error.provider = error.provider or provider
    error.model = error.model or model or None
    if isinstance(error, ProviderAuthError) and credential is not None:
        source = f"The credential came from {credential.source}."
        if source not in (error.hint or ""):
            error.hint = f"{error.hint} {source}" if error.hint else source
    error.message = shortened(error.message, redact)
    error.args = (error.message,)
    # The frames below hold headers, which debuggers and crash reports show.
    error.__traceback__ = None
    for name in ("hint", "request_id", "served_by"):
        if text := getattr(error, name):
            setattr(error, name, redact(text[:LONGEST_MESSAGE]))
    if error.partial is not None:
        error.partial = _redacted_answer(error.partial, redact)
    return error


async def explained(
    error: ProviderError,
    explain: Callable[[ProviderError], Awaitable[ProviderError]],
    deadline: Deadline,
    redact: Redact,
) -> ProviderError:
    """Return the error with the hint that ``explain`` finds before the deadline."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(deadline.at):
            error = await explain(error)
    error.hint = redact(error.hint) if error.hint else None  # it may hold text of the service
    return error


def shortened(text: str, redact: Redact) -> str:
    """Return the beginning of a text without the credential.

    It is redacted before it is cut: half a credential would not be recognised. A huge text is cut
    before that too, only to bound the work.
    """
    return redact(text[: 8 * LONGEST_MESSAGE])[:LONGEST_MESSAGE]


def _redacted_answer(answer: ChatResponse, redact: Redact) -> ChatResponse:
    """Redact what an answer holds of the service's own words; the model's are left alone."""
    own: dict[str, Any] = {
        "warnings": tuple(map(redact, answer.warnings)),
        "raw": redacted_json(answer.raw, redact),
    }
    for name in ("raw_finish_reason", "model", "request_id", "served_by"):
        if text := getattr(answer, name):
            own[name] = shortened(text, redact)
    return replace(answer, **own)
