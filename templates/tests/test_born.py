"""A fresh bake is green by its own tox, in environments that know nothing but wheels.

What installs from an index is marked ``scaffold``: ``tox -e scaffold`` runs it, ``tox`` does not.
"""

import os

import pytest

from ._bakes import TEMPLATE, bake, command
from ._faults import is_custom

scaffold = pytest.mark.scaffold


def tox(fresh, project, **variables):
    """Run a bake's tox and return what it printed, which must end well."""
    done = command(fresh / "tox", cwd=project, timeout=400, **variables)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def pip_log(tmp_path_factory):
    """Where pip writes what it does for the bake that nothing was chosen for."""
    return tmp_path_factory.mktemp("pip") / "log"


@pytest.fixture(scope="module")
def born(fresh, tmp_path_factory):
    """What the command of a fresh environment bakes when nothing is chosen, wheels and all."""
    folder = tmp_path_factory.mktemp("born")
    done = command(fresh / "cookiecutter", TEMPLATE, "--no-input", cwd=folder, timeout=300)
    assert done.returncode == 0, done.stdout
    return folder / "provider-acme"


@pytest.fixture(scope="module")
def said(born, fresh, pip_log):
    """What tox printed in that bake."""
    return tox(fresh, born, PIP_LOG=str(pip_log))


@scaffold
def test_openai_compatible(said, born):
    """Without an answer and without an edit every environment is green, and the README says so."""
    environments = ("tests", "conformance", "type", "lint")

    assert [name for name in environments if f"  {name}: OK" not in said] == []
    assert "acme: PASS, level silver" in said
    assert "Level **silver**" in (born / "README.md").read_text("utf-8")
    assert "silver" in (born / "conformance.svg").read_text("utf-8")


@scaffold
@pytest.mark.usefixtures("said")
def test_no_index_is_asked_for_the_contract(pip_log):
    """Nothing of the contract's is looked for in an index; pip's log would show it."""
    log = pip_log.read_text("utf-8")

    assert "search for versions of pytest" in log
    assert "search for versions of provider" not in log


@scaffold
@pytest.mark.usefixtures("said")
def test_environments_hold_wheels_alone(born):
    """No environment of a bake has anything of the checkout's source on its path."""
    folder = born / ".tox" / "tests"
    program = "import provider_sdk as s, provider_conformance as k; print(s.__file__, k.__file__)"
    done = command(folder / "bin" / "python", "-c", program, cwd=os.path.sep)

    assert done.stdout.count(str(folder)) == 2, done.stdout


@scaffold
def test_custom(fresh, born, tmp_path, monkeypatch):
    """A protocol of its own is green too, from a path with spaces; what is sample is told."""
    monkeypatch.setenv("PROVIDER_SCAFFOLD_WHEELS", str(born / "wheels"))
    project = bake(tmp_path / "sp ace", protocol="custom", provider_name="own")
    assert is_custom(project)

    said = tox(fresh, project)

    assert "own: PASS, level sample; for silver: 10 methods still sample" in said
    assert "10 of 10 methods are still sample: " in said
    assert "named in reports/conformance/own.run.json" in said
    assert "provider contract: sample" in (project / "conformance.svg").read_text("utf-8")
    assert "Checks that still speak the scaffold's sample protocol: " in (
        project / "README.md"
    ).read_text("utf-8")


def test_workspace_proves_a_member(checkout, programs):
    """The root's tox has an environment for a provider that was baked into the workspace."""
    project = bake(checkout / "providers", provider_name="joined")
    done = command(programs / "tox", "list", "--no-desc", cwd=checkout)
    assert "conformance-joined" in done.stdout.split(), done.stdout
    assert project.parent.name == "providers"
