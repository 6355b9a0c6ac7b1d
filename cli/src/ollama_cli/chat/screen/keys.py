"""The keys that are not for editing: they stop, leave and answer."""

from __future__ import annotations

import time
from typing import Protocol

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent

_PAUSE_S = 0.7
"""Whoever typed a character within this time is writing a message, and answers no question yet."""
_READ_S = 0.4
"""Nobody has read a question within this time: what is typed was meant for the next message."""


class Does(Protocol):
    """What the keys do."""

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""

    @property
    def is_empty(self) -> bool:
        """Whether the input is empty."""

    def answer(self, yes: bool) -> None:
        """Answer the question."""

    def interrupt(self) -> None:
        """Do what Ctrl-C means now."""

    def leave(self) -> None:
        """Leave the chat."""

    def suspend(self) -> None:
        """Let the shell have the terminal."""


class Typing:
    """Knows whether what is typed is for a message, and not the answer to a question."""

    def __init__(self) -> None:
        self._until = 0.0

    def note(self, _: object) -> None:
        """Note that a character was typed."""
        self._until = time.monotonic() + _PAUSE_S

    def end(self) -> None:
        """Note that the message is complete."""
        self._until = 0.0

    def asked(self) -> None:
        """Note that a question appears."""
        self._until = max(self._until, time.monotonic() + _READ_S)

    def goes_on(self) -> bool:
        """Whether the next character belongs to a message."""
        return time.monotonic() < self._until


def key_bindings(does: Does, typing: Typing) -> KeyBindings:
    """Return the keys; they come before those of editing."""
    keys = KeyBindings()
    asks = Condition(lambda: does.asks)
    may_answer = asks & Condition(lambda: not typing.goes_on())
    is_empty = Condition(lambda: does.is_empty)

    @keys.add("y", filter=may_answer, eager=True)
    @keys.add("Y", filter=may_answer, eager=True)
    def _yes(event: KeyPressEvent) -> None:
        does.answer(True)

    @keys.add("n", filter=may_answer, eager=True)
    @keys.add("N", filter=may_answer, eager=True)
    @keys.add("enter", filter=asks, eager=True)
    @keys.add("c-d", filter=asks, eager=True)
    def _no(event: KeyPressEvent) -> None:
        does.answer(False)

    @keys.add("c-c", eager=True)
    @keys.add("<sigint>", eager=True)
    def _interrupt(event: KeyPressEvent) -> None:
        does.interrupt()

    @keys.add("c-d", filter=is_empty & ~asks, eager=True)
    def _leave(event: KeyPressEvent) -> None:
        does.leave()

    @keys.add("c-z", eager=True)
    def _suspend(event: KeyPressEvent) -> None:
        does.suspend()

    return keys
