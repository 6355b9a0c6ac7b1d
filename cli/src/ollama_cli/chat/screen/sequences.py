"""Control sequences in what the program writes while the chat is open.

Styles stay. All others are removed, because they would move the cursor, and with it the input, or
do what nobody asked for, such as filling the clipboard.
"""

from __future__ import annotations

import re

NORMAL = "\x1b[0m"

SGR = re.compile(r"\x1b\[[\d;:]*m")
"""Selects how the text that follows looks."""

_OTHER = re.compile(
    rf"(?P<kept>{SGR.pattern})"
    r"|\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"
    r"|\x1b[\x20-\x2f]*[\x30-\x7e]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[\x20-\x3f]*|[\x20-\x2f]*|[\]PX^_][^\x07\x1b]*(?:\x1b)?)\Z")
_SPECIAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONGEST = 4096


class Sequences:
    """Removes what would move the cursor from a text that arrives in pieces."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Take a piece; return what may be shown, without a sequence that is not complete."""
        if not self._held and not _SPECIAL.search(text):
            return text
        text, self._held = self._held + text, ""
        found = _UNFINISHED.search(text, max(text.rfind("\x1b") - 1, 0))
        if found is not None and len(found[0]) <= _LONGEST:
            text, self._held = text[: found.start()], found[0]
        return _OTHER.sub(lambda each: each["kept"] or "", text)


class Style:
    """Keeps which style counts at the end of a text, so that the next line begins with it."""

    _MOST = 16

    def __init__(self) -> None:
        self._active: list[str] = []

    def feed(self, text: str) -> None:
        """Take a text that contains styles."""
        if "\x1b" not in text:
            return
        for sequence in SGR.findall(text):
            parameters = sequence[2:-1]
            if parameters in ("", "0") or parameters.startswith("0;"):
                self._active.clear()
            if parameters not in ("", "0"):
                self._active.append(sequence)
        del self._active[: -self._MOST]

    def __str__(self) -> str:
        return "".join(self._active)
