"""The harness: tells the conformance kit which provider and wire to use."""

from pathlib import Path

from provider_cohere import CohereProvider
from provider_conformance import Harness

from .wire import CohereWire

HERE = Path(__file__).parent
HARNESS = Harness(
    CohereProvider,
    CohereWire(),
    model="command-a-03-2025",
    shapes=HERE / "shapes.json",
    limits=HERE / "limits.toml",
)
