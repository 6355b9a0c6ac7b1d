"""Where the snippets of a page are run: folders, files, an environment, and scripted services."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

from provider_conformance import Harness, Service, find_harness
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import SeenRequest
from provider_sdk import HttpProvider

from ._answers import answer, managed
from ._fences import GENERATED, ROOT

PATIENCE_S = 60
KEY = "sk-snippets-canary"
NAMES = ("ollama", "claude", "gemini", "codex", "hf", "openai")
_HERE = Path(__file__).parent / "stand_ins"
_LISTENS_NOT = "127.0.0.1:9"
_OLLAMA = "127.0.0.1:11434"

_SAMPLES = {
    "src/main.py": 'def greet():\n    return "Hello"\n',
    "notes.txt": "The sky is blue.\n",
    "report.md": "# Report\n\nThe sky was blue all week.\n",
}
_OF_A_BUILD = {"__pycache__", "build", "node_modules", "reports", "site"}
_CHANGED = 'def greet(name):\n    return f"Hello, {name}"\n'
_RED_SQUARE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@dataclass(frozen=True)
class Place:
    """A provider's service on loopback."""

    harness: Harness
    address: str

    @property
    def variables(self) -> dict[str, str]:
        """The variables that lead the provider here, with a credential if it needs one."""
        found = self.harness.variables(self.address, KEY)
        if self.harness.credential_rule == "required":
            return found
        return {name: value for name, value in found.items() if value != KEY}

    @property
    def real_names(self) -> dict[str, str]:
        """The addresses of this service, and those that pages show in their place."""
        provider = self.harness.provider
        assert isinstance(provider, type)
        assert issubclass(provider, HttpProvider)
        base = provider.base_url
        origin = "https://huggingface.co" if self.harness.name == "hf" else base
        there, here = urlsplit(base), urlsplit(self.address)
        path = self.harness.wire.base_path
        named = {self.address: origin, here.netloc: there.netloc}
        return {self.address + path: base, **named} if path else named


class _OpenAI(Service):
    """One address for both protocols of OpenAI, as the real service has."""

    def __init__(self, chats: Service, responses: Service) -> None:
        super().__init__(chats.wire, KEY, random.Random(0), answer)
        self.model_ids = chats.model_ids
        self._responses = responses

    def handle(self, request: SeenRequest):
        """Let the service of the protocol handle a request."""
        if request.path.endswith("/responses"):
            return self._responses.handle(request)
        return super().handle(request)


@contextmanager
def services() -> Iterator[dict[str, Place]]:
    """Serve every provider of the workspace; the two of OpenAI share an address."""
    with ExitStack() as stack:
        made = {name: _service(name) for name in NAMES}
        made["openai"] = _OpenAI(made["openai"], made["codex"])
        places = {
            name: Place(_harness(name), stack.enter_context(SocketDriver(service)).address)
            for name, service in made.items()
            if name != "codex"
        }
        yield places | {"codex": Place(_harness("codex"), places["openai"].address)}


def _harness(name: str) -> Harness:
    return find_harness(name, ROOT)[0]


def _service(name: str) -> Service:
    harness = _harness(name)
    needs_none = harness.credential_rule != "required"
    service = Service(harness.wire, None if needs_none else KEY, random.Random(name), answer)
    default = getattr(harness.provider, "default_model", None)
    service.model_ids = [default, "org/model"] if default else ["qwen3:latest"]
    if name == "ollama":
        service.reply_always(managed, "other")
    return service


def _generated(folder: str, names: Sequence[str]) -> set[str]:
    """Return what a checkout has not: what tools made there, perhaps while it is copied."""
    place = Path(folder).relative_to(ROOT)
    made = {name for name in names if (place / name).as_posix() in GENERATED}
    return made | {name for name in names if name.startswith(".") or name in _OF_A_BUILD}


def _read_all(file: int) -> bytes:
    pieces = []
    with suppress(OSError):  # which a terminal raises when the last program has closed it
        while piece := os.read(file, 1 << 16):
            pieces.append(piece)
    os.close(file)
    return b"".join(pieces)


