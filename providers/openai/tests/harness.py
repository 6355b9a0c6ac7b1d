"""How the conformance kit meets `codex`."""

from provider_conformance import Harness, ResponsesWire
from provider_openai import CodexProvider

HARNESS = Harness(CodexProvider, ResponsesWire())
