"""Scripted services in place of real ones, and the environment that leads to them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from provider_conformance import Harness, Service, find_harness
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver

ROOT = Path(__file__).parents[2]
KEY = "sk-workspace-canary"
PATIENCE_S = 60


@dataclass(frozen=True)
class Place:
    """A provider's service on loopback."""

    harness: Harness
    service: Service
    address: str

    def variables(self, key: str = KEY) -> dict[str, str]:
        """Return the variables that lead the provider here."""
        return self.harness.variables(self.address, key)


@contextmanager
def serving(*names: str) -> Iterator[dict[str, Place]]:
    """Serve these providers, each by itself, until the block is left; chats are echoed."""
    with ExitStack() as stack:
        yield {name: _place(name, stack) for name in names}


def _place(name: str, stack: ExitStack) -> Place:
    harness, _ = find_harness(name, ROOT)
    service = Service(harness.wire, KEY, random.Random(name), echo)
    return Place(harness, service, stack.enter_context(SocketDriver(service)).address)


def nobody(name: str) -> dict[str, str]:
    """Return the variables that lead a provider to a port on which nobody listens."""
    harness, _ = find_harness(name, ROOT)
    return harness.variables("http://127.0.0.1:9", KEY)


def bare(home: Path) -> dict[str, str]:
    """Return an environment without credentials, addresses, settings and proxies."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "OLLAMA_HOST": "http://127.0.0.1:9"}


def run(
    command: Sequence[str], environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; whatever it says, it does not say the key."""
    ended = subprocess.run(
        command,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert KEY not in ended.stdout + ended.stderr
    return ended


def python(code: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; its warnings are errors."""
    return run([sys.executable, "-W", "error", "-c", code], environment)


def ollama_cli(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return run([sys.executable, "-m", "ollama_cli", *arguments], environment)
