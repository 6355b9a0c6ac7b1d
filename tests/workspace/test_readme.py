"""The README's snippets run as they stand, against the scripted router."""

import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from provider_conformance import OpenAIWire, Service
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver

from ._services import bare

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def router_environment(tmp_path):
    """Serve a scripted router; yield the environment in which a program finds it."""
    service = Service(OpenAIWire(token_path="/api/whoami-v2"), "t0ken", random.Random(1), echo)
    with SocketDriver(service) as driver:
        found = {
            "HF_TOKEN": "t0ken",
            "HF_BASE_URL": f"{driver.address}/v1",
            "HF_ENDPOINT": driver.address,
        }
        yield {**bare(tmp_path), **found}


def test_there_are_snippets():
    """The README shows an import, a health check with models, a chat, and a router."""
    assert len(SNIPPETS) == 4


@pytest.mark.parametrize("number", range(4))
def test_snippet_runs(number, router_environment):
    """A snippet runs to its end and prints something."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", SNIPPETS[number]],
        env=router_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip()


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
