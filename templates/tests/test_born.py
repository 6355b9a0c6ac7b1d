"""A fresh bake is green by its own tox, in environments that know nothing but wheels."""

import os

from ._bakes import bake, command
from ._faults import is_custom


def tox(programs, project):
    """Run a bake's tox and return what it printed, which must end well."""
    done = command(programs / "tox", cwd=project, timeout=400)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_openai_compatible(first, programs):
    """Without an answer and without an edit every environment is green, and the README says so."""
    said = tox(programs, first)

    assert "acme: PASS, level silver" in said
    assert "Level **silver**" in (first / "README.md").read_text("utf-8")
    assert "silver" in (first / "conformance.svg").read_text("utf-8")
    assert [
        name for name in ("tests", "conformance", "type", "lint") if f"  {name}: OK" not in said
    ] == []


def test_custom(programs, wheels, tmp_path, monkeypatch):
    """A protocol of its own is green too, from a path with spaces; what is sample is told."""
    monkeypatch.setenv("PROVIDER_SCAFFOLD_WHEELS", str(wheels))
    project = bake(tmp_path / "sp ace", protocol="custom", provider_name="own")
    assert is_custom(project)

    said = tox(programs, project)

    assert "own: PASS, level silver" in said
    assert "checks still speak the sample protocol" in said
    assert "Checks that still speak the scaffold's sample protocol: " in (
        project / "README.md"
    ).read_text("utf-8")


def test_environments_hold_wheels_alone(first, programs):
    """No environment of a bake has anything of the checkout's source on its path."""
    tox_folder = first / ".tox" / "tests"
    program = "import provider_sdk as s, provider_conformance as k; print(s.__file__, k.__file__)"
    done = command(tox_folder / "bin" / "python", "-c", program, cwd=os.path.sep)
    assert done.stdout.count(str(tox_folder)) == 2, done.stdout


def test_workspace_proves_a_member(checkout, programs):
    """The root's tox has an environment for a provider that was baked into the workspace."""
    project = bake(checkout / "providers", provider_name="joined")
    done = command(programs / "tox", "list", "--no-desc", cwd=checkout)
    assert "conformance-joined" in done.stdout.split(), done.stdout
    assert project.parent.name == "providers"
