"""The provider `openai` keeps the contract, check by check."""

from provider_conformance import conformance

from .harness_openai import HARNESS

test_conformance = conformance(HARNESS)
