"""The terminal as it was before the chat, however the chat ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ollama_cli.chat.screen.output import ScreenOutput
from ollama_cli.processes import interrupts

_AS_USUAL = "\x1b[?2026l\x1b[?2004l\x1b[?25h\x1b[?7h\x1b[0m\r\n"
"""Ends an update, marks no pastes, shows the cursor, wraps lines, has no style; a fresh line."""


@contextmanager
def restored(output: ScreenOutput, reset_device: Callable[[], None]) -> Iterator[None]:
    """Return a context in which the process may end at once and leaves the terminal as it was."""

    def restore() -> None:
        reset_device()
        output.abandon(_AS_USUAL)

    interrupts.last_acts.append(restore)
    try:
        yield
    finally:
        interrupts.last_acts.remove(restore)


def resetting_device() -> Callable[[], None]:
    """Return what sets the modes of the terminal's device to what they are now."""
    if sys.platform == "win32":
        return lambda: None
    import termios

    try:
        descriptor = sys.stdin.fileno()
        modes = termios.tcgetattr(descriptor)
    except (OSError, ValueError, termios.error):
        return lambda: None  # keys come from elsewhere

    def reset() -> None:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)

    return reset
