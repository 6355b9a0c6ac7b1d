"""What the README tells to install is complete."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_both_set_up_commands_are_complete():
    """Each of the two commands makes its own environment and ends with a tox run."""
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)[:2]
    assert [command.rsplit(" ", 1)[1] for command in commands] == ["demo", "tests"]
    assert all("pip install -q tox &&" in command for command in commands)


def test_user_install_is_the_packages_alone():
    """To ask Hugging Face, the README installs three members by path, and no tools."""
    section = README.partition("## Ask Hugging Face")[2].partition("\n## ")[0]
    (install,) = re.findall(r"pip install -q (.*)", section)
    wanted = [ROOT / path for path in install.split()]
    projects = [tomllib.loads((path / "pyproject.toml").read_text("utf-8")) for path in wanted]

    assert [path.name for path in wanted] == ["sdk", "cli", "huggingface"]
    installed = {project["project"]["name"] for project in projects}
    needed = {
        re.match(r"[\w-]+", requirement)[0]
        for project in projects
        for requirement in project["project"]["dependencies"]
    }
    assert {name for name in needed if name.startswith("provider-contract")} <= installed


def test_checking_installs_the_tools():
    """Before it checks a provider, the README installs the kit and the tools."""
    section = README.partition("## Check a provider")[2]

    assert "pip install -q -r requirements-dev.txt" in section.partition("tox -e")[0]
