"""How the conformance kit meets the provider."""

from provider_conformance import Harness, OllamaWire
from provider_ollama import OllamaProvider

HARNESS = Harness(OllamaProvider, OllamaWire())
