"""The shapes of a service's replies: what a wire scripts, or what a real service has sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from provider_sdk.decoding import SSEDecoder

from provider_conformance._reading import parse_json
from provider_conformance._text import text_of
from provider_conformance.shapes._fields import Field, Fields, add_value
from provider_conformance.wires import Wire
from provider_conformance.wires._script import Reply

PartName = Literal[
    "chat answer", "stream", "failure", "failure in a stream", "model list", "account"
]
IN_STREAMS = ("stream", "failure in a stream")
NOT_JSON = "text that is not JSON"
SSE = "text/event-stream"

_LITERAL = re.compile(rb"\[?[A-Za-z_]{1,20}\]?")
_UNNAMED = "message"
"""The name that the standard gives to an event without one."""


class UnreadableReplyError(ValueError):
    """A reply cannot be decoded for a comparison; the message says why."""


@dataclass
class Part:
    """The shape of one kind of replies.

    Attributes:
        replies: how many there are.
        statuses: their HTTP statuses.
        content_types: their content types, without parameters.
        events: the names of their server-sent events, and the data that is not JSON, as ``[DONE]``.
        fields: what their bodies or events hold.
    """

    replies: int = 0
    statuses: set[int] = field(default_factory=set)
    content_types: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    fields: Fields = field(default_factory=dict)

    def merge(self, other: Part) -> None:
        """Add what another part holds."""
        self.replies += other.replies
        self.statuses |= other.statuses
        self.content_types |= other.content_types
        self.events |= other.events
        for path, found in other.fields.items():
            self.fields.setdefault(path, Field()).merge(found)


@dataclass
class Shapes:
    """The shapes of all replies.

    Attributes:
        exchanges: how many exchanges they come from.
        hosts: the hosts that sent them.
        days: the days on which that was, as ``YYYY-MM-DD``.
        headers: names of their headers, in lower case.
        parts: the shapes by kind of reply.
    """

    exchanges: int = 0
    hosts: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)
    parts: dict[PartName, Part] = field(default_factory=dict)

    def part(self, name: PartName) -> Part:
        """Return a part, at first an empty one."""
        return self.parts.setdefault(name, Part())

    def add(self, name: PartName, reply: Reply, wire: Wire) -> None:
        """Note a reply.

        Raises:
            UnreadableReplyError: it cannot be decoded.
        """
        part = self.part(name)
        part.replies += 1
        part.statuses.add(reply.status)
        headers = {header.lower(): value for header, value in reply.headers.items()}
        self.headers |= headers.keys()
        if content_type := media_type(headers.get("content-type", "")):
            part.content_types.add(content_type)
        try:
            self._add_body(name, reply.body, wire)
            return
        except RecursionError:
            problem = "it is nested too deeply"
        except ValueError as error:
            problem = text_of(error)
        raise UnreadableReplyError(problem)

    def _add_body(self, name: PartName, body: bytes, wire: Wire) -> None:
        part = self.part(name)
        values = list(_events(body, wire, part.events) if name in IN_STREAMS else wire.values(body))
        for value in values:
            add_value(part.fields, value)
        if values or not body:
            return
        if name != "failure":
            raise UnreadableReplyError("it holds no JSON that the wire can read")
        part.fields.setdefault("", Field()).types.add(NOT_JSON)


def media_type(header: str) -> str:
    """Return a content type without its parameters."""
    return header.partition(";")[0].strip().lower()


def _events(body: bytes, wire: Wire, names: set[str]) -> Iterable[Any]:
    # A wire with a framing of its own reads it itself; the others leave the names of events out.
    if media_type(wire.stream_type) != SSE or type(wire).values is not Wire.values:
        yield from wire.values(body)
        return
    decoder = SSEDecoder()
    for event in [*decoder.feed(body), *decoder.flush()]:
        try:
            value = parse_json(event.data)
        except ValueError:
            if _LITERAL.fullmatch(event.data):
                names.add(event.data.decode())
            continue
        names.add("" if event.event == _UNNAMED else event.event)
        yield value
