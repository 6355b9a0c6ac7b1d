"""The results of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from benchmarks.fresh import Answer
from benchmarks.tasks import Cost

CALL = "call"
CALL_AT_ONCE = "call, 64 at once"
CALL_MANY = "call, 2,000 at once"
CALL_ROUTED = "call, plain and routed"
CHUNK = "chunk, one per write"
JOINED_CHUNK = "chunk, fifty per write"
IMPORT = "import"
FIRST_ANSWER = "import to first answer"
FIRST_BYTE = "start to first byte"


@dataclass
class Results:
    """Costs by measure and contender, one per round; other measurements by contender."""

    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    starts: dict[str, list[Answer]] = field(default_factory=dict)
    streams: dict[str, Answer] = field(default_factory=dict)
    calls: dict[str, Answer] = field(default_factory=dict)

    def cost(self, measure: str, name: str) -> Cost:
        """Return the median cost over all rounds."""
        return _medians(self.costs[measure][name])

    def ratio(self, measure: str, name: str, to: str) -> Cost | None:
        """Return the median of the ratios within each round; ``None`` if either was left out."""
        found = self.costs.get(measure, {})
        if name not in found or to not in found:
            return None
        pairs = zip(found[name], found[to], strict=True)
        return _medians([Cost(one.cpu / two.cpu, one.wall / two.wall) for one, two in pairs])

    def peak_bytes(self, name: str) -> float:
        """Return the median of the peak memory up to the first answer."""
        return median(start["peak_bytes"] for start in self.starts[name])


def _medians(costs: list[Cost]) -> Cost:
    return Cost(median(cost.cpu for cost in costs), median(cost.wall for cost in costs))
