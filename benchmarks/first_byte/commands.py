"""The commands that are compared: each asks one question and prints the answer as it arrives."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.processes import environment
from benchmarks.wires import API_KEY, MODEL, QUESTION

HTTPX, OURS, OURS_CONTINUED, LLM, LITELLM = (
    "httpx",
    "ollama_cli",
    "ollama_cli -c",
    "llm",
    "litellm",
)
NAMES = (HTTPX, OURS, OURS_CONTINUED, LLM, LITELLM)

_HERE = Path(__file__).parent
_ASKED = QUESTION["content"]
_OURS = ("--provider", "hf", "-m", MODEL)


@dataclass(frozen=True)
class Command:
    """A command, ready to be started.

    Attributes:
        words: the program and its arguments.
        variables: its environment.
        folder: where it runs; the folder is no project.
    """

    words: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path

    @property
    def beginning(self) -> Command:
        """The same command, when there is no session yet that it could continue."""
        return replace(self, words=tuple(word for word in self.words if word != "-c"))


def package_of(name: str) -> str:
    """Return the package that must be installed for a contender."""
    return name.partition(" ")[0]


def is_installed(name: str, python: str) -> bool:
    """Whether this interpreter has the package of a contender."""
    code = f"import importlib.util as u, sys; sys.exit(not u.find_spec({package_of(name)!r}))"
    return subprocess.run([python, "-c", code], check=False).returncode == 0


def command_of(name: str, python: str, service: str, folder: Path) -> Command:
    """Return the command of a contender.

    Args:
        name: the contender.
        python: its interpreter.
        service: the base URL of the service.
        folder: an empty folder, for what it stores.
    """
    shared = {
        "BENCHMARK_BASE_URL": service,
        "BENCHMARK_KEY": API_KEY,
        "BENCHMARK_MODEL": MODEL,
    }
    words, own = _MAKERS[name](python, service, folder)
    return Command((*words, _ASKED), {**environment(), **shared, **own}, folder)


_Made = tuple[tuple[str, ...], Mapping[str, str]]


def _httpx(python: str, service: str, folder: Path) -> _Made:
    return (python, str(_HERE / "httpx_script.py")), {}


def _litellm(python: str, service: str, folder: Path) -> _Made:
    return (python, str(_HERE / "litellm_script.py")), {}


def _llm(python: str, service: str, folder: Path) -> _Made:
    model = f"- model_id: bench\n  model_name: {MODEL}\n  api_base: {service}\n"
    (folder / "extra-openai-models.yaml").write_text(model, encoding="utf-8")
    words = (str(Path(python).with_name("llm")), "-m", "bench")
    return words, {"LLM_USER_PATH": str(folder)}


def _ours(python: str, service: str, folder: Path) -> _Made:
    variables = {
        "HF_BASE_URL": service,
        "HF_TOKEN": API_KEY,
        "OLLAMA_CLI_DATA_DIR": str(folder / "data"),
        "OLLAMA_CLI_CONFIG_DIR": str(folder / "config"),
    }
    return (str(Path(python).with_name("ollama-cli")), *_OURS), variables


def _ours_continued(python: str, service: str, folder: Path) -> _Made:
    words, variables = _ours(python, service, folder)
    return (*words, "-c"), variables


_MAKERS: Mapping[str, Callable[[str, str, Path], _Made]] = {
    HTTPX: _httpx,
    OURS: _ours,
    OURS_CONTINUED: _ours_continued,
    LLM: _llm,
    LITELLM: _litellm,
}
