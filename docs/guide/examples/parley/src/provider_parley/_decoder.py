"""The stream: records of JSON, and what each adds to the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import (
    Delta,
    FinishReason,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    Usage,
)
from provider_sdk.decoding import (
    LineDecoder,
    decode_json,
    mapping_or_empty,
    text_or_none,
    token_count,
)

from provider_parley._errors import read_fault

_FINISH: dict[str, FinishReason] = {
    "done": "stop",
    "limit": "length",
    "blocked": "content_filter",
}
_MARK = b"\x1e"


class ParleyDecoder:
    """Turns the bytes of one stream into events, one per record."""

    def __init__(self) -> None:
        self._lines = LineDecoder()

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes, and return the events that they complete."""
        return [event for line in self._lines.feed(data) for event in _events(line)]

    def flush(self) -> list[StreamEvent]:
        """Return junk for a record without its end: more than the end may be missing."""
        return [StreamJunk("the stream ends within a record") for _ in self._lines.flush()]


def read_finish(word: str) -> FinishReason:
    """Return the contract's finish reason for the service's word."""
    return _FINISH.get(word, "other")


def read_usage(spent: object) -> Usage | None:
    """Return the token counts; what was not sent stays ``None``."""
    counts = mapping_or_empty(spent)
    read, written = token_count(counts.get("in")), token_count(counts.get("out"))
    return None if read is None and written is None else Usage(read, written)


def _events(line: bytes) -> list[StreamEvent]:
    if line in (b"", _MARK):
        return []  # an empty record keeps the connection open
    if not line.startswith(_MARK):
        return [StreamJunk("a record does not begin with its mark")]
    try:
        record = decode_json(line.removeprefix(_MARK))
    except ValueError:
        return [StreamJunk("a record is not JSON")]
    if not isinstance(record, Mapping):
        return [StreamJunk("a record is not a JSON object")]
    return [_event(record)]


def _event(record: Mapping[str, Any]) -> StreamEvent:
    if "fault" in record:
        return StreamFailure(read_fault(record["fault"]))
    if record.get("over") is True:
        return StreamEnd()
    word = text_or_none(record.get("why"))
    return Delta(
        text=text_or_none(record.get("says")) or "",
        finish_reason=read_finish(word) if word else None,
        raw_finish_reason=word,
        usage=read_usage(record.get("spent")),
        model=text_or_none(record.get("engine")),
    )
