"""Every member of the workspace, found as the installers find them."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Member:
    """A folder with a distribution of its own."""

    folder: Path

    @cached_property
    def project(self) -> dict[str, Any]:
        """The ``[project]`` table."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))["project"]

    @property
    def name(self) -> str:
        """The distribution's name."""
        return self.project["name"]

    @property
    def is_provider(self) -> bool:
        """Whether it lies among the providers."""
        return self.folder.parent.name == "providers"

    @property
    def package(self) -> Path:
        """The folder of the one import package."""
        (package,) = (path.parent for path in self.folder.glob("src/*/__init__.py"))
        return package


def _members() -> list[Member]:
    root = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = root["tool"]["uv"]["workspace"]["members"]
    folders = [folder for pattern in patterns for folder in sorted(ROOT.glob(pattern))]
    return [Member(folder) for folder in folders if (folder / "pyproject.toml").is_file()]


MEMBERS = _members()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a ``member`` or a ``provider`` once for each."""
    choices = {"member": MEMBERS, "provider": [found for found in MEMBERS if found.is_provider]}
    for name in choices.keys() & set(metafunc.fixturenames):
        ids = [found.folder.name for found in choices[name]]
        metafunc.parametrize(name, choices[name], ids=ids)


@pytest.fixture(scope="session")
def members() -> list[Member]:
    """All of them."""
    return MEMBERS
