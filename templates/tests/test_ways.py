"""However the template is named, and whoever asks, the same bake comes out."""

import os
import shutil
import subprocess

import pytest

from ._bakes import CHECKOUT, MEMBERS, TEMPLATE, command, environment, template_copy
from ._faults import baked_files


def contents(project):
    """Return the files of a bake."""
    return {str(p.relative_to(project)): p.read_bytes() for p in baked_files(project)}


@pytest.mark.parametrize("way", ["relative", "output folder", "asked"])
def test_same_bake(way, first, programs, wheels, tmp_path):
    """A relative path, another folder for the output, and questions instead of defaults."""
    words = {
        "relative": (os.path.relpath(TEMPLATE, tmp_path), "--no-input"),
        "output folder": (TEMPLATE, "--no-input", "--output-dir", tmp_path),
        "asked": (os.path.relpath(TEMPLATE, tmp_path),),
    }[way]
    done = subprocess.run(
        [programs / "cookiecutter", *words],
        cwd=CHECKOUT / "docs" if way == "output folder" else tmp_path,
        env=environment(PROVIDER_SCAFFOLD_WHEELS=str(wheels)),
        input="\n" * 20,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    project = tmp_path / "provider-acme"
    fresh = {name: data for name, data in contents(project).items() if name != "README.md"}
    assert fresh.items() <= contents(first).items()
    if way == "asked":
        assert "What is the provider called in commands and registries?" in done.stdout
        assert "OpenAI chat completions, or nearly" in done.stdout


def test_checkout_with_spaces_in_its_path(checkout, programs, wheels, tmp_path):
    """The checkout may lie anywhere, and a bake may lie in its root."""
    template = checkout / "templates" / TEMPLATE.name
    done = command(
        programs / "cookiecutter",
        *(template, "--no-input", "provider_name=beside"),
        cwd=checkout,
        PROVIDER_SCAFFOLD_WHEELS=str(wheels),
    )
    assert done.returncode == 0, done.stdout
    assert (checkout / "provider-beside" / "wheels").is_dir()
    shutil.rmtree(checkout / "provider-beside")


def test_wheels_that_cannot_be_built(programs, tmp_path):
    """One sentence has pip's error and the command to try, and no half of a bake stays."""
    template = template_copy(tmp_path / "copy")
    version = tmp_path / "copy" / "cli" / "src" / "ollama_cli" / "_version.py"
    (tmp_path / "copy" / "cli").unlink()
    version.parent.mkdir(parents=True)
    version.write_text('__version__ = "0.1.0"\n')
    done = command(programs / "cookiecutter", template, "--no-input", cwd=tmp_path, timeout=300)

    assert done.returncode == 1, done.stdout
    assert "could not be built (ERROR: " in done.stdout
    assert f"{tmp_path / 'copy' / MEMBERS[0]} {tmp_path / 'copy' / MEMBERS[1]}" in done.stdout
    assert done.stdout.count("could not be built") == 1
    assert not (tmp_path / "provider-acme").exists()


def test_wheels_that_are_not_there(programs, tmp_path):
    """One sentence names the variable and the wheel that is missing, and nothing is written."""
    done = command(
        *(programs / "cookiecutter", TEMPLATE, "--no-input"),
        cwd=tmp_path,
        PROVIDER_SCAFFOLD_WHEELS=str(tmp_path / "none"),
    )

    assert (done.returncode, done.stdout.count("\n")) == (1, 1), done.stdout
    assert done.stdout.startswith("PROVIDER_SCAFFOLD_WHEELS names a folder without the wheel ")
    assert str(tmp_path / "none" / "provider_contract_sdk-") in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_same_provider_again(checkout, programs):
    """A member can be baked again over itself; its own names are no clash."""
    template = checkout / "templates" / TEMPLATE.name
    again = (template, "--no-input", "provider_name=again", "--output-dir", "providers")
    for words in (again, (*again, "--overwrite-if-exists")):
        done = command(programs / "cookiecutter", *words, cwd=checkout)
        assert done.returncode == 0, done.stdout
    clash = (*again, "project_slug=else")
    done = command(programs / "cookiecutter", *clash, cwd=checkout)
    assert (done.returncode, done.stdout) == (
        1,
        "there is a provider 'again' already; choose another provider_name.\n",
    )
