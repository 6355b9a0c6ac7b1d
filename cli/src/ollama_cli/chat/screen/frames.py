"""When what was written is shown: soon, and not for each piece."""

from __future__ import annotations

import asyncio
import threading

from ollama_cli.chat.screen.app import ChatApplication
from ollama_cli.chat.screen.transcript import Transcript

EVERY_S = 0.03
"""Pieces that arrive within this time are shown together."""

_MOST = 16_384
"""Characters of a frame: a slow terminal takes its time for each, and keys wait for it."""


class Frames:
    """Shows what is written, at most once in ``EVERY_S``; a key does not wait for that.

    Args:
        app: shows the rows.
        transcript: has what was written.
    """

    def __init__(self, app: ChatApplication, transcript: Transcript) -> None:
        self._app = app
        self._transcript = transcript
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._next_at = 0.0
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, text: str) -> None:
        """Take what was written, in any thread."""
        self._transcript.feed(text)
        if threading.get_ident() == self._thread:
            self.soon()
        else:
            self._loop.call_soon_threadsafe(self.soon)

    def soon(self) -> None:
        """Show it with the next frame."""
        if self._timer is None and not self._is_closed:
            self._timer = self._loop.call_at(max(self._next_at, self._loop.time()), self._due)

    def draw(self) -> None:
        """Show it now."""
        self._cancel()
        self._due()

    def close(self) -> None:
        """Show the rest; nothing is shown after it."""
        self._cancel()
        self._is_closed = True
        self._app.draw(self._transcript.take())

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        if self._app.is_away:
            self._next_at = self._loop.time() + EVERY_S
            self.soon()
            return
        self._app.draw(self._transcript.take(_MOST))
        if self._transcript.has_lines:
            self._next_at = 0.0
            self.soon()
        else:
            self._next_at = self._loop.time() + EVERY_S
