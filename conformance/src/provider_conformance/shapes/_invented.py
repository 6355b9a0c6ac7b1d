"""Compares what a wire scripts with what the real service has sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provider_conformance.shapes._fields import (
    Field,
    Fields,
    is_below,
    less_typed,
    without_root_type,
)
from provider_conformance.shapes._shapes import IN_STREAMS, Part, PartName, Shapes
from provider_conformance.wires import Documented, Wire

_NOWHERE = "is in no recorded reply"
_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that only one side sends.

    Attributes:
        part: the kind of reply.
        place: what it is about: ``usage.total``, ``error.type = "billing_error"``, ``status 529``.
        text: what is wrong with it.
    """

    part: str
    place: str
    text: str = _NOWHERE

    def __str__(self) -> str:
        return f"{self.part}: `{self.place}` {self.text}"

    def is_named_by(self, documented: Iterable[Documented]) -> bool:
        """Whether the wire's author has named a source for it."""
        names = (name.partition(": ") for entry in documented for name in entry.names)
        return is_below(self.place, [place for part, _, place in names if part == self.part])


def invented(wire: Wire, scripted: Shapes, recorded: Shapes) -> list[Finding]:
    """Return what the wire sends and no recorded reply holds, unless its author named a source.

    Kinds of reply of which none was recorded are not compared.
    """
    found = unrecorded(wire, scripted, recorded)
    return [each for each in found if not each.is_named_by(wire.documented)]


def unrecorded(wire: Wire, scripted: Shapes, recorded: Shapes) -> list[Finding]:
    """Return what the wire sends and no recorded reply holds, whether or not there is a source."""
    found = list(_header_findings(wire, scripted, recorded))
    for name, part in scripted.parts.items():
        if (real := _counterpart(name, recorded)) is not None:
            found += _part_findings(name, part, real)
    told = {without_root_type(each.place) for each in found if each.part == "failure"}
    return [
        each
        for each in found
        if each.part != "failure in a stream" or without_root_type(each.place) not in told
    ]


def not_compared(scripted: Shapes, recorded: Shapes) -> list[str]:
    """Return the kinds of reply that the wire sends and of which none was recorded."""
    return [name for name in scripted.parts if _counterpart(name, recorded) is None]


def unsent(scripted: Shapes, recorded: Shapes) -> list[Finding]:
    """Return what was recorded and the wire never sends."""
    return [
        Finding(name, place, "is recorded, and the wire does not send it")
        for name, real in recorded.parts.items()
        for place in _unsent_places(name, scripted.parts.get(name, Part()), real)
    ]


def _unsent_places(name: PartName, part: Part, real: Part) -> Iterator[str]:
    yield from _names_of(Part(statuses=real.statuses - part.statuses))
    yield from _names_of(Part(events=real.events - part.events))
    free = [path for path, field in part.fields.items() if field.is_free]
    for path in _topmost(path for path in real.fields if path not in part.fields):
        if not is_below(path, free):
            yield _shown(name, path)


def _counterpart(name: PartName, recorded: Shapes) -> Part | None:
    real = recorded.parts.get("stream" if name == "failure in a stream" else name)
    if real is None or name != "failure in a stream":
        return real
    # It is an event of its own, or a whole failure as an event.
    both = Part()
    both.merge(real)
    both.merge(recorded.parts.get("failure", Part()))
    return both


def _header_findings(wire: Wire, scripted: Shapes, recorded: Shapes) -> Iterator[Finding]:
    for header in (wire.traits.request_id_header, wire.traits.backend_header):
        # Without any header, they were not recorded.
        if header in scripted.headers and recorded.headers and header not in recorded.headers:
            yield Finding("any reply", f"header {header}")


def _part_findings(name: PartName, part: Part, real: Part) -> Iterator[Finding]:
    odd = Part(events=part.events - real.events)
    if name != "failure in a stream":
        odd.statuses = part.statuses - real.statuses
        odd.content_types = part.content_types - (real.content_types or part.content_types)
    for place in _names_of(odd):
        yield Finding(name, place)
    yield from _field_findings(name, part, real, [f"(type={event})" for event in odd.events])


def _names_of(part: Part) -> Iterator[str]:
    yield from (f"status {status}" for status in sorted(part.statuses))
    yield from (f"content type {kind}" for kind in sorted(part.content_types))
    yield from (f"event {event or 'without a name'}" for event in sorted(part.events))


def _field_findings(name: PartName, part: Part, real: Part, told: list[str]) -> Iterator[Finding]:
    """Yield what differs in the fields, and nothing below what is named already."""
    untold = _of_any_type(real.fields)
    for path in sorted(part.fields, key=lambda path: (len(path), path)):
        if is_below(path, told):
            continue
        ours, theirs = part.fields[path], real.fields.get(path) or untold.get(path)
        if theirs is None:
            told.append(path)
            yield Finding(name, _shown(name, _absent(path)))
            continue
        if ours.is_free or theirs.is_free:
            told.append(path)
        where = _shown(name, path) or "the body"
        for value, recorded in _differences(ours, theirs):
            text = f"{_NOWHERE} (recorded: {' or '.join(sorted(recorded)[:_MOST_SHOWN])})"
            yield Finding(name, f"{where} = {value}", text)


def _of_any_type(fields: Fields) -> Fields:
    """Return what stands in objects of any type, for those that do not tell theirs."""
    merged: Fields = {}
    for path, found in fields.items():
        for shorter in less_typed(path):
            merged.setdefault(shorter, Field()).merge(found)
    return merged


def _absent(path: str) -> str:
    owner, _, kind = path.rpartition("(type=")
    if not owner or not path.endswith(")"):
        return path
    return f'{owner}.type = "{kind[:-1]}"'


def _differences(ours: Field, theirs: Field) -> Iterator[tuple[str, set[str]]]:
    """Yield types and words that only a wire sends, each with those that were recorded."""
    yield from ((kind, theirs.types) for kind in sorted(ours.types) if not theirs.fits(kind))
    if theirs.words and not theirs.is_open:
        yield from ((f'"{word}"', theirs.words) for word in sorted(ours.words - theirs.words))


def _shown(name: PartName, path: str) -> str:
    """Return a path as an author reads it: only in a stream the type of a whole body tells."""
    return path if name in IN_STREAMS else without_root_type(path)


def _topmost(paths: Iterable[str]) -> Iterator[str]:
    """Yield those that are below no other one."""
    last: list[str] = []
    # As if what may follow a name came before all that may be part of it.
    for path in sorted(paths, key=lambda path: path.translate(_FIRST)):
        if not is_below(path, last):
            last = [path]
            yield path


_FIRST = str.maketrans(".[(", "\1\2\3")
