"""How the conformance kit meets the provider."""

from provider_anthropic import ClaudeProvider
from provider_conformance import AnthropicWire, Harness

HARNESS = Harness(ClaudeProvider, AnthropicWire())
