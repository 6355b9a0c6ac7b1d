"""Bytes to newline-delimited JSON values."""

from __future__ import annotations

from typing import Any

from provider_sdk.decoding._json import decode_json
from provider_sdk.decoding._lines import MAX_LINE_BYTES, LineDecoder


class NDJSONDecoder:
    """Decodes one JSON value a line; blank lines are dropped.

    Raises:
        DecodeLimitError: from ``feed``, when a line exceeds ``max_line_bytes``.
        ValueError: from ``feed`` and ``flush``, when a line is not JSON.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._lines = LineDecoder(max_line_bytes)

    def feed(self, data: bytes) -> list[Any]:
        """Take the next bytes, return the values that they complete."""
        return [decode_json(line) for line in self._lines.feed(data) if line.strip()]

    def flush(self) -> list[Any]:
        """Return the last value, where no line end follows it."""
        return [decode_json(line) for line in self._lines.flush() if line.strip()]
