"""What users get: wheels, installed together, with no working copy near."""

import subprocess
import zipfile
from pathlib import Path
from venv import EnvBuilder

import pytest

from ._install import build_wheel
from .conftest import ROOT, Member

NAMES = """
from importlib.metadata import entry_points
print(*entry_points(group="provider_sdk.providers").names)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the working copy, and return what it prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(members: list[Member], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of each member, by its name."""
    folder = tmp_path_factory.mktemp("dist")
    return {member.name: build_wheel(member.folder, folder) for member in members}


@pytest.fixture(scope="module")
def installed(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment into which nothing but the wheels was installed."""
    folder = tmp_path_factory.mktemp("venv")
    EnvBuilder(with_pip=True).create(folder)
    programs = folder / "bin"
    pip = [programs / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run(*pip, *wheels.values(), cwd=folder)
    return programs


def test_wheels_ship_type_information(member: Member, wheels: dict[str, Path]) -> None:
    """A wheel holds the package with its marker ``py.typed``, and the licence."""
    contents = zipfile.ZipFile(wheels[member.name]).namelist()

    assert f"{member.package.name}/py.typed" in contents
    assert [name for name in contents if name.endswith("/licenses/LICENSE")]


def test_packages_import(member: Member, installed: Path, tmp_path: Path) -> None:
    """A package imports without the working copy."""
    run(installed / "python", "-c", f"import {member.package.name}", cwd=tmp_path)


def test_providers_are_registered(provider: Member, installed: Path, tmp_path: Path) -> None:
    """An installed provider is found under each name that it declares."""
    found = run(installed / "python", "-c", NAMES, cwd=tmp_path).split()

    assert provider.project["entry-points"]["provider_sdk.providers"].keys() <= set(found)


def test_the_command_tells_its_version(installed: Path, tmp_path: Path) -> None:
    """The command starts, and knows its version."""
    assert "0.1.0" in run(installed / "ollama-cli", "--version", cwd=tmp_path)


@pytest.mark.parametrize(
    ("guide", "page"),
    [
        ("wire", "wires/index.md"),
        ("dialect", "dialects/index.md"),
        ("kit", "conformance/index.md"),
    ],
)
def test_the_kit_ships_its_guides(installed: Path, tmp_path: Path, guide: str, page: str) -> None:
    """The guides, and the examples that they link to, are inside the installed kit."""
    printed = run(installed / "provider-conformance", "docs", guide, cwd=tmp_path)

    assert printed.startswith((ROOT / "docs" / page).read_text(encoding="utf-8"))
    folder = Path(printed.splitlines()[-1].rpartition(" in ")[2].rstrip(".)"))
    assert installed.parent in folder.parents
    assert (folder / "../wires/examples/tagline/_dialect.py").is_file()


HARNESS = """\
from provider_conformance import Harness, OpenAIWire
from provider_sdk import OpenAICompatibleProvider

class AcmeProvider(OpenAICompatibleProvider):
    name = "acme"
    base_url = "https://api.acme.example/v1"
    api_key_env = ("ACME_API_KEY",)

HARNESS = Harness(AcmeProvider, OpenAIWire())
"""


def test_ten_lines_and_one_command_make_a_report(installed: Path, tmp_path: Path) -> None:
    """An empty project gets its first report from a file of ten lines."""
    (tmp_path / "harness.py").write_text(HARNESS, encoding="utf-8")
    assert len(HARNESS.splitlines()) <= 10

    printed = run(installed / "provider-conformance", "run", "harness.py", cwd=tmp_path)

    assert "acme: PASS" in printed
    assert (tmp_path / "reports/conformance/acme.json").is_file()
