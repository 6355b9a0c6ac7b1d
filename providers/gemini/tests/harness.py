"""How the conformance kit meets the provider."""

from provider_conformance import GeminiWire, Harness
from provider_gemini import GeminiProvider

HARNESS = Harness(GeminiProvider, GeminiWire())
