"""Mutants that HEALTH must kill."""

from __future__ import annotations

from typing import Any

from provider_sdk import Health

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


@mutant("PC-HEALTH-001", "probe().ok without a credential: False")
class AlwaysHealthy(Mutable):
    """Says that it is healthy whatever happens."""

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Never look."""
        return Health(ok=True)
