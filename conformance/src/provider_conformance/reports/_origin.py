"""What a run was made from: the code, the installed copy, its requirements, and the service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from provider_conformance._check import Mode
from provider_conformance._harness import Harness
from provider_conformance._installed import installed_copy
from provider_conformance.reports._digests import digests
from provider_conformance.reports._evidence import Evidence, evidence_of
from provider_conformance.reports._requires import required_versions

NOT_INSTALLED = "not an installed provider"


def origin_of(harness: Harness, source: Path | None, mode: Mode = "mock") -> dict[str, Any]:
    """Return what ``.run.json`` tells of the origin of a run, as plain JSON types.

    Raises:
        NotInstalledError: an entry point of the provider's name cannot be loaded.
        CassetteError: the harness's cassettes cannot be read.
    """
    copy, evidence = installed_copy(harness), evidence_of(harness, mode, date.today())
    return {
        **digests(harness, source),
        "installed": str(copy) if copy else None,
        "versions": required_versions(harness),
        "service": evidence.to_dict() if evidence else None,
    }


def origin_note(origin: Mapping[str, Any]) -> str:
    """Return which copy of the provider was checked, and which real service answered."""
    service = service_note(origin)
    return f"{copy_note(origin)} · service {service}" if service else copy_note(origin)


def copy_note(origin: Mapping[str, Any]) -> str:
    """Return which copy of the provider was checked."""
    return f"checked {origin['installed']}" if origin.get("installed") else NOT_INSTALLED


def service_note(origin: Mapping[str, Any]) -> str:
    """Return which real service answered, and when; ``""`` if none did."""
    service = Evidence.from_dict(origin.get("service"))
    return str(service) if service.hosts else ""
