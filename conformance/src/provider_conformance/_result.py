"""Outcomes of checks, and the level that they add up to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from provider_conformance._check import Severity, checks
from provider_conformance._version import __version__

CONTRACT = "1.0"

Status = Literal["pass", "fail", "warn", "refused", "deviates", "not-testable", "error"]
Level = Literal["none", "bronze", "silver", "gold", "platinum"]

_GOOD: frozenset[str] = frozenset({"pass", "refused"})
_LATER = frozenset({"FUZZ", "LIFE"})
"""Groups that Bronze leaves out."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one check.

    Attributes:
        status: ``refused`` is a pass too: an undeclared capability was proved to be refused.
        message: what a failure says: rule, expected, actual, wire, fix and the line to run it
            again; empty for a pass.
        driver: how the provider was reached.
    """

    id: str
    status: Status
    severity: Severity
    title: str
    message: str
    driver: str

    @property
    def is_good(self) -> bool:
        """Whether the rule was kept."""
        return self.status in _GOOD


@dataclass(frozen=True)
class Report:
    """What a run found.

    Attributes:
        provider: the provider's name.
        seed: with it, the run is the same again, to the byte.
        results: one for each check that ran, in the order of the registry.
        complete: whether every check of the contract ran.
    """

    provider: str
    mode: str
    seed: int
    results: Sequence[Result]
    duration_s: float = 0.0

    @property
    def failed(self) -> list[str]:
        """Ids of failed MUSTs, of what could not be tested, and of the kit's own errors."""
        return [r.id for r in self.results if r.status in ("fail", "not-testable", "error")]

    @property
    def missing(self) -> list[str]:
        """Ids of the contract's checks that did not run."""
        ran = {result.id for result in self.results}
        return [id for id in checks() if id not in ran]

    @property
    def complete(self) -> bool:
        """Whether every check of the contract ran."""
        return not self.missing

    @property
    def verdict(self) -> Literal["PASS", "FAIL", "INCOMPLETE"]:
        """FAIL for any failure, INCOMPLETE where a check is missing, else PASS."""
        if self.failed:
            return "FAIL"
        return "PASS" if self.complete else "INCOMPLETE"

    @property
    def level(self) -> Level:
        """The level that the results amount to; never declared, always computed."""
        if not self.complete or not self._kept(later=False, severities=("MUST",)):
            return "none"
        silver = self._kept(later=True, severities=("MUST", "SHOULD"))
        return "silver" if silver else "bronze"

    @property
    def digest(self) -> str:
        """A digest of the ids that ran."""
        ids = "\n".join(sorted(result.id for result in self.results))
        return hashlib.sha256(ids.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return the report; the same for the same provider and seed."""
        return {
            "schema": "provider-conformance/1",
            "provider": self.provider,
            "contract": CONTRACT,
            "kit": __version__,
            "mode": self.mode,
            "seed": self.seed,
            "level": self.level,
            "verdict": self.verdict,
            "digest": self.digest,
            "counts": self.counts(),
            "results": [asdict(result) for result in self.results],
        }

    def counts(self) -> Mapping[str, int]:
        """Return how many results have each status."""
        return _counted(result.status for result in self.results)

    def _kept(self, *, later: bool, severities: tuple[str, ...]) -> bool:
        return all(
            result.is_good
            for result in self.results
            if result.severity in severities and (later or _group(result.id) not in _LATER)
        )


def _group(id: str) -> str:
    return id.split("-")[1]


def _counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))
