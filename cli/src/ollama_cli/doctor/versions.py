"""Which versions of what are installed, and which commands come from other packages."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import provider_sdk
from provider_sdk import ProviderDescription

from ollama_cli._version import __version__
from ollama_cli.choosing.importing import importing
from ollama_cli.command_line.catalogue import CommandError, plugins
from ollama_cli.doctor.findings import Finding
from ollama_cli.doctor.transports import transport

_LIBRARIES = ("httpx", "httpcore", "aiohttp", "certifi", "click", "rich", "keyring")


def versions(described: Iterable[ProviderDescription]) -> dict[str, Any]:
    """Return the versions as JSON; of a library that is not installed it is null."""
    return {
        "ollama_cli": __version__,
        "provider_sdk": provider_sdk.__version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "providers": sorted({each.source for each in described}),
        "transport": transport(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def commands() -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return the commands of other packages; each is imported."""
    found, findings = [], []
    for entry in plugins().values():
        problem = None
        try:
            with importing():
                entry.load()
        except CommandError as error:
            problem = error.message
            findings.append(Finding("commands", problem))
        found.append({"name": entry.name, "about": entry.help, "problem": problem})
    return found, findings


def damaged(described: Iterable[ProviderDescription]) -> Iterator[Finding]:
    """Yield what keeps providers from being used."""
    for each in described:
        if each.problem:
            yield Finding("providers", f"{each.name}: {each.problem}")


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
