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
    credentials_of,
    record,
)
from provider_conformance.cassettes._scenarios import SCENARIOS, Scenario, facts_of
from provider_conformance.cassettes._search import SecretSearch

__all__ = [
    "SCENARIOS",
    "Cassette",
    "CassetteError",
    "LeakingCassetteError",
    "Recorded",
    "Scenario",
    "SecretSearch",
    "UnreachableServiceError",
    "UnreadableCassetteError",
    "credentials_of",
    "drift",
    "facts_of",
    "read_cassettes",
    "record",
]
