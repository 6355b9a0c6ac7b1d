"""Rows and results: what is asked, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from provider_sdk._messages import ToolCall
from provider_sdk._usage import Usage

State = Literal["done", "failed", "unknown"]
"""How a row ended: answered; refused for good; or sent before a kill, and not asked again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the input, ready to be asked.

    Attributes:
        index: its number in the input, from 0.
        id: its id, unique in the input.
        messages: the conversation.
        hash: of everything in the row that decides its answer, in hexadecimal.
        model: the model that the row names; ``None`` for that of the run.
        options: chat options that the row sets, over those of the run.
    """

    index: int
    id: str
    messages: Sequence[Mapping[str, Any]]
    hash: str
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row failed.

    Attributes:
        type: the name of the error class, such as ``"ProviderTimeoutError"``.
        message: what happened, without a credential.
        status: the HTTP status, ``None`` if no answer came.
        request_id: the service's id of the exchange.
    """

    type: str
    message: str
    status: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a row ended.

    Attributes:
        index: the row's number.
        id: the row's id.
        input_hash: the row's hash.
        state: how it ended.
        attempts: how often it was sent, over all processes that worked at it.
        text: as in ``ChatResponse``; ``reasoning``, ``tool_calls``, ``finish_reason`` and ``usage``
            too.
        cost_usd: what the answer cost, ``None`` if the price is not known.
        provider: who answered.
        served_by: the back end that answered, if a service names it.
        model: the model that answered.
        error: why it failed; ``None`` for an answer.
        seconds: from the first sending in this process to the end.
        ended_at: the time of the end, in seconds since the epoch.
    """

    index: int
    id: str
    input_hash: str
    state: State
    attempts: int
    text: str | None = None
    reasoning: str | None = None
    tool_calls: Sequence[ToolCall] = ()
    finish_reason: str | None = None
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    provider: str | None = None
    served_by: str | None = None
    model: str | None = None
    error: RowError | None = None
    seconds: float = 0.0
    ended_at: float = 0.0
