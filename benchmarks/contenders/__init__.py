"""Clients that do the same work: send a question, and read the answer whole or as a stream.

Each module here defines ``Client``, which is created with a wire and a base URL. The clients of
vendors know one protocol only; ``Wire.contenders`` says who takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from benchmarks.wires import Wire

FLOOR, RAW, OURS = "socket", "httpx", "provider_sdk"
RAW_FAST, FAST = "aiohttp", "provider_sdk_fast"
"""The library of the extra ``fast``, and our provider over it."""
OPENAI, HUB, ANTHROPIC = "openai", "huggingface_hub", "anthropic"
RESPONSES, GOOGLE = "openai_responses", "google_genai"
ROUTED, ROUTED_OBSERVED, COUNTED = "routed", "routed_observed", "counted"
"""Our provider too, with what can be put around it."""


class Client(Protocol):
    """One contender, connected to one base URL."""

    def __init__(self, wire: Wire, base_url: str) -> None: ...

    async def call(self) -> int:
        """Make one call; return the number of characters in the answer."""

    async def stream(self) -> int:
        """Read one stream to its end; return the number of characters in it."""

    async def aclose(self) -> None:
        """Close the connections."""


def client_maker(name: str, wire: Wire, service: str) -> Callable[[str], Client]:
    """Import a contender; return what makes its client for a path of the service."""
    for package in wire.contenders.get(name, ()):
        import_module(package)
    kind: type[Client] = import_module(f"benchmarks.contenders.{name}_client").Client
    return lambda path: kind(wire, f"{service}/{wire.name}/{path}{wire.base_path}")
