"""Clients that do the same work: send a question, and read the answer whole or as a stream.

Each module here defines ``Client``, which is created with a base URL.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from benchmarks.bodies import MODEL

FLOOR, RAW, OURS = "socket", "httpx", "provider_sdk"
OPENAI, HUB = "openai", "huggingface_hub"
# The packages that each contender imports; any_llm uses openai.
_NEEDS = {
    FLOOR: ("socket",),
    RAW: ("httpx",),
    OURS: ("provider_sdk", "provider_huggingface"),
    OPENAI: ("openai",),
    HUB: ("huggingface_hub",),
    "litellm": ("litellm",),
    "any_llm": ("any_llm", "openai"),
}
NAMES = tuple(_NEEDS)

API_KEY = "hf_benchmark_key_000000000000"
MESSAGES = [
    {"role": "system", "content": "Answer in one short paragraph."},
    {"role": "user", "content": "Why is the sky blue?"},
]
BODY: dict[str, Any] = {"model": MODEL, "messages": MESSAGES, "max_tokens": 200, "stream": False}
STREAM_BODY = BODY | {"stream": True, "stream_options": {"include_usage": True}}


class Client(Protocol):
    """One contender, connected to one base URL."""

    def __init__(self, base_url: str) -> None: ...

    async def call(self) -> int:
        """Make one call; return the number of characters in the answer."""

    async def stream(self) -> int:
        """Read one stream to its end; return the number of characters in it."""

    async def aclose(self) -> None:
        """Close the connections."""


def is_installed(name: str) -> bool:
    """Whether all packages that a contender imports are installed."""
    return all(find_spec(package) for package in _NEEDS[name])


def client_class(name: str) -> type[Client]:
    """Import a contender and return its class."""
    found: type[Client] = import_module(f"benchmarks.contenders.{name}_client").Client
    return found
