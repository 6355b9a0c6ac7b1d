"""Every call that a provider has, by name."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from provider_sdk import BaseProvider

from provider_conformance.lab._lab import Lab

Calls = dict[str, Callable[[], Coroutine[Any, Any, Any]]]
"""By name, functions that start a call."""


def chat_calls(lab: Lab, provider: BaseProvider, **options: Any) -> Calls:
    """Return every way to make a chat call; a stream is opened and not read."""
    found: Calls = {
        "chat()": lambda: lab.chat(provider, **options),
        "complete()": lambda: provider.complete(lab.text(), lab.harness.model, **options),
    }
    if "streaming" in lab.capabilities:
        found["chat(stream=True)"] = lambda: lab.open_stream(provider, **options)
    return found


def listing_calls(lab: Lab, provider: BaseProvider) -> Calls:
    """Return every way to ask for the models."""
    if "model_listing" not in lab.capabilities:
        return {}
    return {
        "list_models()": provider.list_models,
        "describe_models()": provider.describe_models,
    }


def every_call(lab: Lab, provider: BaseProvider) -> Calls:
    """Return every call; a stream is read to its end."""
    found = chat_calls(lab, provider) | listing_calls(lab, provider)
    if "chat(stream=True)" in found:
        found["chat(stream=True)"] = lambda: lab.stream(provider)
    return found | {"health_check()": provider.health_check}
