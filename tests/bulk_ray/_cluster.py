"""A Ray cluster on loopback, whose workers have an environment of their own."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_STARTS_WITHIN_S = 90.0
_ACTOR = b"ray::WorkerActor"


@dataclass(frozen=True)
class Cluster:
    """A cluster that was started.

    Attributes:
        address: of its head.
        token: what everybody must know who uses it.
        folder: where it writes its logs.
        pid: the process that all its processes descend from.
    """

    address: str
    token: str
    folder: Path
    pid: int

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables that lead a command to it."""
        return {
            "RAY_ADDRESS": self.address,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.token,
        }

    def actors(self) -> list[int]:
        """Return the processes of the workers."""
        return [pid for pid in _actors() if self.pid in _ancestors(pid)]


@contextmanager
def cluster(folder: Path, variables: Mapping[str, str], cpus: int = 2) -> Iterator[Cluster]:
    """Start a cluster, and end it.

    Args:
        folder: where it writes; Ray needs a short name.
        variables: what the workers have in their environment.
        cpus: how many workers it has room for.
    """
    token = secrets.token_hex(32)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    words = [
        Path(sys.executable).with_name("ray"),
        *("start", "--head", "--block", f"--port={port}", f"--num-cpus={cpus}"),
        *("--include-dashboard=false", f"--object-store-memory={80 * 2**20}"),
        *(f"--temp-dir={folder / 'r'}", f"--plasma-directory={folder}", "--disable-usage-stats"),
    ]
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": token,
        "RAY_memory_monitor_refresh_ms": "0",
    }
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(words, env=own | variables, stdout=said, stderr=said)
    try:
        yield Cluster(_address(process, folder), token, folder, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Return where a cluster can be reached, as soon as it has started."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError((folder / "said.txt").read_text())
        if "Ray runtime started" in (folder / "said.txt").read_text():
            return (folder / "r" / "ray_current_cluster").read_text()
        time.sleep(0.1)
    raise TimeoutError("Ray does not start")


def _actors() -> list[int]:
    """Return all processes of this machine that are workers of a run."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                if (path / "cmdline").read_bytes().startswith(_ACTOR):
                    found.append(int(path.name))
    return found


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        yield pid
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return
