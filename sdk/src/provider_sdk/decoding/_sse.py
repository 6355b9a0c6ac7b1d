"""Decodes server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, except that the
last event also counts if no blank line follows it: many servers omit that line.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from itertools import repeat
from typing import NamedTuple

from provider_sdk.decoding._lines import MAX_LINE_BYTES, DecodeLimitError, LineDecoder

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Most bytes of data that one event may have, all its lines together."""

_BOM = b"\xef\xbb\xbf"
_CR = ord("\r")  # looking for a number takes a tenth of the time of looking for bytes
# Anchored to lines, so that each line is tried once.
_NAMED_EVENT = re.compile(rb"^event: ([^\n]*)\ndata: ([^\n]*)\n\n", re.MULTILINE)
_LONGEST_NAME = 128
_NAMED_EVENT_SIZE = len(b"event: \ndata: \n\n")


class ServerSentEvent(NamedTuple):
    """A server-sent event.

    Attributes:
        event: its type; ``"message"`` if the server names none.
        data: its data, not decoded yet.
    """

    event: str
    data: bytes


# Half the time of calling the class.
_new_event = partial(tuple.__new__, ServerSentEvent)


@lru_cache(maxsize=64)
def _text(name: bytes) -> str:
    return name.decode(errors="replace") or "message"


class SSEDecoder:
    """Collects lines into events; comments, ids and retry times are dropped.

    Raises:
        DecodeLimitError: from ``feed``, when a line or event exceeds its limit.
    """

    def __init__(
        self, max_line_bytes: int = MAX_LINE_BYTES, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> None:
        self._lines = LineDecoder(max_line_bytes)
        self._max_event_bytes = max_event_bytes
        self._always_short_enough = min(max_line_bytes, max_event_bytes)
        self._first_line = True
        self._event = ""
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._is_between_events = False
        self._head, self._name = b"data: ", "message"

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Take the next bytes, return the events that they complete."""
        # Most services send events of one line of data, or of one line of type and one of data.
        # Checking for that takes a third of the time of splitting them into lines.
        if self._is_between_events and _CR not in data:
            has_head = data.startswith(self._head) or self._note_head(data)
            size = len(self._head)
            if data.find(b"\n", size) == len(data) - 2 and data.endswith(b"\n\n"):
                if has_head and len(data) <= self._always_short_enough:
                    return [_new_event((self._name, data[size:-2]))]
            elif events := self._whole_events(data, whole := data.rfind(b"\n\n") + 2):
                return events + self._split(data[whole:]) if whole < len(data) else events
        return self._split(data)

    def flush(self) -> list[ServerSentEvent]:
        """Return the last event, if no blank line follows it."""
        return self._collect([*self._lines.flush(), b""])

    def _split(self, data: bytes) -> list[ServerSentEvent]:
        events = self._collect(self._lines.feed(data))
        is_inside = self._first_line or self._event or self._data
        self._is_between_events = self._lines.at_line_start and not is_inside
        return events

    def _note_head(self, data: bytes) -> bool:
        """Remember what precedes the data of this event: the next one often begins the same.

        Return whether it begins as most events do.
        """
        line_end = data.find(b"\n", 0, _LONGEST_NAME)
        if data.startswith(b"event: ") and data.startswith(b"data: ", line_end + 1):
            self._head = data[: line_end + 1 + len(b"data: ")]
            self._name = data[len(b"event: ") : line_end].decode(errors="replace") or "message"
        else:
            self._head, self._name = b"data: ", "message"
        return data.startswith(self._head)

    def _whole_events(self, data: bytes, whole: int) -> list[ServerSentEvent]:
        """Return the events in the first ``whole`` bytes, if each has the form that most have."""
        if whole < 2 or whole > self._always_short_enough:
            return []
        if data.startswith(b"data: "):
            pieces = data[6 : whole - 2].split(b"\n\ndata: ")
            if data.count(b"\n", 0, whole) != 2 * len(pieces):
                return []  # there is something else between them
            return list(map(_new_event, zip(repeat("message"), pieces, strict=False)))
        found = _NAMED_EVENT.findall(data, 0, whole)
        size = sum(len(name) + len(content) for name, content in found)
        if size + _NAMED_EVENT_SIZE * len(found) != whole:
            return []
        if max(len(name) for name, _ in found) > _LONGEST_NAME:
            return []  # what is remembered must be short
        return [_new_event((_text(name), content)) for name, content in found]

    def _collect(self, lines: list[bytes]) -> list[ServerSentEvent]:
        events = []
        for line in lines:
            if self._first_line:
                self._first_line = False
                while line.startswith(_BOM):
                    line = line.removeprefix(_BOM)
            if not line:
                if self._data:
                    events.append(ServerSentEvent(self._event or "message", self._joined()))
                self._event = ""
            elif line.startswith(b"data:"):
                self._add(line[6:] if line[5:6] == b" " else line[5:])
            elif line.startswith(b"event:"):
                self._event = line[6:].removeprefix(b" ").decode(errors="replace")
            elif line == b"data":
                self._add(b"")
        return events

    def _add(self, data: bytes) -> None:
        self._data_bytes += len(data) + 1  # its line end: empty lines add up too
        if self._data_bytes > self._max_event_bytes:
            raise DecodeLimitError(f"an event is longer than {self._max_event_bytes} bytes")
        self._data.append(data)

    def _joined(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._data_bytes = 0
        return data
