"""Adds an environment ``conformance-<name>`` for every provider that a member declares."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tox.config.loader.memory import MemoryLoader
from tox.config.sets import ConfigSet
from tox.config.types import Command
from tox.plugin import impl
from tox.session.state import State

_ROOT = Path(__file__).parent
_GROUP = "provider_sdk.providers"


def _providers() -> Iterator[str]:
    for project in sorted(_ROOT.glob("providers/*/pyproject.toml")):
        declared = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        yield from declared.get("entry-points", {}).get(_GROUP, {})


def _proof(name: str) -> list[Command]:
    # Each runs in its own process, so that no pytest option can influence it; verify runs last, so
    # that a missing, old or partial report is not taken for a proof.
    return [
        Command(["provider-conformance", "run", name]),
        Command(["provider-conformance", "verify", name]),
    ]


@impl
def tox_extend_envs() -> tuple[str, ...]:
    """Name the environments."""
    return ("conformance", *(f"conformance-{name}" for name in _providers()))


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Set the commands of each environment; the rest is inherited from ``[testenv]``."""
    names = list(_providers())
    environments = {f"conformance-{name}": [name] for name in names} | {"conformance": names}
    for environment, proved in environments.items():
        loader = MemoryLoader(
            description=f"check {', '.join(proved)} against the contract",
            commands=[command for name in proved for command in _proof(name)],
        )
        state.conf.memory_seed_loaders[environment].append(loader)
