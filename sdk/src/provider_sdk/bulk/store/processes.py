"""Who holds a lock, and whether that process is dead for sure."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told apart from all others, of other machines too.

    Attributes:
        pid: its number, which the system gives to another process later.
        host: the name of the machine.
        boot: the id of the machine's start; ``""`` if the system does not say.
        pids: the namespace in which the number counts: containers on one machine have their own.
        started: when it was started, in the system's own measure; ``""`` if it does not say.
    """

    pid: int
    host: str
    boot: str = ""
    pids: str = ""
    started: str = ""

    @classmethod
    def current(cls, proc: Path = _PROC) -> Process:
        """Return this process.

        Args:
            proc: where Linux shows its processes, as ``proc(5)`` describes.
        """
        pid = os.getpid()
        return cls(pid, socket.gethostname(), _boot(proc), _pids(proc), _started(pid, proc) or "")

    def is_dead(self, proc: Path = _PROC) -> bool:
        """Whether it is known to have ended; ``False`` if that cannot be told from here."""
        here = Process.current(proc)
        # On Windows the call below would not look for a process, but interrupt it.
        if self.host != here.host or os.name == "nt":
            return False
        if self.boot and here.boot and self.boot != here.boot:
            return True
        if (self.boot, self.pids) != (here.boot, here.pids):
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (PermissionError, OverflowError):
            pass  # another user's; or a number that no process has, which is not worth a decision
        # Its number may have been given to another process since.
        started = _started(self.pid, proc)
        return bool(self.started and started and started != self.started)


def _boot(proc: Path) -> str:
    return _text(proc / "sys/kernel/random/boot_id").strip()


def _pids(proc: Path) -> str:
    try:
        return str((proc / "self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int, proc: Path) -> str | None:
    # The name of the program is in brackets, and may itself have brackets and spaces.
    fields = _text(proc / str(pid) / "stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
