"""The matrix of providers and groups of checks, as data."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

from provider_sdk import Capability

from provider_conformance._check import GROUPS
from provider_conformance._version import __version__
from provider_conformance.contracts import CONTRACT
from provider_conformance.matrix._column import Ability, Cell, Column, proving
from provider_conformance.matrix._run import Run
from provider_conformance.matrix._sources import MATRIX_SCHEMA


@dataclass(frozen=True, slots=True)
class ProviderMatrix:
    """All providers, by group of checks and by capability.

    Attributes:
        folder: where it is kept; its links start there.
    """

    columns: Sequence[Column]
    folder: Path

    @property
    def is_proof(self) -> bool:
        """Whether every report is a proof, and none is red."""
        return not any(column.problems for column in self.columns)

    @property
    def capabilities(self) -> list[str]:
        """All capabilities of the contract."""
        return list(get_args(Capability))

    def link(self, run: Run | None, anchor: str = "") -> str | None:
        """Return the address of a place in the page of a run, as seen from the matrix."""
        if run is None or not run.page.is_file():
            return None
        place = Path(os.path.relpath(run.page.resolve(), self.folder.resolve())).as_posix()
        # Without the dots, a colon in a file's name would look like the scheme of an address.
        place = quote(place if place.startswith("../") else f"./{place}")
        return f"{place}#{anchor}" if anchor and run.page.suffix == ".html" else place

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types; the same for the same reports."""
        return {
            "schema": MATRIX_SCHEMA,
            "contract": CONTRACT,
            "kit": __version__,
            "proof": self.is_proof,
            "groups": list(GROUPS),
            "capabilities": {word: list(proving(word)) for word in self.capabilities},
            "providers": [self._provider(column) for column in self.columns],
        }

    def _provider(self, column: Column) -> Mapping[str, Any]:
        report = column.runs["mock"].report
        return {
            "name": column.provider,
            "word": column.word,
            "verified": column.is_verified,
            **column.standing.to_dict(),
            "limits": [asdict(limit) for limit in report.limits] if report else [],
            "runs": {mode: self._run(run) for mode, run in column.runs.items()},
            "cells": {cell.group: self._cell(cell) for cell in column.cells},
            "capabilities": {
                word: self._ability(column.ability(word)) for word in self.capabilities
            },
        }

    def _run(self, run: Run) -> Mapping[str, Any]:
        report = run.report
        wire = report.wire if report else None
        return {
            "link": self.link(run),
            "verdict": report.verdict if report else None,
            "seed": report.seed if report else None,
            "day": run.day or None,
            "service": run.service.to_dict() if run.service.hosts else None,
            "wire": {"hosts": list(wire.hosts), "days": list(wire.days)} if wire else None,
            "doubts": [asdict(doubt) for doubt in run.doubts],
            "red": list(run.red),
        }

    def _cell(self, cell: Cell) -> Mapping[str, Any]:
        return {
            "state": cell.state,
            "counts": cell.counts,
            "missing": cell.missing,
            "link": self.link(cell.run, cell.group),
        }

    def _ability(self, ability: Ability) -> Mapping[str, Any]:
        return {
            "state": ability.state,
            "declared": ability.declared,
            "passed": len(ability.proof),
            "against": list(ability.against),
            "link": self.link(ability.run, ability.place),
        }
