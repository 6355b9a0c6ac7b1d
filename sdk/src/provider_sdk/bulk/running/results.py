"""Makes the result of a row from an answer or an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from provider_sdk._accounting.figures import figures_of
from provider_sdk._accounting.prices import Prices
from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError
from provider_sdk._responses import ChatResponse
from provider_sdk.bulk.rows import Result, Row, RowError

_LONGEST_MESSAGE = 2000
"""Characters of an error's message that are kept."""


def answer_result(
    row: Row,
    answer: ChatResponse,
    *,
    provider: BaseProvider,
    model: str,
    options: Mapping[str, Any],
    prices: Prices,
    attempts: int,
    seconds: float,
) -> Result:
    """Return the result of a row that was answered; a refusal is an answer too.

    Tokens that the service did not count are estimated, as everywhere; ``usage.source`` says so.

    Args:
        row: the row.
        answer: its answer.
        provider: who was asked.
        model: the model that was asked; ``""`` if the provider found one by itself.
        options: the options of the call.
        prices: what tokens cost.
        attempts: how often the row was sent.
        seconds: from the first sending to the answer.
    """
    route = answer.route
    name = route.provider if route else provider.name
    usage = figures_of(answer, row.messages, options.get("tools") or (), whole=True)
    cost = prices.cost(
        usage,
        provider=name,
        model=route.model if route else model,
        response_model=answer.model,
        served_by=answer.served_by,
    )
    return Result(
        index=row.index,
        id=row.id,
        input_hash=row.hash,
        state="done",
        attempts=attempts,
        text=answer.text or answer.refusal or "",
        reasoning=answer.reasoning,
        tool_calls=answer.tool_calls,
        finish_reason=answer.finish_reason,
        usage=usage,
        cost_usd=cost,
        provider=name,
        served_by=answer.served_by,
        model=answer.model or model,
        seconds=seconds,
        ended_at=time.time(),
    )


def failure_result(
    row: Row,
    error: Exception,
    *,
    provider: str,
    redact: Callable[[str], str],
    attempts: int,
    seconds: float,
) -> Result:
    """Return the result of a row that has failed for good.

    Args:
        row: the row.
        error: why; a ``TypeError`` or ``ValueError`` if the row itself cannot be sent.
        provider: the name of who was asked.
        redact: removes credentials; the text of a ``ProviderError`` has none.
        attempts: how often the row was sent.
        seconds: from the first sending to the failure.
    """
    served_by = status = request_id = model = None
    if not isinstance(error, ProviderError):
        message = redact(str(error))
    else:
        served_by, status, request_id = error.served_by, error.status, error.request_id
        message, model, provider = error.message, error.model, error.provider or provider
    return Result(
        index=row.index,
        id=row.id,
        input_hash=row.hash,
        state="failed",
        attempts=attempts,
        provider=provider,
        served_by=served_by,
        model=model,
        error=RowError(type(error).__name__, message[:_LONGEST_MESSAGE], status, request_id),
        seconds=seconds,
        ended_at=time.time(),
    )


def unknown_result(row: Row, *, attempts: int) -> Result:
    """Return the result of a row that was in flight at a kill and is not sent again."""
    return Result(
        index=row.index,
        id=row.id,
        input_hash=row.hash,
        state="unknown",
        attempts=attempts,
        error=RowError(
            "UnknownOutcome",
            "the run ended while this row was under way; it may have been answered and billed",
        ),
        ended_at=time.time(),
    )
