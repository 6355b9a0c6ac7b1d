"""Decodes newline-delimited JSON."""

from __future__ import annotations

from typing import Any

from provider_sdk._json import decode_json
from provider_sdk.decoding._lines import MAX_LINE_BYTES, LineDecoder


class NDJSONDecoder:
    """Decodes one JSON value per line; blank lines are dropped.

    Values before a line that is not JSON are returned first; the next call raises.

    Raises:
        DecodeLimitError: from ``feed``, when a line exceeds ``max_line_bytes``.
        ValueError: from ``feed`` and ``flush``, when a line is not JSON.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._lines = LineDecoder(max_line_bytes)
        self._failure: ValueError | None = None

    def feed(self, data: bytes) -> list[Any]:
        """Take the next bytes, return the values that they complete."""
        return self._values(self._lines.feed(data))

    def flush(self) -> list[Any]:
        """Return the last value, if no line end follows it."""
        return self._values(self._lines.flush())

    def _values(self, lines: list[bytes]) -> list[Any]:
        values: list[Any] = []
        for line in lines:
            if self._failure is None and line.strip():
                try:
                    values.append(decode_json(line))
                except ValueError as error:
                    self._failure = error
        if self._failure is not None and not values:
            raise self._failure
        return values
