"""How fast and how far a run goes, and who does the work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import click
from provider_sdk.bulk import Caps, Limits

if TYPE_CHECKING:
    from provider_sdk.bulk.engines import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How fast and how far a run goes, and who does the work.

    All of it may be different when the run goes on.

    Attributes:
        concurrency: how many rows are asked at once, or ``"auto"``.
        rpm: the most requests a minute; ``None`` for any number.
        tpm: the most tokens a minute; ``None`` for any number.
        max_cost: the most USD; ``None`` for any amount.
        max_tokens_total: the most tokens; ``None`` for any number.
        max_errors: how many rows may fail, or a share such as ``"5%"``; ``None`` for any number.
        on_unknown: what becomes of rows that were in flight at a kill.
        processes: in how many processes rows are asked; for Ray, by how many workers.
        engine: where rows are asked.
    """

    concurrency: int | str = "auto"
    rpm: int | None = None
    tpm: int | None = None
    max_cost: Decimal | None = None
    max_tokens_total: int | None = None
    max_errors: int | str | None = None
    on_unknown: str = "retry"
    processes: int = 1
    engine: str = "local"

    @classmethod
    def of(cls, given: Mapping[str, Any], kept: Self | None = None) -> Self:
        """Return what the options say, over what was kept of an earlier call.

        Raises:
            click.UsageError: they name an engine that is not built.
        """
        named = {each.name for each in fields(cls)}
        said = {name: value for name, value in given.items() if name in named and value is not None}
        found = replace(kept or cls(), **said)
        if found.engine == "dask":
            raise click.UsageError(
                "the engine 'dask' is not built; rows are asked by --engine local or ray"
            )
        return found

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        cost = None if self.max_cost is None else str(self.max_cost)
        return {**asdict(self), "max_cost": cost}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` described."""
        cost = data.get("max_cost")
        return cls(**{**data, "max_cost": None if cost is None else Decimal(cost)})

    def with_doubts(self, on_unknown: str) -> Self:
        """Return the same, with another answer to what becomes of doubtful rows."""
        return replace(self, on_unknown=on_unknown)

    def limits(self) -> Limits:
        """Return how fast the run is."""
        at_once = self.concurrency
        return Limits(
            concurrency=at_once if isinstance(at_once, int) else "auto", rpm=self.rpm, tpm=self.tpm
        )

    def caps(self, budget: Decimal | None) -> Caps:
        """Return how far the run goes.

        Args:
            budget: USD that the whole run may cost at most, whatever the options say; ``None`` for
                any amount.
        """
        costs = [each for each in (self.max_cost, budget) if each is not None]
        return Caps(
            cost_usd=min(costs, default=None),
            tokens=self.max_tokens_total,
            errors=self.max_errors,
        )

    def is_capped_by(self, budget: Decimal | None) -> bool:
        """Whether it is a budget, and no option, that decides what the run may cost."""
        return budget is not None and (self.max_cost is None or budget < self.max_cost)

    def make_engine(self) -> Engine | None:
        """Return what runs the workers; ``None`` for this process.

        Raises:
            BulkInputError: what the engine needs is not installed.
        """
        if self.engine == "ray":
            from provider_sdk.bulk.engines.ray import RayEngine
            from provider_sdk.bulk.engines.ray_settings import require_ray

            require_ray()  # here, before the run has a folder
            return RayEngine(self.processes)
        if self.processes > 1:
            from provider_sdk.bulk.engines.processes import ProcessEngine

            return ProcessEngine(self.processes)
        return None
