"""What a report shows of a run: its sums, and how its rows are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from provider_sdk.bulk import BulkReport, Result

from ollama_cli.batch.spread import Spread

_MOST_FAILURES = 20


@dataclass(slots=True)
class Sight:
    """What a report shows.

    Attributes:
        report: the sums.
        directory: the run directory.
        out: the file with the answers; ``None`` if they went to standard output.
        provider: who was asked: a provider, or the chain of a task.
        model: the model that was asked; ``None`` for the default.
        latency: seconds from the first sending of a row to its answer.
        cost: USD of each answer, as far as prices are known.
        errors: how many rows failed with each kind of error.
        failures: the first rows that failed.
    """

    report: BulkReport
    directory: str
    out: str | None
    provider: str
    model: str | None
    latency: Spread = field(default_factory=Spread)
    cost: Spread = field(default_factory=Spread)
    errors: Counter[str] = field(default_factory=Counter)
    failures: list[Result] = field(default_factory=list)

    def look_at(self, results: Iterable[Result]) -> None:
        """Take in how rows ended."""
        for result in results:
            if result.state == "done":
                self.latency.add(result.seconds)
                if result.cost_usd is not None:
                    self.cost.add(float(result.cost_usd))
            elif result.error is not None:
                self.errors[result.error.type] += 1
                if len(self.failures) < _MOST_FAILURES:
                    self.failures.append(result)
