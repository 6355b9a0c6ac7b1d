"""Ctrl-Z, and the signals of a shell that stops and continues what runs in it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ollama_cli.chat.screen.app import ChatApplication

_PROCESS_GROUP = 0


def suspend(app: ChatApplication) -> None:
    """Stop this process and those that run with it, until the shell continues them.

    The shell gets the terminal as it was. Nothing is stopped if no shell would continue it.
    """
    if sys.platform == "win32":
        return
    if app.is_away:
        _stop(os.getpid())  # such as an editor, which has stopped the others
    else:
        app.aside(lambda: _stop(_PROCESS_GROUP))


@contextmanager
def job_control(app: ChatApplication) -> Iterator[None]:
    """Return a context in which the terminal is right after a stop that came from outside."""
    if sys.platform == "win32":
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTSTP, suspend, app)
    loop.add_signal_handler(signal.SIGCONT, app.appear)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTSTP)
        loop.remove_signal_handler(signal.SIGCONT)


def _stop(whom: int) -> None:
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(whom, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, handler)
