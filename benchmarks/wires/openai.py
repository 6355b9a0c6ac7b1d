"""OpenAI chat completions, through the provider for OpenAI."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.wires import chat

WIRE = replace(
    chat.WIRE,
    name="openai",
    provider=("provider_openai", "OpenAIProvider"),
    contenders={
        "socket": ("socket",),
        "httpx": ("httpx",),
        "provider_sdk": ("provider_sdk", "provider_openai"),
        "openai": ("openai",),
    },
)
