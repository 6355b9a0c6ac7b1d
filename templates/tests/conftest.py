"""Bakes of the template, and the programs that judge them."""

import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from venv import EnvBuilder

import pytest

from ._bakes import (
    CHECKOUT,
    EXTENDED,
    TEMPLATE,
    bake,
    checkout_copy,
    command,
    environment,
    template_copy,
)


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
    """The programs of this environment: cookiecutter, tox and the linters."""
    folder = tmp_path_factory.mktemp("programs") / "bin"
    folder.mkdir()
    for name in ("cookiecutter", "mypy", "ruff", "tox"):
        (folder / name).symlink_to(Path(sysconfig.get_path("scripts")) / name)
    return folder


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Path:
    """The programs of a fresh environment, which has what an author installs and no more."""
    folder = tmp_path_factory.mktemp("fresh")
    EnvBuilder(with_pip=True).create(folder)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "cookiecutter", "tox"]
    subprocess.run(pip, env=environment(), check=True, timeout=300)
    return folder / "bin"


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """A function that returns a folder which all workers share and the first of them fills."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name, fill) -> Path:
        folder, unfinished = shared / name, shared / f"{name}.part"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                fill(unfinished)
                unfinished.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def first(programs, once) -> Path:
    """What the command bakes when nothing is chosen, wheels and all."""

    def fill(folder):
        done = command(programs / "cookiecutter", TEMPLATE, "--no-input", cwd=folder, timeout=300)
        assert done.returncode == 0, done.stdout

    return once("first", fill) / "provider-acme"


@pytest.fixture(scope="session")
def wheels(first, once) -> Path:
    """The wheels of the checkout, built once, and those of the providers that bakes extend."""

    def fill(folder):
        shutil.copytree(first / "wheels", folder, dirs_exist_ok=True)
        pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder)
        done = command(*pip, *(CHECKOUT / member for member in EXTENDED), cwd=folder, timeout=300)
        assert done.returncode == 0, done.stdout

    return once("wheels", fill)


@pytest.fixture
def baked(tmp_path, wheels, monkeypatch):
    """Return a function that bakes these answers, with wheels that were built before."""
    monkeypatch.setenv("PROVIDER_SCAFFOLD_WHEELS", str(wheels))

    def baked(template=TEMPLATE, **answers):
        return bake(tmp_path / "bakes", template, **answers)

    return baked


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """A copy of the checkout, to bake into."""
    return checkout_copy(tmp_path_factory.mktemp("copy") / "check out")


@pytest.fixture
def template(tmp_path) -> Path:
    """A copy of the template, to break."""
    return template_copy(tmp_path / "copy")


@pytest.fixture
def importable(monkeypatch):
    """Return a function after which a bake's package can be imported."""
    return lambda project: monkeypatch.syspath_prepend(str(project / "src"))
