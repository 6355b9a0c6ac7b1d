"""The results of checks, and the report with the level that they add up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from provider_conformance._check import CHECK_ID, Mode, Severity
from provider_conformance._text import clean
from provider_conformance._version import __version__
from provider_conformance.checks import all_checks
from provider_conformance.contracts import CONTRACT, contract_ids, ids_digest
from provider_conformance.reports._limits import Limit
from provider_conformance.reports._standing import (
    Level,
    Next,
    Standing,
    limits_note,
    scripted_standing,
)
from provider_conformance.shapes import WireProof

Status = Literal["pass", "fail", "warn", "refused", "deviates", "not-testable", "error"]

SCHEMA = "provider-conformance/1"
"""What a report calls its form."""

_GOOD: frozenset[str] = frozenset({"pass", "refused"})
_RED: frozenset[str] = frozenset({"fail", "not-testable", "error"})


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one check.

    Attributes:
        status: ``pass``; ``refused``, a pass too: a capability that is not declared was refused;
            ``fail``, a broken MUST; ``warn``, another broken rule; ``deviates``, an accepted
            failure; ``not-testable``; ``error``, a fault of the kit.
        message: of a failure: rule, expected, actual, wire, fix and the line that runs it again;
            empty for a pass.
        driver: the driver that was used.
        sample: methods of the wire, marked ``sample``, that the check called.
    """

    id: str
    status: Status
    severity: Severity
    title: str
    message: str
    driver: str
    sample: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Make the texts, which quote what is not the kit's, safe for every report."""
        for name in ("id", "title", "message", "driver"):
            object.__setattr__(self, name, clean(getattr(self, name)))

    @property
    def is_good(self) -> bool:
        """Whether the provider kept the rule."""
        return self.status in _GOOD

    @property
    def is_red(self) -> bool:
        """Whether it makes the verdict red."""
        return self.status in _RED

    @property
    def group(self) -> str:
        """The group in the id, such as ``AUTH``."""
        return self.id.split("-")[1]

    @property
    def expected(self) -> str:
        """The line of the message that says what was expected."""
        lines = self.message.splitlines()
        return next((line for line in lines if line.startswith("  expected")), "")

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it stands in reports, without ``sample``."""
        return {name: value for name, value in asdict(self).items() if name != "sample"}


@dataclass(frozen=True)
class Report:
    """The results of a run.

    Attributes:
        provider: the provider's name.
        seed: repeats the run; the report is then the same, byte for byte.
        results: one for each check that ran, in the order of ``all_checks()``.
        complete: whether every check of the contract ran.
        wire: what recordings say of the wire; ``None`` if the run is not a complete one with a
            scripted service.
        limits: what the protocol cannot say.
        capabilities: those that the provider declares.
    """

    provider: str
    mode: Mode
    seed: int
    results: Sequence[Result]
    duration_s: float = 0.0
    wire: WireProof | None = None
    limits: Sequence[Limit] = ()
    capabilities: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Make what the provider says of itself safe for every report."""
        object.__setattr__(self, "provider", clean(self.provider))
        object.__setattr__(self, "capabilities", [clean(word) for word in self.capabilities])

    @property
    def failed(self) -> list[str]:
        """Ids of the red checks: failed, not testable, or an error of the kit."""
        return [result.id for result in self.results if result.is_red]

    @property
    def missing(self) -> list[str]:
        """Ids of the checks that the mode requires and that did not run."""
        return sorted(required_ids(self.mode) - {result.id for result in self.results})

    @property
    def complete(self) -> bool:
        """Whether every check of the contract ran."""
        return not self.missing

    @property
    def verdict(self) -> Literal["PASS", "FAIL", "INCOMPLETE"]:
        """FAIL if a check is red or the wire invents, else INCOMPLETE if a check is missing."""
        if self.failed or self._has_invented:
            return "FAIL"
        return "PASS" if self.complete else "INCOMPLETE"

    @property
    def level(self) -> Level:
        """The level that the results prove."""
        return self.standing.level

    @property
    def standing(self) -> Standing:
        """The level, and what the next one lacks.

        Only a scripted run has a level. Gold and Platinum need further runs, which
        ``provider-conformance report`` adds up.
        """
        if self.mode != "mock":
            return Standing("none")
        if self._has_invented:
            return Standing("none", Next("bronze", ["a wire that recordings confirm"]))
        scored = [result for result in self.results if result.id in contract_ids()]
        standing = scripted_standing(scored, len(self.missing))
        return replace(standing, beside=limits_note(len(self.limits)))

    @property
    def _has_invented(self) -> bool:
        # What is proved against an invention is no level.
        return self.wire is not None and bool(self.wire.invented)

    @property
    def sample(self) -> Mapping[str, Sequence[str]]:
        """The wire's methods marked ``sample`` that checks still call, by check id."""
        return {result.id: result.sample for result in self.results if result.sample}

    @property
    def digest(self) -> str:
        """A digest of the ids of the checks that ran."""
        return ids_digest(result.id for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON types; the same for the same provider and seed."""
        return {
            "schema": SCHEMA,
            "provider": self.provider,
            "contract": CONTRACT,
            "kit": __version__,
            "mode": self.mode,
            "seed": self.seed,
            "level": self.level,
            "next": self.standing.next.to_dict() if self.standing.next else None,
            "verdict": self.verdict,
            "digest": self.digest,
            "wire": self.wire.to_dict() if self.wire else None,
            "counts": self.counts(),
            "capabilities": list(self.capabilities),
            "limits": [asdict(limit) for limit in self.limits],
            "results": [result.to_dict() for result in self.results],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Return a report from what ``to_dict`` returned; which methods are sample is not in it.

        Raises:
            ValueError: it is something else.
        """
        try:
            results = list(map(_result_of, data["results"]))
            wire = WireProof(**data["wire"]) if data["wire"] else None
            limits = [Limit(**limit) for limit in data["limits"]]
            return cls(
                str(data["provider"]),
                data["mode"],
                data["seed"],
                results,
                wire=wire,
                limits=limits,
                capabilities=data["capabilities"],
            )
        except (AttributeError, KeyError, TypeError):
            problem = "it is not a report"
        raise ValueError(problem)

    def counts(self) -> Mapping[str, int]:
        """Return the number of results by status."""
        return _count_each(result.status for result in self.results)


def required_ids(mode: Mode) -> frozenset[str]:
    """Return the ids that a complete run of a mode has; in mock mode those of the contract."""
    return contract_ids() if mode == "mock" else frozenset(all_checks(mode))


def proves_wire(mode: Mode, ids: Collection[str]) -> bool:
    """Whether a run of these checks also compares the wire with recordings."""
    return mode == "mock" and required_ids(mode) <= set(ids)


def _result_of(data: Mapping[str, Any]) -> Result:
    result = Result(**data)
    # A report may have been changed by hand, and its page shows these as they are.
    is_known = result.status in get_args(Status) and result.severity in get_args(Severity)
    if not is_known or not CHECK_ID.fullmatch(result.id):
        raise TypeError(f"{result.id!r} is not a result of a check")
    return result


def _count_each(texts: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    return dict(sorted(counts.items()))
