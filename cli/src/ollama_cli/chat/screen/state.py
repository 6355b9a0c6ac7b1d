"""What the rows at the bottom show."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ollama_cli.chat.entries import Entry

HOW_TO_STOP = "Ctrl-C stops"
HOW_TO_LEAVE = "Ctrl-D or /quit leaves the chat"
STOPPING = "stopping"

_GRACE_S = 0.2
"""So long nothing is said about work, because most slash commands are done by then."""


@dataclass
class Work:
    """What the chat is busy with.

    Attributes:
        what: in few words.
        stop: ends it.
        since: when it began, in seconds of the monotonic clock.
        is_stopping: whether ``stop`` was called.
    """

    what: str
    stop: Callable[[], object]
    since: float = field(default_factory=time.monotonic)
    is_stopping: bool = False

    def end(self) -> None:
        """Stop it."""
        self.is_stopping = True
        self.stop()

    def line(self, *, is_short: bool = False) -> str:
        """Return what is said about it; nothing in its first moment.

        Args:
            is_short: whether only the most important is to be said.
        """
        seconds = time.monotonic() - self.since
        if seconds < _GRACE_S:
            return ""
        line = f"{self.what}, {int(seconds)} s" if self.what else f"{int(seconds)} s"
        if self.is_stopping:
            return f"{line}; {STOPPING}"
        return line if is_short else f"{line}; {HOW_TO_STOP}"

    def until_it_changes(self) -> float:
        """Return in how many seconds another line is due."""
        seconds = time.monotonic() - self.since
        return _GRACE_S - seconds if seconds < _GRACE_S else 1 - seconds % 1


@dataclass
class State:
    """What the rows at the bottom show, apart from the open line and the input.

    Attributes:
        queue: entries that wait until the work is done.
        work: what the chat is busy with; ``None`` if it waits for an entry.
        status: the status line.
        hint: a hint that goes away with the next key.
        question: what is asked for yes or no; ``None`` for nothing.
        wants_entry: whether the chat waits for the next entry.
    """

    queue: deque[Entry] = field(default_factory=deque)
    work: Work | None = None
    status: str = ""
    hint: str = ""
    question: str | None = None
    wants_entry: bool = False
