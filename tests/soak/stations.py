"""The providers of the soak: the real ones, told where their upstreams are by the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from provider_conformance import Wire, find_harness
from provider_sdk import PROVIDER_REGISTRY, BaseProvider, register_provider

ROOT = Path(__file__).parents[2]
KEY = "sk-soak"
IDLE_LIMIT_S = 3.0
"""Real providers wait a minute for the next piece of a stream."""

NAMES = tuple(f"soak-{name}" for name in ("ollama", "claude", "gemini", "codex", "hf", "openai"))
"""Those that have an upstream; each speaks its own protocol, but for the last two."""
LOCAL = "soak-ollama"
"""The one that runs on the user's machine; from it to another is a departure."""
WITHOUT_TOOLS = "soak-openai"
ABSENT = "soak-absent"
"""Nothing listens at its address."""
SILENT = "soak-silent"
"""At its address no connection is ever established."""
KEYLESS = "soak-keyless"
"""It has no credential."""

SETTINGS: Mapping[str, Any] = {
    "fallback_chain": [KEYLESS, *NAMES[:3], ABSENT, *NAMES[3:]],
    "tasks": {"subagent": {"provider": "soak-claude"}},
}
BOUND = {task: chosen["provider"] for task, chosen in SETTINGS["tasks"].items()}
"""The provider that a task names."""

_KEY_VARIABLE = "SOAK_KEY"


def wire_of(name: str) -> Wire:
    """Return the protocol of a provider's upstream."""
    return find_harness(name.removeprefix("soak-"), ROOT)[0].wire


def model_of(name: str) -> str:
    """Return the default model of a provider, which no other has."""
    return f"model-of-{name}"


def register() -> None:
    """Register the providers, once in a process."""
    for name in (*NAMES, ABSENT, SILENT, KEYLESS):
        if name not in PROVIDER_REGISTRY:
            register_provider(name, _class_of(name))


def _class_of(name: str) -> type[BaseProvider]:
    real = name if name in NAMES else "soak-openai"
    harness, _ = find_harness(real.removeprefix("soak-"), ROOT)
    base: Any = harness.provider
    attributes: dict[str, Any] = {
        "__doc__": f"The real provider as {name}.",
        "name": name,
        "api_key_env": ("SOAK_NO_KEY",) if name == KEYLESS else (_KEY_VARIABLE,),
        "base_url_env": _address_variable(name),
        "default_model": model_of(name),
        "idle_limit_s": IDLE_LIMIT_S,
    }
    if name == WITHOUT_TOOLS:
        attributes["capabilities"] = base.capabilities - {"tools", "parallel_tools"}
    return type("Soaked", (base,), attributes)


@contextmanager
def environment(addresses: Mapping[str, str]) -> Iterator[None]:
    """Lead each provider to its address until the block is left."""
    variables = {_address_variable(name): address for name, address in addresses.items()}
    variables[_KEY_VARIABLE] = KEY
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("OLLAMA_CLI_")]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _address_variable(name: str) -> str:
    return f"{name.upper().replace('-', '_')}_URL"
