"""The README's snippets run as they stand, against the scripted router."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from provider_conformance import OpenAIWire, Service
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def router_environment():
    """Serve a scripted router; yield the environment in which a program finds it."""
    service = Service(OpenAIWire(token_path="/api/whoami-v2"), "t0ken", random.Random(1), echo)
    with SocketDriver(service) as driver:
        found = {
            "HF_TOKEN": "t0ken",
            "HF_BASE_URL": f"{driver.address}/v1",
            "HF_ENDPOINT": driver.address,
        }
        yield {**os.environ, **found}


def test_there_are_snippets():
    """The README shows an import, a health check with models, and a chat."""
    assert len(SNIPPETS) == 3


@pytest.mark.parametrize("number", range(3))
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
