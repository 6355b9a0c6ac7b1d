import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings
from ollama_cli.app import cli
from provider_sdk import BaseProvider, register_provider
from provider_sdk.testing import FakeProvider

from ._router import Router
from ._shell import TOKEN, Shell

# The machine's speed is no property of the code.
settings.register_profile("cli", deadline=None, database=None, print_blob=True)
settings.load_profile("cli")

_made: list[Callable[..., BaseProvider]] = [FakeProvider]
register_provider("fake", lambda **config: _made[-1](**config))


@pytest.fixture
def fake() -> Iterator[Callable[[Any], Any]]:
    """Say which provider, or what makes one, goes by the name ``fake``."""

    def use(provider: Any) -> Any:
        made = provider if callable(provider) else lambda **_: provider
        _made.append(made)
        return provider

    before = len(_made)
    yield use
    del _made[before:]


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run the command in this process; ``input`` is what is piped in."""
    monkeypatch.delenv("OLLAMA_CLI_PROVIDER", raising=False)
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / "data"))

    def invoke(*arguments: str, input: str | bytes = "") -> Result:
        return CliRunner().invoke(cli, arguments, input=input, prog_name="ollama-cli")

    return invoke


@pytest.fixture
def router() -> Iterator[Router]:
    """A service that answers."""
    with Router() as router:
        yield router


@pytest.fixture
def shell(router: Router, tmp_path: os.PathLike[str]) -> Shell:
    """The command, with a token, beside the service."""
    return Shell(
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "HF_TOKEN": TOKEN,
            "HF_BASE_URL": f"{router.url}/v1",
            "HF_ENDPOINT": router.url,
            # A connection that is left open would be told on standard error.
            "PYTHONWARNINGS": "default::ResourceWarning",
        }
    )


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
