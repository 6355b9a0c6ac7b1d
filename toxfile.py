"""An environment ``conformance-<name>`` per provider and per harness, and pyenv's Pythons.

A harness ``tests/<name>_harness.py`` of a member proves what no entry point declares: the router,
and a provider over another HTTP library.
"""

from __future__ import annotations

import os
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
_HARNESS = "_harness.py"


def _folders() -> list[Path]:
    """Return the folders of providers, without those of which only caches are left."""
    found = sorted(folder for folder in _ROOT.glob("providers/*") if folder.is_dir())
    return [folder for folder in found if (folder / "pyproject.toml").exists() or _has_code(folder)]


def _has_code(folder: Path) -> bool:
    return any(file.is_file() for file in folder.rglob("*.py") if ".tox" not in file.parts)


def _declared(folder: Path) -> list[str]:
    project = folder / "pyproject.toml"
    if not project.is_file():
        return []
    declared = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
    return list(declared.get("entry-points", {}).get(_GROUP, {}))


def _providers() -> list[str]:
    return [name for folder in _folders() for name in _declared(folder)]


def _composed() -> list[str]:
    """Return the names of the harnesses for what no entry point declares."""
    files = [*_ROOT.glob(f"*/tests/*{_HARNESS}"), *_ROOT.glob(f"providers/*/tests/*{_HARNESS}")]
    return sorted(file.name.removesuffix(_HARNESS).replace("_", "-") for file in files)


def _allowing_sample() -> set[str]:
    """Return the providers whose own tox accepts that they still speak a sample protocol."""
    allowing = [f for f in _folders() if "--allow-sample" in _text_of(f / "tox.ini")]
    return {name for folder in allowing for name in _declared(folder)}


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _names() -> list[str]:
    return list(dict.fromkeys([*_providers(), *_composed()]))


def _problems() -> Iterator[str]:
    """Yield why a provider would be left out in silence."""
    for folder in _folders():
        if not _declared(folder):
            yield (
                f"providers/{folder.name} declares no entry point in {_GROUP}, so nothing would "
                "check it; declare one in its pyproject.toml, or move the folder"
            )
    names = [*_providers(), *_composed()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two providers have the name {name}; rename one"


def _proof(name: str) -> list[Command]:
    flags = ["--allow-sample"] if name in _allowing_sample() else []
    # Each runs in its own process, so that no pytest option can influence it; verify runs last, so
    # that a missing, old or partial report is not taken for a proof.
    return [
        Command(["provider-conformance", "run", name]),
        Command(["provider-conformance", "verify", name, *flags]),
    ]


def _matrix(names: list[str]) -> list[Command]:
    """Return what shows all providers at once; it reads the reports, and runs no check."""
    flags = ["--allow-sample"] if _allowing_sample() else []
    return [Command(["provider-conformance", "matrix", *names, *flags])] if names else []


def _complaint(problem: str) -> Command:
    return Command(["python", "-c", "import sys; sys.exit(sys.argv[1])", problem])


def _find_interpreters_of_pyenv() -> None:
    """Put every version that pyenv holds at the end of the path, where tox looks for interpreters.

    pyenv itself shows only the versions that are selected.
    """
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = sorted(map(str, root.glob("versions/3.*/bin")), reverse=True)
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])


_find_interpreters_of_pyenv()


@impl
def tox_extend_envs() -> tuple[str, ...]:
    """Name the environments."""
    return ("conformance", *(f"conformance-{name}" for name in _names()))


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Set the commands of each environment; the rest is inherited from ``[testenv]``."""
    names = _names()
    environments = {f"conformance-{name}": [name] for name in names} | {"conformance": names}
    for environment, proved in environments.items():
        commands = [command for name in proved for command in _proof(name)]
        is_whole = environment == "conformance"
        if is_whole:
            commands = [*map(_complaint, _problems()), *commands, *_matrix(names)]
        loader = MemoryLoader(
            description=f"check {', '.join(proved)} against the contract",
            commands=commands,
            # A red provider keeps neither the others nor the matrix from being shown.
            ignore_errors=is_whole,
        )
        state.conf.memory_seed_loaders[environment].append(loader)
