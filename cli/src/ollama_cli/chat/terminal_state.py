"""The terminal as it was before the chat, whatever ends the chat."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ollama_cli.interrupts import last_acts

_MODES_OFF = b"\x1b[?2004l\x1b[?25h\x1b[0m"
"""Pastes are not marked any more, the cursor is shown, and text has no style."""


@contextmanager
def kept_terminal() -> Iterator[None]:
    """Within it, a signal that ends the process at once leaves the terminal as it was on entry."""
    act = _restoring()
    last_acts.append(act)
    try:
        yield
    finally:
        last_acts.remove(act)


def _restoring() -> Callable[[], object]:
    if sys.platform == "win32":
        return lambda: None
    import termios

    try:
        descriptor = sys.stdin.fileno()
        attributes = termios.tcgetattr(descriptor)
    except (AttributeError, OSError, termios.error):
        return lambda: None  # it is closed, or not a terminal

    def restore() -> None:
        changed = termios.tcgetattr(descriptor) != attributes
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        if changed:  # plain lines change nothing, and so get no sequences
            with suppress(OSError):
                os.write(descriptor, _MODES_OFF)

    return restore
