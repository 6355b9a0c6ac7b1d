"""How far a wire is proved by recordings of the service that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from provider_conformance._harness import Harness
from provider_conformance.shapes._invented import not_compared, unrecorded, unsent
from provider_conformance.shapes._recorded import read_shapes
from provider_conformance.shapes._scripted import IncomparableWireError, scripted_shapes
from provider_conformance.shapes._shapes import Shapes
from provider_conformance.shapes._stored import write_shapes


@dataclass(frozen=True, slots=True)
class WireProof:
    """What recordings say of a wire.

    Attributes:
        exchanges: how many recorded exchanges it was compared with; 0 if there are none.
        hosts: the hosts that were recorded.
        days: the first and the last day on which they were, as ``YYYY-MM-DD``.
        invented: what the wire sends and no recorded reply holds, one sentence each; or why it
            cannot be compared.
        documented: what no recorded reply holds either, and the wire names a source for.
        unrecorded: kinds of reply of which none was recorded.
        unsent: what was recorded and the wire never sends, one sentence each.
    """

    exchanges: int = 0
    hosts: Sequence[str] = ()
    days: Sequence[str] = ()
    invented: Sequence[str] = ()
    documented: Sequence[str] = ()
    unrecorded: Sequence[str] = ()
    unsent: Sequence[str] = ()

    @property
    def source(self) -> str:
        """What it was compared with."""
        number = "1 exchange" if self.exchanges == 1 else f"{self.exchanges} exchanges"
        host = ", ".join(self.hosts) or "a host that is not recorded"
        days = " to ".join(dict.fromkeys(self.days))
        return f"{number} of {host}, {days or 'on a day that is not recorded'}"

    @property
    def line(self) -> str:
        """The result in one line."""
        if not self.exchanges:
            return "wire unproved: no recordings of the real service"
        if not self.invented:
            return f"wire: compared with {self.source}{self._limits}"
        others = len(self.invented) - 1
        more = f"; `provider-conformance wire` names {others} more" if others else ""
        return f"wire: not as in {self.source}: {self.invented[0]}{more}"

    @property
    def _limits(self) -> str:
        """What the recordings do not prove."""
        count = len(self.documented)
        places = "1 place is" if count == 1 else f"{count} places are"
        known = f"; {places} documented only" if count else ""
        return f"{known}; not recorded: {', '.join(self.unrecorded)}" if self.unrecorded else known

    def to_dict(self) -> dict[str, Any]:
        """Return what a report keeps of it, as plain JSON types."""
        return {
            "exchanges": self.exchanges,
            "hosts": list(self.hosts),
            "days": list(self.days),
            "invented": list(self.invented),
            "documented": list(self.documented),
            "unrecorded": list(self.unrecorded),
        }


def prove_wire(harness: Harness, place: Path | None = None, keep: Path | None = None) -> WireProof:
    """Compare the wire of a harness with recordings.

    Args:
        place: a folder of cassettes or a file of shapes; by default those of the harness.
        keep: a file to write the recorded shapes to.

    Raises:
        ValueError: the recordings cannot be read; the message says why.
        OSError: ``keep`` cannot be written.
    """
    if (place := place or _recordings_of(harness)) is None:
        return WireProof()
    recorded = read_shapes(place, harness.wire)
    try:
        scripted = scripted_shapes(harness)
    except IncomparableWireError as error:
        return replace(proof_of(harness, Shapes(), recorded), invented=[str(error)])
    if keep:
        write_shapes(recorded, scripted, keep)
    return proof_of(harness, scripted, recorded)


def proof_of(harness: Harness, scripted: Shapes, recorded: Shapes) -> WireProof:
    """Return the result of a comparison."""
    days = sorted(recorded.days)
    found = unrecorded(harness.wire, scripted, recorded)
    excused = [each for each in found if each.is_named_by(harness.wire.documented)]
    return WireProof(
        recorded.exchanges,
        sorted(recorded.hosts),
        [days[0], days[-1]] if days else (),
        [str(each) for each in found if each not in excused],
        [str(each) for each in excused],
        not_compared(scripted, recorded),
        [str(finding) for finding in unsent(scripted, recorded)],
    )


def _recordings_of(harness: Harness) -> Path | None:
    # A folder may be named before anything is recorded.
    if harness.cassettes and any(harness.cassettes.glob("*.json")):
        return harness.cassettes
    return harness.shapes
