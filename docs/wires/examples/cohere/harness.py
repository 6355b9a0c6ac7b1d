"""The harness: tells the conformance kit which provider and wire to use."""

from pathlib import Path

from provider_cohere import CohereProvider
from provider_conformance import Harness

from .wire import CohereWire

HARNESS = Harness(
    CohereProvider,
    CohereWire(),
    model="command-a-03-2025",
    shapes=Path(__file__).with_name("shapes.json"),
)
