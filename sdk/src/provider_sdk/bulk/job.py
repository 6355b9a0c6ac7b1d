"""What every worker must know of a run; nothing in it is secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from provider_sdk._accounting.prices import Prices
from provider_sdk._base import BaseProvider
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.shards import Shard

OnUnknown = Literal["retry", "skip"]
"""What becomes of rows that were in flight at a kill: sent again, or left without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run as a worker sees it; it can be pickled.

    Attributes:
        directory: the run directory.
        input: the file with the rows.
        form: how they become requests.
        shards: all shards of the run, by number.
        make_provider: builds the provider to ask, from the environment of the worker; a function
            that can be imported, or a ``functools.partial`` of one.
        closes_provider: whether the worker closes it in the end.
        model: the model to ask; ``None`` for the provider's default.
        options: chat options for every row.
        prices: what tokens cost.
        on_unknown: what becomes of rows that were in flight at a kill.
        max_attempts: how often a row is sent at most, by one process.
        row_timeout: seconds for a row over all its attempts.
        reserves_tokens: whether a limit needs to know how many tokens a row may use.
    """

    directory: Path
    input: Path
    form: Form
    shards: Sequence[Shard]
    make_provider: Callable[[], BaseProvider]
    closes_provider: bool = True
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    prices: Prices = field(default_factory=Prices)
    on_unknown: OnUnknown = "retry"
    max_attempts: int = 5
    row_timeout: float = 600.0
    reserves_tokens: bool = False
