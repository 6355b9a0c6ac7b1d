"""What was entered in this chat and in earlier ones.

The file holds one entry per line, the oldest first: a JSON string if it was typed, else a list of
pairs, a text and whether it was typed, because what was pasted mentions no file.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.chat.shown import looks_like_key
from ollama_cli.settings.own_files import NotOwnError, locked, read_own, require_own, write_own
from ollama_cli.terminal.output import warn

NAME = "chat_history.jsonl"
"""The name of the file in the data folder."""

MOST_ENTRIES = 1_000
LARGEST_FILE = 1 << 20
LARGEST_ENTRY = 1 << 16
"""A longer entry, in bytes of its line, is kept in memory only."""

LARGEST_MEMORY = 64 << 20
"""So many characters of entries are kept in memory."""


_PATIENCE_S = 0.5
"""How long another chat that writes is waited for; no key is taken meanwhile."""


def _warn(message: str) -> None:
    warn(message, "text")


class History:
    """The entries of the user.

    Args:
        folder: where the file is, which may be missing; ``None`` keeps the history in memory.
        tell: shows why entries are not kept for the next chat; called once at most.
    """

    def __init__(self, folder: Path | None, tell: Callable[[str], None] = _warn) -> None:
        self._entries: list[Entry] = []
        self._path = folder / NAME if folder else None
        self._tell = tell
        self._told = False
        if self._path is not None:
            self._read(self._path)

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries, the oldest first."""
        return self._entries

    def add(self, entry: Entry) -> None:
        """Keep an entry, unless it begins with a space or is the same as the newest.

        A slash command with what could be a key is kept for this chat only: it was a mistake.
        """
        newest, text = self._entries[-1].pieces if self._entries else (), entry.text
        if text.startswith(" ") or entry.pieces == newest:
            return
        self.add_here(entry)
        if self._path is None or (text.startswith("/") and looks_like_key(text)):
            return
        if (line := _line(entry)) is None:
            return
        try:
            _append(self._path, line)
        except (OSError, NotOwnError) as error:
            self._say(error)

    def add_here(self, entry: Entry) -> None:
        """Keep an entry for this chat only."""
        self._entries.append(entry)
        sizes = accumulate(len(each.text) for each in reversed(self._entries))
        fitting = sum(size <= LARGEST_MEMORY for size in sizes)
        del self._entries[: -max(1, min(fitting, MOST_ENTRIES))]

    def _read(self, path: Path) -> None:
        try:
            data = read_own(path, LARGEST_FILE, follow_links=False)
        except FileNotFoundError:
            return
        except (OSError, NotOwnError) as error:
            self._say(error)
            return
        newest = data.splitlines()[-MOST_ENTRIES:]
        self._entries = [entry for line in newest if (entry := _entry(line)) is not None]

    def _say(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            self._tell(f"what you enter is not kept for the next chat: {reason}")


def _append(path: Path, line: bytes) -> None:
    """Append a line to the file, which is cut to its newest half if it would be too large.

    Raises:
        OSError: it cannot be written; what was in it is as it was.
        NotOwnError: somebody else could have written it.
    """
    with locked(path, _PATIENCE_S):
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # as far as the system has them
            flags |= getattr(os, name, 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise OSError("it is not a regular file")
            require_own(facts, "it")
            if facts.st_size + len(line) < LARGEST_FILE:
                _write(descriptor, facts.st_size, line)
                return
        finally:
            os.close(descriptor)
        write_own(path, _newest_half(path) + line)


def _write(descriptor: int, size: int, line: bytes) -> None:
    """Write a line at the end of a file of this size, or nothing of it."""
    if size:
        os.lseek(descriptor, size - 1, os.SEEK_SET)
        if os.read(descriptor, 1) != b"\n":  # a chat ended while it wrote
            line = b"\n" + line
    try:
        if os.write(descriptor, line) == len(line):
            return
        reason = "the disk is full"
    except OSError as error:
        reason = error.strerror or str(error)
    os.ftruncate(descriptor, size)
    raise OSError(reason)


def _newest_half(path: Path) -> bytes:
    lines = read_own(path, LARGEST_FILE, follow_links=False).splitlines()[-MOST_ENTRIES:]
    sizes = accumulate(len(line) + 1 for line in reversed(lines))
    fitting = sum(size <= LARGEST_FILE // 2 for size in sizes)
    return b"".join(line + b"\n" for line in lines[len(lines) - fitting :])


def _line(entry: Entry) -> bytes | None:
    """Return the line of an entry; ``None`` if it is too long."""
    typed = all(piece.typed for piece in entry.pieces)
    line = json.dumps(entry.text if typed else entry.pieces).encode() + b"\n"
    return line if len(line) <= LARGEST_ENTRY else None


def _entry(line: bytes) -> Entry | None:
    """Return the entry of a line; ``None`` if the line is damaged."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    pieces = [[found, True]] if isinstance(found, str) else found
    if not isinstance(pieces, list) or not pieces or not all(map(_is_piece, pieces)):
        return None
    made = tuple(Piece(text, typed) for text, typed in pieces)
    return Entry(made, "".join(piece.text for piece in made))


def _is_piece(found: object) -> bool:
    if not isinstance(found, list) or len(found) != 2:
        return False
    text, typed = found
    return isinstance(text, str) and isinstance(typed, bool)
