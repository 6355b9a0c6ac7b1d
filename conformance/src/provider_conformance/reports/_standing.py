"""A level, with all that is said beside it wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from provider_conformance.reports._result import Result

Level = Literal["none", "sample", "bronze", "silver", "gold", "platinum"]

OUTSIDE_BRONZE = ("FUZZ", "LIFE")
"""Groups that do not count for Bronze."""


@dataclass(frozen=True, slots=True)
class Next:
    """The level that could be reached next, and what it lacks."""

    level: Level
    lacks: Sequence[str]

    def __str__(self) -> str:
        return f"for {self.level}: {', '.join(self.lacks)}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as it stands in reports."""
        return {"level": self.level, "lacks": list(self.lacks)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A level, what it rests on, and what the next one lacks. As text it is all of that.

    Attributes:
        beside: what must be said with the level, such as the host and day of a recording. Whatever
            else qualifies a level belongs here: then it shows in table, page, badge and README.
    """

    level: Level
    next: Next | None = None
    beside: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        next = self.next.to_dict() if self.next else None
        return {"level": self.level, "next": next, "beside": list(self.beside)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Standing:
        """Return what ``to_dict`` returned."""
        next = Next(**data["next"]) if data.get("next") else None
        return cls(data["level"], next, data.get("beside", ()))

    @classmethod
    def from_report(cls, report: Mapping[str, Any]) -> Standing:
        """Return the standing in the JSON of a run.

        Raises:
            ValueError: it has none.
        """
        try:
            if report.get("level") in get_args(Level):
                beside = limits_note(len(report.get("limits", ())))
                facts = {"level": report["level"], "next": report.get("next"), "beside": beside}
                return cls.from_dict(facts)
        except (KeyError, TypeError):
            pass
        raise ValueError("it has no level")

    def __str__(self) -> str:
        beside = f" ({'; '.join(self.beside)})" if self.beside else ""
        return f"{self.level}{beside}{f'; {self.next}' if self.next else ''}"


def scripted_standing(results: Sequence[Result], missing: int) -> Standing:
    """Return the standing that the scored results of a scripted run prove.

    Bronze: every MUST outside FUZZ and LIFE passes or is an accepted deviation. Silver: every MUST
    and every SHOULD passes, without deviations. Sample: either, but a check called a method of the
    wire that still speaks a scaffold's sample protocol.

    Args:
        missing: how many checks of the contract did not run.
    """
    bad = _unkept(results)
    red = [result for result in bad if _counts_for_bronze(result)]
    if red or missing:
        lacks = [f"{len(red)} MUST"] if red else []
        if missing:
            lacks.append(f"{counted(missing, 'check')} that did not run")
        return Standing("none", Next("bronze", lacks))
    reached: Level = "bronze" if bad else "silver"
    if methods := {method for result in results for method in result.sample}:
        return Standing(
            "sample", Next(reached, [f"{counted(len(methods), 'method')} still sample"])
        )
    if bad:
        return Standing("bronze", Next("silver", list(_lacks_of(bad))))
    return Standing("silver", Next("gold", ["a replay of the real service"]))


def in_the_way(results: Sequence[Result], next: Next) -> list[str]:
    """Return the ids of the checks that the next level of a scripted run still lacks."""
    bad = _unkept(results)
    if next.level == "bronze":
        return [result.id for result in bad if _counts_for_bronze(result)]
    return [result.id for result in bad] if next.level == "silver" else []


def limits_note(number: int) -> tuple[str, ...]:
    """Return what stands beside the level of a provider with this number of limits."""
    return (f"{counted(number, 'limit')} of the protocol",) if number else ()


def counted(number: int, thing: str) -> str:
    """Return a number of things, such as ``1 check`` or ``2 checks``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _unkept(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.severity != "MAY" and not result.is_good]


def _counts_for_bronze(result: Result) -> bool:
    is_early = result.severity == "MUST" and result.group not in OUTSIDE_BRONZE
    return is_early and result.status != "deviates"


def _lacks_of(bad: Sequence[Result]) -> Iterator[str]:
    deviations = sum(result.status == "deviates" for result in bad)
    for severity in ("MUST", "SHOULD"):
        if count := sum(r.severity == severity and r.status != "deviates" for r in bad):
            yield f"{count} {severity}"
        if severity == "MUST" and deviations:
            yield counted(deviations, "deviation")
