"""Recorded exchanges with a real service, and what a correct provider returns for them."""

from provider_conformance.cassettes._cassette import (
    Cassette,
    CassetteError,
    Recorded,
    read_cassettes,
)
from provider_conformance.cassettes._drift import UnreadableCassetteError, drift
from provider_conformance.cassettes._record import (
    LeakingCassetteError,
    UnreachableServiceError,
    record,
)
from provider_conformance.cassettes._scenarios import SCENARIOS, Scenario, facts_of

__all__ = [
    "SCENARIOS",
    "Cassette",
    "CassetteError",
    "LeakingCassetteError",
    "Recorded",
    "Scenario",
    "UnreachableServiceError",
    "UnreadableCassetteError",
    "drift",
    "facts_of",
    "read_cassettes",
    "record",
]
