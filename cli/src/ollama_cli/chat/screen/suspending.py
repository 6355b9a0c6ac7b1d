"""Ctrl-Z: lets the shell have the terminal."""

from __future__ import annotations

import os
import signal
import sys


def stop_process_group() -> None:
    """Stop this process and those that run with it, until the shell continues them.

    Returns at once where no shell would continue them.
    """
    if sys.platform != "win32":
        os.kill(0, signal.SIGTSTP)
