"""How the conformance kit meets the provider `openai`: its service sends no reasoning."""

from provider_conformance import Harness, OpenAIWire
from provider_openai import OpenAIProvider

HARNESS = Harness(OpenAIProvider, OpenAIWire(reasoning_field=None))
