"""Splits the bytes of a stream into the JSON of its chunks.

With ``alt=sse`` the service sends server-sent events, and an error that it meets on the way as bare
JSON between them. Without it, as through some gateways, it sends one JSON array of chunks. Both
are told apart by their first character, and read in linear time.

Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
"""

from __future__ import annotations

import re
from typing import Literal

from provider_sdk.decoding import MAX_EVENT_BYTES, DecodeLimitError, LineDecoder

Item = bytes | Literal["junk", "end"]
"""The JSON of a chunk, bytes that belong to none, or the end of the array."""

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_LF = ord("\n")
_OTHER_FIELDS = re.compile(rb"(event|id|retry)?:|(event|id|retry|data)$")
# A line of JSON holds its strings whole.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?')
_OPENING, _CLOSING = (b"{", b"["), (b"}", b"]")
_BETWEEN_ITEMS = re.compile(rb"[\s,]*")
_IN_JSON = re.compile(rb'["{}\[\]]')
_IN_STRING = re.compile(rb'["\\]')


class ChunkSplitter:
    """Collects the chunks of one stream, in either form.

    Raises:
        DecodeLimitError: from ``feed``, when a chunk is too long.
    """

    def __init__(self) -> None:
        self._form: _Lines | _Array | None = None
        self._start = b""

    def feed(self, data: bytes) -> list[Item]:
        """Take the next bytes, return the chunks that they complete."""
        if self._form is None:
            data = self._start + data
            begun = data.removeprefix(_BOM).lstrip(_BLANK)
            if not begun or _BOM.startswith(data):
                self._start = data if _BOM.startswith(data) else b""
                return []
            self._form = _Array() if begun.startswith(b"[") else _Lines()
            data = begun
        return self._form.feed(data)

    def flush(self) -> list[bytes]:
        """Return the last chunk, if no line end follows it."""
        return self._form.flush() if self._form is not None else []


class _Lines:
    """Server-sent events, and bare JSON between them."""

    def __init__(self) -> None:
        self._lines = LineDecoder(MAX_EVENT_BYTES)
        self._event: list[bytes] = []
        self._bare: list[bytes] = []
        self._bare_depth = 0
        self._size = 0
        self._is_between_events = True

    def feed(self, data: bytes) -> list[Item]:
        # Most reads hold one event of one line, which needs no splitting.
        if self._is_between_events and data.startswith(b"data: "):
            line_end, last = data.find(b"\n"), len(data) - 1
            if line_end == last - 2 and data.find(b"\r") == last - 3 and data[-2:] == b"\r\n":
                return [data[6 : last - 3]]
            if line_end == last - 1 and data[last] == _LF and b"\r" not in data:
                return [data[6:line_end]]
        found: list[Item] = [*self._collect(self._lines.feed(data))]
        self._is_between_events = self._lines.at_line_start and not (self._event or self._bare)
        return found

    def flush(self) -> list[bytes]:
        return [*self._collect([*self._lines.flush(), b""]), *self._end_bare()]

    def _collect(self, lines: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                if self._bare:
                    found += self._end_bare()
                self._grow(line)
                self._event.append(line[6:] if line.startswith(b" ", 5) else line[5:])
            elif not line:
                if self._event:
                    found.append(self._joined(self._event))
            elif self._bare or not _OTHER_FIELDS.match(line):
                if self._event:
                    found.append(self._joined(self._event))
                found += self._take_bare(line)
        return found

    def _take_bare(self, line: bytes) -> list[bytes]:
        if not self._bare and not line.strip():
            return []
        self._grow(line)
        self._bare.append(line)
        brackets = _STRINGS.sub(b"", line)
        self._bare_depth += sum(map(brackets.count, _OPENING)) - sum(map(brackets.count, _CLOSING))
        return self._end_bare() if self._bare_depth == 0 else []

    def _end_bare(self) -> list[bytes]:
        self._bare_depth = 0
        return [self._joined(self._bare)] if self._bare else []

    def _joined(self, lines: list[bytes]) -> bytes:
        data = lines[0] if len(lines) == 1 else b"\n".join(lines)
        lines.clear()
        self._size = 0
        return data

    def _grow(self, line: bytes) -> None:
        self._size += len(line) + 1
        _check(self._size)


class _Array:
    """The objects in one JSON array."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = self._is_escaped = self._is_over = False
        self._held: list[bytes] = []
        self._held_bytes = 0

    def feed(self, data: bytes) -> list[Item]:
        found: list[Item] = []
        at = begin = 0
        while at < len(data):
            if self._in_string:
                at = self._skip_string(data, at)
            elif self._depth >= 2:
                at = self._skip_json(data, at)
                if self._depth == 1:
                    found.append(self._item(data[begin:at]))
            else:
                at = self._between(data, at, found)
                begin = at - (self._depth == 2)
        if self._depth >= 2:
            self._hold(data[begin:])
        return found

    def flush(self) -> list[bytes]:
        return []  # an unfinished chunk says nothing for certain

    def _between(self, data: bytes, at: int, found: list[Item]) -> int:
        """Read up to the next object, or to the end of the array."""
        at = _end_of(_BETWEEN_ITEMS, data, at)
        if at == len(data):
            return at
        character = data[at : at + 1]
        if character == b"[" and self._depth == 0 and not self._is_over:
            self._depth = 1
        elif character == b"{" and self._depth == 1:
            self._depth = 2
        elif character == b"]" and self._depth == 1:
            self._depth, self._is_over = 0, True
            found.append("end")
        else:
            found.append("junk")
            return len(data)
        return at + 1

    def _skip_json(self, data: bytes, at: int) -> int:
        next_one = _IN_JSON.search(data, at)
        if next_one is None:
            return len(data)
        character = next_one.group()
        if character == b'"':
            self._in_string = True
        else:
            self._depth += 1 if character in b"[{" else -1
        return next_one.end()

    def _skip_string(self, data: bytes, at: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        next_one = _IN_STRING.search(data, at)
        if next_one is None:
            return len(data)
        if next_one.group() == b"\\":
            self._is_escaped = True
        else:
            self._in_string = False
        return next_one.end()

    def _item(self, rest: bytes) -> bytes:
        self._held.append(rest)
        item = b"".join(self._held)
        self._held.clear()
        self._held_bytes = 0
        return item

    def _hold(self, piece: bytes) -> None:
        self._held.append(piece)
        self._held_bytes += len(piece)
        _check(self._held_bytes)


def _end_of(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at


def _check(size: int) -> None:
    if size > MAX_EVENT_BYTES:
        raise DecodeLimitError(f"a chunk is longer than {MAX_EVENT_BYTES} bytes")
