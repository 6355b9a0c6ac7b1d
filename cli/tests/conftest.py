import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings as hypothesis_settings
from ollama_cli.app import cli
from ollama_cli.settings.dotenv import set_missing
from provider_sdk import BaseProvider, register_provider
from provider_sdk.testing import FakeProvider

from ._chat import ScriptedView
from ._chat import talk as _talk
from ._conducted import Conducted
from ._project import hooks, is_trusted, trust_project, write_project
from ._router import Router
from ._settings import write_settings
from ._shell import TOKEN, Shell

# The machine's speed is no property of the code.
hypothesis_settings.register_profile("cli", deadline=None, database=None, print_blob=True)
hypothesis_settings.load_profile("cli")

_made: dict[str, Callable[..., BaseProvider]] = {}


def _register(name: str) -> None:
    register_provider(name, lambda **config: _made.get(name, FakeProvider)(**config))


for _name in ("fake", "other"):
    _register(_name)


@pytest.fixture
def fake() -> Iterator[Callable[..., Any]]:
    """Say which provider, or what makes one, goes by a name, by default ``fake``."""

    def use(provider: Any, name: str = "fake") -> Any:
        _made[name] = provider if callable(provider) else lambda **_: provider
        return provider

    yield use
    _made.clear()


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Path]:
    """Write the settings of ``invoke``."""
    return lambda **values: write_settings(tmp_path, **values)


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run the command in this process; ``input`` is what is piped in."""
    for variable in [name for name in os.environ if name.startswith("OLLAMA_CLI_")]:
        monkeypatch.delenv(variable)
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


@pytest.fixture
def own(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The command with folders of its own, in a folder without a project."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    folders = {
        "OLLAMA_CLI_CONFIG_DIR": str(tmp_path / "settings"),
        "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data"),
    }
    return Shell({**shell.environment, **folders})


@pytest.fixture
def service() -> Iterator[Conducted]:
    """A service, the provider ``hf``, whose answers the test conducts."""
    with Conducted() as service:
        yield service


@pytest.fixture
def second() -> Iterator[Conducted]:
    """The same for the provider ``openai``."""
    with Conducted() as service:
        yield service


@pytest.fixture
def chatting(
    service: Conducted, second: Conducted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """The command beside both services, with folders of its own, outside of any project."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return Shell(
        {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "HF_TOKEN": TOKEN,
            "HF_BASE_URL": f"{service.url}/v1",
            "HF_ENDPOINT": service.url,
            "OPENAI_API_KEY": TOKEN,
            "OPENAI_BASE_URL": f"{second.url}/v1",
            "OLLAMA_CLI_PROVIDER": "hf",
            "OLLAMA_CLI_CONFIG_DIR": str(tmp_path / "settings"),
            "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data"),
        }
    )


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An untrusted project with a bit of everything, in which the command runs."""
    made = write_project(
        tmp_path / "home" / "work",
        {
            "tools/hook.py": "print(1)",
            "unnamed.txt": "x",
            ".env": "HF_TOKEN=x",
            ".ollama/prompts/review.md": "Review.",
        },
        provider="hf",
        hooks=hooks("python tools/hook.py"),
    )
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def trusted_work(work: Path) -> Path:
    """The same, trusted."""
    trust_project(work)
    assert is_trusted()
    return work


@pytest.fixture(autouse=True)
def variables() -> Iterator[None]:
    """What a project's ``.env`` has set in this process is taken back, as at the end of one."""
    yield
    set_missing({})


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Ctrl-C and a hang-up are heard, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    hang_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before)
    signal.signal(signal.SIGHUP, hang_up)


@pytest.fixture
def talk(
    invoke: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., ScriptedView]:
    """Talk to the provider ``fake`` in a folder without a project, with folders of its own."""
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    return _talk
