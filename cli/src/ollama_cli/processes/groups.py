"""Process groups of children, which end before this process does."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, Self

from ollama_cli.processes.interrupts import last_acts

VARIABLES = {"SYSTEMROOT": "the folder of Windows, which has the program that ends hooks"}
"""The variable that is read here, and what it says."""

NEW_GROUP: dict[str, Any] = (
    {"creationflags": 0x00000200}  # subprocess.CREATE_NEW_PROCESS_GROUP
    if sys.platform == "win32"
    else {"start_new_session": True}
)
"""What starts a child in a group of its own, without a terminal."""

_SIGNALS = [
    signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__
]


class Group:
    """The group of one child; enter it before the child is started.

    Within it, a signal that would end this process kills the group first, and so does a second
    Ctrl-C. A signal that arrives while the child is being started waits until its id is known.

    Attributes:
        leader: the process id of the child; ``None`` while it is not known.
    """

    def __init__(self) -> None:
        self.leader: int | None = None

    def __enter__(self) -> Self:
        _groups.append(self)
        last_acts.append(self.kill)
        if threading.current_thread() is threading.main_thread():  # no other may handle signals
            for number in _SIGNALS:
                if signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, _hear)
        return self

    def __exit__(self, *_: object) -> None:
        _groups.remove(self)
        last_acts.remove(self.kill)
        _end_if_heard()
        if not _groups:
            for number in _SIGNALS:
                if signal.getsignal(number) is _hear:
                    signal.signal(number, signal.SIG_DFL)

    def is_led_by(self, pid: int) -> None:
        """Note the process id of the child."""
        self.leader = pid
        _end_if_heard()

    def kill(self) -> None:
        """End every process of the group; do nothing if none is left."""
        if self.leader is None:
            return
        if sys.platform == "win32":
            import subprocess

            system = os.environ.get("SYSTEMROOT", r"C:\Windows")
            command = [rf"{system}\System32\taskkill.exe", "/T", "/F", "/PID", str(self.leader)]
            with suppress(OSError):
                subprocess.run(command, capture_output=True, check=False)
        else:
            # macOS reports a group of which only the dead leader is left as not permitted.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.leader, signal.SIGKILL)


_groups: list[Group] = []
_heard: list[int] = []


def _hear(number: int, _frame: object) -> None:
    _heard.append(number)
    _end_if_heard()


def _end_if_heard() -> None:
    if not _heard or any(group.leader is None for group in _groups):
        return
    for group in _groups:
        group.kill()
    number = _heard.pop()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
