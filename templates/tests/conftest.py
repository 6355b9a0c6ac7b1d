"""Bakes of the template, and the programs that judge them."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from venv import EnvBuilder

import pytest

from ._bakes import CHECKOUT, MEMBERS, bake, checkout_copy, environment


@pytest.fixture(scope="session", autouse=True)
def _settings(tmp_path_factory):
    """Nobody's cookiecutter settings; and the caller's own stay as they are."""
    folder = tmp_path_factory.mktemp("settings")
    file = folder / "config.yaml"
    file.write_text(f"replay_dir: '{folder}'\ncookiecutters_dir: '{folder}'\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(file))
        patch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        yield


@pytest.fixture(scope="session")
def programs(tmp_path_factory) -> Path:
    """The programs of a fresh environment: those that an author installs, and the linters."""
    folder = tmp_path_factory.mktemp("programs")
    EnvBuilder(with_pip=True).create(folder)
    groups = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    linters = [line for name in ("lint", "type") for line in groups[name] if isinstance(line, str)]
    command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "cookiecutter", "tox"]
    subprocess.run([*command, *linters], env=environment(), check=True, timeout=300)
    return folder / "bin"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> Path:
    """The wheels of the checkout, built once."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder]
    members = [CHECKOUT / member for member in MEMBERS]
    subprocess.run([*command, *members], env=environment(), check=True, timeout=300)
    return folder


@pytest.fixture
def baked(tmp_path, wheels, monkeypatch):
    """Return a function that bakes these answers elsewhere, with wheels that were built before."""
    monkeypatch.setenv("PROVIDER_SCAFFOLD_WHEELS", str(wheels))

    def baked(folder=tmp_path, **answers):
        return bake(folder, **answers)

    return baked


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of the checkout, to bake into."""
    return checkout_copy(tmp_path_factory.mktemp("copy") / "checkout")


@pytest.fixture
def importable(monkeypatch):
    """Return a function after which a bake's package can be imported."""
    return lambda project: monkeypatch.syspath_prepend(str(project / "src"))


def pytest_configure(config):
    """Keep what runs under tox from telling another tox where to work."""
    for name in [name for name in os.environ if name.startswith("TOX_")]:
        del os.environ[name]
