"""Ctrl-Z, and the signals of a shell that stops and continues what runs in it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ollama_cli.chat.screen.app import ChatApplication

_PROCESS_GROUP = 0


class JobControl:
    """Lets the shell stop this process and those that run with it, and continue them.

    Args:
        app: shows the rows.
        reset_device: sets the modes of the terminal's device to what they were before.
    """

    def __init__(self, app: ChatApplication, reset_device: Callable[[], None]) -> None:
        self._app = app
        self._reset_device = reset_device

    def suspend(self) -> None:
        """Stop until the shell continues, which gets the terminal as it was.

        Nothing is stopped if no shell would continue it.
        """
        if sys.platform == "win32":
            return
        if self._app.is_away:
            _stop(os.getpid())  # such as an editor, which has stopped the others
        else:
            self._app.aside(self._stop_all)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Return a context in which a stop from outside leaves the terminal right, too."""
        if sys.platform == "win32":
            yield
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self.suspend)
        loop.add_signal_handler(signal.SIGCONT, self._app.appear)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGTSTP)
            loop.remove_signal_handler(signal.SIGCONT)

    def _stop_all(self) -> None:
        self._reset_device()
        _stop(_PROCESS_GROUP)


def _stop(whom: int) -> None:
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(whom, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, handler)
