"""What the terminal sends: pastes, and keys that prompt_toolkit does not tell apart.

prompt_toolkit's own parser copies and searches all of a paste again for each kilobyte of it, which
takes minutes for 20 MB. It also takes text after an end mark inside a paste for typed keys, and
Shift-Enter for Enter.
"""

from __future__ import annotations

import re
import select
import sys
from collections.abc import Callable

from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from ollama_cli.chat.screen.editing import modified, reports
from ollama_cli.chat.screen.editing.folding import MARKS

NEW_LINE = Keys.ControlF24
"""The key that begins a new line: Enter together with Alt, Shift or Ctrl. Keyboards lack this."""

CLOSE_MENU = Keys.ControlF23
"""The key that closes a menu: Esc, if nothing follows it."""

_START, _END = "\x1b[200~", "\x1b[201~"
_ESC = "\x1b"
_STOP = "\x03"
_ALT_ENTER = "\x1b\r"
_OWN = re.compile(
    f"(?P<start>{re.escape(_START)})|(?P<end>{re.escape(_END)})|{_ALT_ENTER}"
    f"|(?P<key>{modified.PATTERN})|(?P<report>{reports.PATTERN})|(?P<marks>[{MARKS}]+)"
)
_BEGINNING = re.compile(rf"(?:{reports.BEGINNING})\Z")
_BEGINNING_OF_END = re.compile(r"\x1b(?:\[(?:2(?:0(?:1)?)?)?)?\Z")

_READ_BYTES = 1 << 16
_AT_ONCE = 1 << 20
"""So many bytes are read before the screen may be drawn again."""


class Receiver(Vt100Parser):
    """Parses what the terminal sends.

    A paste may hold an end mark: it ends at the last one that has arrived and that no start mark
    precedes. If the end mark never comes, Ctrl-C ends the paste, and does no more.

    Args:
        feed_key_callback: takes the keys.
        menu_is_open: whether Esc alone closes a menu.
    """

    def __init__(
        self,
        feed_key_callback: Callable[[KeyPress], None],
        menu_is_open: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(feed_key_callback)
        self._menu_is_open = menu_is_open
        self._held = ""
        self._paste: list[str] | None = None

    def feed(self, data: str) -> None:
        """Take what arrived."""
        if self._paste is not None and data == _STOP:
            self._end_paste(self._held)
            self._held = ""
            return
        data, self._held = self._held + data, ""
        while data:
            data = self._keys(data) if self._paste is None else self._pasted(self._paste, data)

    def flush(self) -> None:
        """Take what was held for what it is, because nothing follows it; a paste goes on."""
        if self._paste is None:
            held, self._held = self._held, ""
            if held == _ESC and self._menu_is_open():
                self.feed_key_callback(KeyPress(CLOSE_MENU, ""))
                return
            super().feed(held)
            super().flush()

    def _keys(self, data: str) -> str:
        """Take keys up to a paste, and return the rest."""
        data = data.replace("\r\n", "\r")  # some terminals send both for one Enter
        found = _OWN.search(data)
        if found is None:
            keys, self._held = _without(_BEGINNING, data)
            super().feed(keys)
            return ""
        super().feed(data[: found.start()])
        if found["start"]:
            self._paste = []
        elif found["marks"]:
            self._end_paste(found[0])
        elif found["report"]:
            self._report(found["report"])
        elif not found["end"]:
            key = modified.key_of(found["key"]) if found["key"] else None
            super().feed_and_flush(key or "")
            if key is None:
                self.feed_key_callback(KeyPress(NEW_LINE, ""))
        return data[found.end() :]

    def _report(self, report: str) -> None:
        """Take a sequence that is a key, and leave out one that nobody pressed."""
        if reports.is_key(report):
            super().feed(report)
        else:
            super().feed_and_flush("")

    def _pasted(self, paste: list[str], data: str) -> str:
        """Take a part of a paste, and return what follows its end."""
        end = data.find(_END)
        if end < 0:
            text, self._held = _without(_BEGINNING_OF_END, data)
            paste.append(text)
            return ""
        while (later := data.find(_END, end + 1)) >= 0 and _START not in data[end:later]:
            end = later
        self._end_paste(data[:end])
        return data[end + len(_END) :]

    def _end_paste(self, last: str) -> None:
        text = "".join([*(self._paste or ()), last])
        self._paste = None
        self.feed_key_callback(KeyPress(Keys.BracketedPaste, text))


def _without(beginning: re.Pattern[str], data: str) -> tuple[str, str]:
    """Return data without what may be the beginning of a sequence at its end, and that."""
    found = beginning.search(data, max(len(data) - reports.LONGEST, 0))
    at = found.start() if found else len(data)
    return data[:at], data[at:]


def receive_from(source: Input, menu_is_open: Callable[[], bool]) -> None:
    """Let an input parse what the terminal sends as ``Receiver`` does; on Windows do nothing."""
    if sys.platform == "win32":
        return
    from prompt_toolkit.input.posix_utils import PosixStdinReader
    from prompt_toolkit.input.vt100 import Vt100Input

    class Reader(PosixStdinReader):
        """Reads all that has arrived, in big parts."""

        def read(self, count: int = _READ_BYTES) -> str:
            """Return what has arrived, up to about a megabyte."""
            found = [super().read(count)]
            size = len(found[0])
            while found[-1] and size < _AT_ONCE and select.select([self.stdin_fd], [], [], 0)[0]:
                found.append(super().read(count))
                size += len(found[-1])
            return "".join(found)

    if isinstance(source, Vt100Input):
        encoding = source.stdin.encoding
        source.stdin_reader = Reader(source.fileno(), encoding=encoding)
        source.vt100_parser = Receiver(source.vt100_parser.feed_key_callback, menu_is_open)
