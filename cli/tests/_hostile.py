"""The command under the conditions that a shell, or the system, sets."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ._router import PATIENCE_S
from ._shell import TOKEN, Shell

_PR_CAPBSET_DROP = 24
_CAPABILITIES = (1, 2)  # to write and to read what the permissions forbid
PASSWORD_FILE = "/etc/passwd"
PASSWORD_LINE = "root:"


def run_after(
    shell: Shell, before: str, *arguments: str, redirections: str = "", **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command after lines of a shell, with redirections; it never says the token."""
    result = subprocess.run(
        ["sh", "-c", f'{before}\nexec "$@" {redirections}', "sh", *shell.command(*arguments)],
        # A limit on files would cut the bytecode of a module that is imported first here.
        env={**shell.environment, "PYTHONDONTWRITEBYTECODE": "1"},
        **{"stdin": subprocess.DEVNULL, **more} if "input" not in more else more,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
    )
    assert TOKEN not in f"{result.stdout}{result.stderr}"
    return result


def permissions_bind() -> Callable[[], None] | None:
    """Return what makes a child keep to permissions, also if the user is root."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def drop() -> None:
        for capability in _CAPABILITIES:
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)

    return drop
