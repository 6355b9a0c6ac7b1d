"""Other ways to encode the same events, which a provider must read as the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FramingKind = Literal["line_ends", "padding", "folded", "mark", "tight", "open_end"]
"""What a framing changes.

``line_ends``: the characters that end lines. ``padding``: comments, keep-alives and fields without
content are added. ``folded``: an event is split into several lines. ``mark``: the stream begins
with a byte order mark. ``tight``: optional white space is left out. ``open_end``: what ends the
last event is left out.
"""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Framing:
    """The events of one stream, encoded in another way."""

    kind: FramingKind
    name: str
    events: Sequence[bytes]


def sse_framings(events: Sequence[bytes]) -> list[Framing]:
    r"""Return other encodings of server-sent events; the given ones end lines with ``\n``.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    *most, last = events
    return [
        Framing("line_ends", "CRLF", [e.replace(b"\n", b"\r\n") for e in events]),
        Framing("line_ends", "CR", [e.replace(b"\n", b"\r") for e in events]),
        Framing("padding", "comments between events", [b": ping\n\n" + e for e in events]),
        Framing("padding", "comments inside events", [b":\n" + e for e in events]),
        Framing("padding", "ids and retry times", [b"id: 7\nretry: 3000\n" + e for e in events]),
        Framing("padding", "blank lines", [b"\n\n" + e for e in events]),
        Framing("folded", "data on several lines", [_folded(e) for e in events]),
        Framing("mark", "a byte order mark", [_BOM + events[0], *events[1:]]),
        Framing("tight", "no space after the colon", [_tight(e) for e in events]),
        Framing("open_end", "no final blank line", [*most, last.rstrip(b"\n") + b"\n"]),
        Framing("open_end", "no final line end", [*most, last.rstrip(b"\n")]),
    ]


def line_framings(events: Sequence[bytes]) -> list[Framing]:
    r"""Return other encodings of newline-delimited JSON; the given lines end with ``\n``."""
    *most, last = events
    return [
        Framing("line_ends", "CRLF", [e.replace(b"\n", b"\r\n") for e in events]),
        Framing("padding", "blank lines", [b"\n\r\n" + e for e in events]),
        Framing("padding", "white space around the values", [b" \t" + e for e in events]),
        Framing("mark", "a byte order mark", [_BOM + events[0], *events[1:]]),
        Framing("open_end", "no final line end", [*most, last.rstrip(b"\n")]),
    ]


def _folded(event: bytes) -> bytes:
    return b"".join(_folded_line(line) for line in event.splitlines())


def _folded_line(line: bytes) -> bytes:
    name, _, value = line.partition(b": ")
    try:
        # In JSON a line end is allowed between tokens, like any white space.
        lines = json.dumps(json.loads(value), ensure_ascii=False, indent=0).split("\n")
    except ValueError:
        return line + b"\n"
    return b"".join(b"%b: %b\n" % (name, part.encode()) for part in lines)


def _tight(event: bytes) -> bytes:
    return b"\n".join(line.replace(b": ", b":", 1) for line in event.split(b"\n"))
