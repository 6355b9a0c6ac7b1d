"""The chat on a terminal, beside services whose answers the test conducts."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from ._conducted import Answer
from ._shell import Shell
from ._terminal import Terminal

ENTER = "\r"
CTRL_C = "\x03"
CTRL_D = "\x04"
PROMPT = "\n>"
"""What stands at the beginning of the last row while the chat waits for an entry."""
LEAVE = "To leave, press Ctrl-D or enter /quit."
"""What the chat in lines says after Ctrl-C at its prompt."""
ALT_ENTER = "\x1b\r"
READY = b"\x1b[?2004h"
"""What the chat writes when it takes keys: from then on a paste is marked as such."""
MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_AGAIN_S = 1.0
READING_S = 0.5
"""So long people read a question at least; before that, what they type does not answer it."""
ALTERNATE_SCREEN = {47, 1047, 1048, 1049}


class ChatTerminal(Terminal):
    """The chat on a terminal of its own.

    Args:
        shell: starts the command.
        arguments: its arguments, after ``chat``.
        options: those of ``Terminal``, and variables of the environment.
    """

    def __init__(self, shell: Shell, *arguments: str, **options: Any) -> None:
        super().__init__(shell, "chat", *arguments, **options)
        self.is_plain = "--plain" in arguments or options.get("TERM") == "dumb"

    def ready(self) -> "ChatTerminal":
        """Return when an entry is taken."""
        sign = b"> " if self.is_plain else READY
        self.read_until(lambda: sign in self.written and "help" in self.letters())
        return self

    def letters(self) -> str:
        """Return all that is on the screen, or was, without spaces and ends of lines."""
        return "".join(self.text().split())

    def enter(self, text: str) -> None:
        """Type a line, and press Enter."""
        self.send(text + ENTER)

    def paste(self, text: str) -> None:
        """Paste a text, as terminals do that mark it."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def ask(self, text: str, answer: Answer) -> Answer:
        """Enter a message, and return when the service has it."""
        self.enter(text)
        self.read_until(answer.asked.is_set)
        return answer

    def confirm(self) -> None:
        """Say yes to a question, after it was read."""
        time.sleep(READING_S)
        self.send("y")

    def press_until(self, key: str, condition: Callable[[], bool]) -> None:
        """Press a key, and again for as long as something has not happened."""
        pressed = 0.0

        def has_happened() -> bool:
            nonlocal pressed
            if condition():
                return True
            if time.monotonic() - pressed > _AGAIN_S:
                self.send(key)
                pressed = time.monotonic()
            return False

        self.read_until(has_happened)

    def leave(self) -> int:
        """Press Ctrl-D; return the exit code."""
        self.send(CTRL_D)
        return self.finish()

    def modes_left_on(self) -> set[int]:
        """Return the private modes that were switched on and not off again."""
        on: set[int] = set()
        for numbers, switch in MODE.findall(self.written):
            for number in map(int, numbers.split(b";")):
                (on.add if switch == b"h" else on.discard)(number)
        return on - {7, 25}  # wrapping and the cursor are on in every terminal

    def modes_switched_on(self) -> set[int]:
        """Return the private modes that were switched on at any time."""
        return {
            int(number)
            for numbers, switch in MODE.findall(self.written)
            for number in numbers.split(b";")
            if switch == b"h"
        }

    def times(self, text: str) -> int:
        """Return how often a text stands on the screen and in what scrolled away."""
        return self.text().count(text)


def plainly(shell: Shell, *arguments: str, **changes: str | None) -> ChatTerminal:
    """Start the chat in lines, by its option or because ``TERM`` is ``dumb``; it waits then."""
    option = () if changes.get("TERM") == "dumb" else ("--plain",)
    terminal = ChatTerminal(shell, *option, *arguments, **changes)
    terminal.wait_for(PROMPT)
    return terminal


def sessions(shell: Shell) -> list[dict[str, Any]]:
    """Return the stored sessions, the newest first."""
    result = shell.run("sessions", "list", "--format", "json")
    assert result.returncode == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)["sessions"]
    return found


def messages(shell: Shell) -> list[tuple[str, str]]:
    """Return who said what in the newest session."""
    result = shell.run("sessions", "show", sessions(shell)[0]["id"], "--format", "json")
    assert result.returncode == 0, result.stderr
    return [(each["role"], each["content"]) for each in json.loads(result.stdout)["messages"]]


def told(shell: Shell) -> str:
    """Return what ``sessions show`` says of the newest session."""
    result = shell.run("sessions", "show", sessions(shell)[0]["id"])
    assert result.returncode == 0, result.stderr
    return result.stdout