@dataclass
class World:
    """A home folder with a checkout in it, in which the snippets of one page are run."""

    folder: Path
    places: Mapping[str, Place]
    answering: Sequence[str] = NAMES
    _bin: Path = field(init=False)

    def __post_init__(self) -> None:
        """Make the folders and files."""
        self._bin = self.folder / "bin"
        self.home.mkdir()
        self._make_programs()
        self._make_checkout()

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.folder / "home"

    @property
    def work(self) -> Path:
        """The folder in which every snippet starts."""
        return self.home / "work"

    def environment(self) -> dict[str, str]:
        """Return the environment of a snippet."""
        found = {
            "PATH": os.pathsep.join((str(self._bin), os.environ["PATH"])),
            "HOME": str(self.home),
            "KEY": KEY,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PYTHONPATH": os.pathsep.join((str(_HERE / "guard"), str(self.home / "packages"))),
            "SNIPPETS_PYTHON": sys.executable,
            "OLLAMA_HOST": f"http://{_LISTENS_NOT}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "EDITOR": "true",
        }
        for name in self.answering:
            place = self.places[name]
            found |= place.variables
        return found

    def run(
        self, command: Sequence[str], stdin: str = "", on_terminal: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it writes to either stream comes as one text.

        After ``PATIENCE_S`` it is killed with all that it started, and its last line says so.
        """
        ours, theirs = os.openpty() if on_terminal else os.pipe()
        with subprocess.Popen(
            command,
            env=self.environment(),
            cwd=self.work,
            stdin=subprocess.PIPE,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            killer = Timer(PATIENCE_S, os.killpg, (process.pid, signal.SIGKILL))
            killer.start()
            process.stdin.write(stdin.encode())
            process.stdin.close()
            written = _read_all(ours)
        is_late = not killer.is_alive()
        killer.cancel()
        told = written.decode("utf-8", "replace").replace("\r\n", "\n")
        assert KEY not in told, "the credential is in the output"
        late = f"\nkilled after {PATIENCE_S} s" if is_late else ""
        return subprocess.CompletedProcess(command, process.returncode, told + late)

    def write(self, name: str, content: str) -> None:
        """Write a file that a page shows; a script becomes executable."""
        path = self.home / name[2:] if name.startswith("~/") else self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o755 if content.startswith("#!") else 0o644)

    def as_shown(self, output: str) -> str:
        """Return an output with the addresses and folders that a page would show."""
        for place in self.places.values():
            for here, there in place.real_names.items():
                output = output.replace(here, there)
        return output.replace(_LISTENS_NOT, _OLLAMA).replace(str(self.home), "~")

    def _make_programs(self) -> None:
        self._bin.mkdir()
        for path in Path(sys.executable).parent.iterdir():
            if not path.name.startswith(("pip", "python", "tox", "activate", "Activate")):
                (self._bin / path.name).symlink_to(path)
        for name in ("python", "python3"):
            shutil.copy(_HERE / "python.sh", self._bin / name)
            (self._bin / name).chmod(0o755)
        for name in ("pip", "tox"):
            self._program(name, f'exec "$SNIPPETS_PYTHON" "{_HERE / name}.py" "$@"\n')
        (self._bin / "activate").touch()

    def _program(self, name: str, line: str) -> None:
        (self._bin / name).write_text(f"#!/bin/sh\n{line}", encoding="utf-8")
        (self._bin / name).chmod(0o755)

    def _make_checkout(self) -> None:
        shutil.copytree(ROOT, self.work, ignore=_generated, symlinks=True)
        for name, content in _SAMPLES.items():
            self.write(name, content)
        self.write("../notes.txt", "The sky is blue.\n")
        (self.work / "photo.png").write_bytes(_RED_SQUARE)
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        for words in (
            ["init", "-q", "-b", "main"],
            ["add", *_SAMPLES],
            [*identity, "commit", "-q", "-m", "Greet"],
        ):
            subprocess.run(["git", *words], cwd=self.work, env=self.environment(), check=True)
        self.write("src/main.py", _CHANGED)
