"""``tox -e conformance`` leaves out no provider."""

import os
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
    # The tox that runs these tests names its own folder of environments to what it runs.
    env = {name: value for name, value in os.environ.items() if not name.startswith("TOX_")}
    done = subprocess.run(call, cwd=workspace, env=env, capture_output=True, text=True, check=False)
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
    assert "two providers have the name acme" in said


def test_sample_is_allowed_as_in_the_providers_own_tox(workspace):
    """A new provider is green in the workspace as long as it is in its own folder."""
    folder = workspace / "providers" / "acme"
    (folder / "tox.ini").write_text("commands = provider-conformance verify acme --allow-sample\n")
    _, said = tox(workspace, "config", "-e", "conformance-acme", "-k", "commands")
    assert "  provider-conformance verify acme --allow-sample" in said.splitlines()


def test_whole_workspace_has_no_complaint(workspace):
    """Each declared provider is run and verified, then one matrix shows all; nothing else runs."""
    (workspace / "providers" / "left" / "__pycache__").mkdir(parents=True)
    _, said = tox(workspace, "config", "-e", "conformance", "-k", "commands")
    assert said.splitlines()[-3:] == [
        "  provider-conformance run acme",
        "  provider-conformance verify acme",
        "  provider-conformance matrix acme",
    ]
    assert "declares" not in said


def test_provider_of_a_new_folder_is_in_the_matrix(workspace):
    """A folder with a provider is enough for a column; no list has to be edited."""
    add(workspace, "beta", f"{GROUP}\nbeta = 'provider_beta:Beta'\n")
    _, said = tox(workspace, "config", "-e", "conformance", "-k", "commands")
    assert said.splitlines()[-1] == "  provider-conformance matrix acme beta"


@pytest.fixture
def composed(workspace):
    """Return a workspace with a harness of what no entry point declares."""
    (workspace / "sdk" / "tests").mkdir(parents=True)
    (workspace / "sdk" / "tests" / "router_harness.py").touch()
    return workspace


def test_what_is_not_declared_is_proved_too(composed):
    """A harness of its own is enough for an environment that runs it and verifies its reports."""
    _, said = tox(composed, "config", "-e", "conformance-router", "-k", "commands")
    assert [line for line in said.splitlines() if line.startswith(" ")] == [
        "  provider-conformance run router",
        "  provider-conformance verify router",
    ]


def test_what_is_not_declared_is_in_the_matrix(composed):
    """The matrix shows the providers, then what has a harness and no entry point."""
    _, said = tox(composed, "config", "-e", "conformance", "-k", "commands")
    assert said.splitlines()[-1] == "  provider-conformance matrix acme router"


def test_undeclared_name_of_a_provider_is_red(composed):
    """A harness cannot have the name of a declared provider in silence."""
    add(composed, "router", f"{GROUP}\nrouter = 'provider_router:Router'\n")
    code, said = tox(composed, "run", "-e", "conformance")
    assert code != 0
    assert "two providers have the name router" in said


def test_matrix_belongs_to_all_providers_together(workspace):
    """The environment of one provider writes no matrix, so that several may run at once."""
    _, said = tox(workspace, "config", "-e", "conformance-acme", "-k", "commands")
    assert "matrix" not in said


def test_red_provider_keeps_nothing_from_running(workspace):
    """After a red provider the others run, then the matrix, and the environment is red."""
    add(workspace, "beta", f"{GROUP}\nbeta = 'provider_beta:Beta'\n")
    (workspace / "bin").mkdir()
    command = workspace / "bin" / "provider-conformance"
    command.write_text("#!/bin/sh\necho called $*\n[ $2 != acme ]\n")
    command.chmod(0o755)
    (workspace / "tox.ini").write_text(
        "[tox]\nno_package = true\n[testenv]\nskip_install = true\n"
        f"allowlist_externals = *\nset_env = PATH = {workspace / 'bin'}{{:}}{{env:PATH}}\n"
    )
    code, said = tox(workspace, "run", "-e", "conformance")
    called = [line.removeprefix("called ") for line in said.splitlines() if "called" in line[:7]]
    assert code != 0
    assert called == ["run acme", "verify acme", "run beta", "verify beta", "matrix acme beta"]
