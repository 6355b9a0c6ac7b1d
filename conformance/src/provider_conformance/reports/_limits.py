"""Limits: what a protocol cannot say at all, with a reason and a link.

Unlike a deviation, a limit never expires and excuses no failure. The wire gives something up with
a trait, and the checks then prove the other side: what cannot be said is refused, left out, or
told, and never made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provider_conformance._reading import read_tables
from provider_conformance._text import clean
from provider_conformance.wires import Traits
from provider_conformance.wires._traits import (
    ALL_CHOICES,
    ALL_COUNTS,
    ALL_EFFORTS,
    ALL_SCHEMA_FIELDS,
)

_KEYS = ("trait", "reason", "link")
_FEWEST_WORDS = 3
_LONGEST = 300
"""Characters of a reason or a link, which stand beside every level."""

_GIVES_UP: Mapping[str, Callable[[Traits], bool]] = {
    "finish_words": lambda traits: not traits.words_for("content_filter"),
    "refusals": lambda traits: not traits.refusals,
    "tool_choices": lambda traits: traits.tool_choices < ALL_CHOICES,
    "image_types": lambda traits: not traits.image_types,
    "image_details": lambda traits: not traits.image_details,
    "image_addresses": lambda traits: not traits.image_addresses,
    "counts": lambda traits: traits.counts < ALL_COUNTS,
    "forbidden": lambda traits: bool(traits.forbidden),
    "request_id_header": lambda traits: not traits.names_exchange,
    "names_model": lambda traits: not traits.names_model,
    "returns_reasoning": lambda traits: not traits.returns_reasoning,
    "steers_reasoning": lambda traits: not traits.steers_reasoning,
    "efforts": lambda traits: traits.efforts < ALL_EFFORTS,
    "stream_error_kinds": lambda traits: not traits.stream_error_kinds,
    "system_anywhere": lambda traits: not traits.system_anywhere,
    "empty_turns": lambda traits: not traits.empty_turns,
    "joined_turns": lambda traits: traits.joined_turns,
    "strict_tools": lambda traits: not traits.strict_tools,
    "schema_fields": lambda traits: traits.schema_fields < ALL_SCHEMA_FIELDS,
}


class LimitError(ValueError):
    """The file of limits is not valid; the message says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that a protocol cannot say.

    Attributes:
        trait: the trait by which the wire gives it up.
        reason: what cannot be said, in one sentence.
        link: where the service documents it.
    """

    trait: str
    reason: str
    link: str

    def __str__(self) -> str:
        return f"{self.trait}: {self.reason} ({self.link})"


def read_limits(file: Path | None, traits: Traits) -> list[Limit]:
    """Return the limits in a file, or an empty list without a file.

    Raises:
        LimitError: the file is missing, or an entry is incomplete, or it names something that the
            wire can say.
    """
    if file is None:
        return []
    try:
        entries, problem = read_tables(file, "limit"), ""
    except ValueError as error:
        entries, problem = [], str(error)
    if problem:
        raise LimitError(problem)
    limits = [_parse_limit(entry, file.name, traits) for entry in entries]
    _require_unique(limits, file.name)
    return limits


def _parse_limit(entry: Mapping[str, Any], file: str, traits: Traits) -> Limit:
    trait = entry.get("trait", "an entry without trait")
    if missing := [key for key in _KEYS if not entry.get(key)]:
        raise LimitError(f"{file}: {trait} lacks {', '.join(missing)}")
    if unknown := [key for key in entry if key not in _KEYS]:
        raise LimitError(f"{file}: {trait} has unknown keys: {', '.join(unknown)}")
    if odd := [key for key in _KEYS if not isinstance(entry[key], str) or not entry[key].strip()]:
        raise LimitError(f"{file}: {trait} needs a text in quotes as {', '.join(odd)}")
    limit = Limit(**{key: clean(entry[key]) for key in _KEYS})
    if problem := _problem_of(limit, traits):
        raise LimitError(f"{file}: {trait} {problem}")
    return limit


def _problem_of(limit: Limit, traits: Traits) -> str | None:
    if limit.trait not in _GIVES_UP:
        return f"is not one of the traits that can be a limit: {', '.join(_GIVES_UP)}"
    if not _GIVES_UP[limit.trait](traits):
        return "is not given up by the wire; remove it, or mend the wire's traits"
    if len(limit.reason.split()) < _FEWEST_WORDS:
        return f"has no reason: {limit.reason!r} explains nothing"
    if max(len(limit.reason), len(limit.link)) > _LONGEST:
        return f"needs a shorter reason and link: each at most {_LONGEST} characters"
    if not limit.link.startswith(("https://", "http://")) or len(limit.link.split()) != 1:
        return "needs a link (https://…) to where the service documents it"
    return None


def _require_unique(limits: Sequence[Limit], file: str) -> None:
    names = [limit.trait for limit in limits]
    for name in names:
        if names.count(name) > 1:
            raise LimitError(f"{file}: {name} stands there more than once")
