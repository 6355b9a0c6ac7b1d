"""The provider keeps the contract, check by check."""

from provider_conformance import conformance

from .harness import HARNESS

test_conformance = conformance(HARNESS)
