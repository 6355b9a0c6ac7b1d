"""Mutants that FUZZ must kill: readers that take too much from how bytes arrive."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import (
    ChatCall,
    Dialect,
    OpenAIDialect,
    StreamDecoder,
    StreamEnd,
    StreamEvent,
    StreamJunk,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable

_BOM = b"\xef\xbb\xbf"


class _Changed:
    """A stream decoder with a seam: what it is fed."""

    def __init__(self, inner: StreamDecoder) -> None:
        self.inner = inner

    def changed(self, data: bytes) -> bytes:
        """Change the bytes."""
        return data

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Take the next bytes."""
        return self.inner.feed(self.changed(data))

    def flush(self) -> list[StreamEvent]:
        """Take the end of the bytes."""
        return self.inner.flush()


def _with(changed: type[_Changed]) -> Dialect:
    """Return a dialect whose streams are decoded that way."""

    class Changed(OpenAIDialect):
        def stream_decoder(self, call: ChatCall) -> StreamDecoder:
            return changed(super().stream_decoder(call))

    return Changed()


class _WholeParts(_Changed):
    def feed(self, data: bytes) -> list[StreamEvent]:
        return [*self.inner.feed(data), *self.inner.flush()] if data else []


@mutant("PC-FUZZ-001", "what is read of a stream that is cut at byte")
class TakesPartsForEvents(Mutable):
    """Takes each part that arrives for whole events."""

    dialect: ClassVar[Dialect] = _with(_WholeParts)


class _LongParts(_Changed):
    def changed(self, data: bytes) -> bytes:
        return b"" if data.isspace() else data


@mutant("PC-FUZZ-002", "what is read of a stream in single bytes")
class DropsBlankParts(Mutable):
    """Drops parts that hold nothing but white space."""

    dialect: ClassVar[Dialect] = _with(_LongParts)


class _EmptyIsEnd(_Changed):
    def feed(self, data: bytes) -> list[StreamEvent]:
        return self.inner.feed(data) if data else [*self.inner.flush(), StreamEnd()]


@mutant("PC-FUZZ-003", "what is read of a stream that is cut at the bytes")
class EndsAtEmptyParts(Mutable):
    """Takes an empty part for the end of the body."""

    dialect: ClassVar[Dialect] = _with(_EmptyIsEnd)


class _LineFeedsOnly(_Changed):
    def changed(self, data: bytes) -> bytes:
        return data.replace(b"\r", b" ")


@mutant("PC-FUZZ-004", "what is read of a stream with CRLF, event by event")
class KnowsLineFeedsOnly(Mutable):
    """Looks for two line feeds."""

    dialect: ClassVar[Dialect] = _with(_LineFeedsOnly)


class _CommentIsJunk(_Changed):
    def feed(self, data: bytes) -> list[StreamEvent]:
        junk = StreamJunk("a comment is not JSON")
        return [junk] if data.startswith(b":") else self.inner.feed(data)


@mutant("PC-FUZZ-005", "what is read of a stream with comments between events, event by event")
class ParsesComments(Mutable):
    """Takes a comment for an event."""

    dialect: ClassVar[Dialect] = _with(_CommentIsJunk)


class _LineIsEvent(_Changed):
    def changed(self, data: bytes) -> bytes:
        return data.replace(b"\ndata: ", b"\n\ndata: ")


@mutant("PC-FUZZ-006", "what is read of a stream with data on several lines, event by event")
class TakesLinesForEvents(Mutable):
    """Takes each data line for an event."""

    dialect: ClassVar[Dialect] = _with(_LineIsEvent)


class _MarkIsText(_Changed):
    def changed(self, data: bytes) -> bytes:
        return data.replace(_BOM, b"?")


@mutant("PC-FUZZ-007", "what is read of a stream with a byte order mark, event by event")
class LosesFirstEvent(Mutable):
    """Takes a byte order mark for a part of the first line."""

    dialect: ClassVar[Dialect] = _with(_MarkIsText)


class _WithoutLast(_Changed):
    def flush(self) -> list[StreamEvent]:
        return []


@mutant("PC-FUZZ-008", "what is read of a stream with no final blank line, event by event")
class LosesLastEvent(Mutable):
    """Drops what is held back when the body ends."""

    dialect: ClassVar[Dialect] = _with(_WithoutLast)


class _WithSpace(_Changed):
    def changed(self, data: bytes) -> bytes:
        return data.replace(b"data:{", b"other:{")


@mutant("PC-FUZZ-009", "what is read of a stream with no space after the colon, event by event")
class DemandsSpace(Mutable):
    """Looks for "data: " with its space."""

    dialect: ClassVar[Dialect] = _with(_WithSpace)


class _TextOfParts(_Changed):
    def changed(self, data: bytes) -> bytes:
        return data.decode(errors="replace").encode()


@mutant("PC-FUZZ-010", "what is read of a stream that is cut within a character at byte")
class DecodesParts(Mutable):
    """Decodes the text of each part by itself."""

    dialect: ClassVar[Dialect] = _with(_TextOfParts)


class _SplitLines(_Changed):
    def changed(self, data: bytes) -> bytes:
        return "\n".join(data.decode(errors="surrogateescape").splitlines()).encode(
            errors="surrogateescape"
        ) + b"\n" * (len(data) - len(data.rstrip(b"\n")))


@mutant("PC-FUZZ-011", "in it: to end as a whole answer")
class SplitsText(Mutable):
    """Splits the decoded text with str.splitlines()."""

    dialect: ClassVar[Dialect] = _with(_SplitLines)
