"""Splits bytes into lines that end with CR, LF or CRLF."""

from __future__ import annotations

MAX_LINE_BYTES = 8 * 1024 * 1024
"""Longest line that is accepted; an inline image fits."""


class DecodeLimitError(ValueError):
    """A line or event is longer than its limit."""


class LineDecoder:
    """Splits bytes into lines, and drops the line ends.

    Raises:
        DecodeLimitError: from ``feed``, when a line exceeds ``max_bytes``.
    """

    def __init__(self, max_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_bytes = max_bytes
        # The pieces of the unfinished line. They are joined only once, so that a long line in
        # small pieces takes linear time.
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._after_cr = False

    @property
    def at_line_start(self) -> bool:
        """Whether the next byte begins a line."""
        return not self._held and not self._after_cr

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes, return the lines that they complete."""
        if not data:
            return []
        if self._after_cr or b"\r" in data:
            data = self._with_lf_only(data)
        if b"\n" not in data:
            self._hold(data)
            return []
        if self._held:
            self._held.append(data)
            data = b"".join(self._held)
            self._held.clear()
            self._held_bytes = 0
        lines = data.split(b"\n")
        self._hold(lines.pop())
        if len(data) > self._max_bytes:
            self._check(max(map(len, lines)))
        return lines

    def flush(self) -> list[bytes]:
        """Return the last line, if no line end follows it."""
        line = b"".join(self._held)
        self._held.clear()
        self._held_bytes = 0
        self._after_cr = False
        return [line] if line else []

    def _with_lf_only(self, data: bytes) -> bytes:
        # A CR ends its line at once; a LF that follows it, perhaps in the next bytes, is the same
        # line end and not a second one.
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            if not data:
                self._after_cr = False
                return data
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, data: bytes) -> None:
        if data:
            self._held.append(data)
            self._held_bytes += len(data)
            self._check(self._held_bytes)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise DecodeLimitError(f"a line is longer than {self._max_bytes} bytes")
