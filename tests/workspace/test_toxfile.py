"""``tox -e conformance`` leaves out no provider."""

import shutil
import subprocess
import sys

import pytest

from .conftest import ROOT

GROUP = '[project.entry-points."provider_sdk.providers"]'


@pytest.fixture
def workspace(tmp_path):
    """Return the folder of a workspace with one provider."""
    shutil.copy(ROOT / "toxfile.py", tmp_path)
    (tmp_path / "tox.ini").write_text("[tox]\nno_package = true\n")
    add(tmp_path, "acme", f"{GROUP}\nacme = 'provider_acme:Acme'\n")
    return tmp_path


def add(workspace, folder, project=None):
    """Add a folder of a provider, with this project file if there is one."""
    package = workspace / "providers" / folder / "src" / f"provider_{folder}"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    if project is not None:
        (workspace / "providers" / folder / "pyproject.toml").write_text(project)


def tox(workspace, *words):
    """Run tox in a workspace, and return its exit code and output."""
    call = [sys.executable, "-m", "tox", *words]
    done = subprocess.run(call, cwd=workspace, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("project", [None, "", "[project]\nname = 'x'\n", f"{GROUP}\n"])
def test_folder_without_an_entry_point_is_red(workspace, project):
    """A provider that declares no entry point is named, and ends the environment red."""
    add(workspace, "lost", project)
    code, said = tox(workspace, "run", "-e", "conformance")
    assert code != 0
    assert "providers/lost declares no entry point in provider_sdk.providers" in said


def test_two_folders_of_one_name_are_red(workspace):
    """Of two providers of one name neither is left out in silence."""
    add(workspace, "other", f"{GROUP}\nacme = 'provider_other:Other'\n")
    code, said = tox(workspace, "run", "-e", "conformance")
    assert code != 0
    assert "two folders of providers declare the name acme" in said


def test_sample_is_allowed_as_in_the_providers_own_tox(workspace):
    """A new provider is green in the workspace as long as it is in its own folder."""
    folder = workspace / "providers" / "acme"
    (folder / "tox.ini").write_text("commands = provider-conformance verify acme --allow-sample\n")
    _, said = tox(workspace, "config", "-e", "conformance-acme", "-k", "commands")
    assert "  provider-conformance verify acme --allow-sample" in said.splitlines()


def test_whole_workspace_has_no_complaint(workspace):
    """Where each folder declares a provider, each is run and verified, and nothing else is."""
    (workspace / "providers" / "left" / "__pycache__").mkdir(parents=True)
    _, said = tox(workspace, "config", "-e", "conformance", "-k", "commands")
    assert said.splitlines()[-2:] == [
        "  provider-conformance run acme",
        "  provider-conformance verify acme",
    ]
    assert "declares" not in said
