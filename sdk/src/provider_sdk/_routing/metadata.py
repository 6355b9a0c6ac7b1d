"""Reads what distributions declare through ``importlib.metadata``, whatever state they are in.

``importlib.metadata.entry_points`` fails as a whole if one distribution is damaged, whichever that
is, and misses those of a distribution in front of which an upgrade has left an empty folder. So
each distribution is read by itself here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions

from provider_sdk._errors import RegistryError
from provider_sdk._routing.declared import (
    ENTRY_POINT_GROUP,
    Damage,
    Declaration,
    reason_of,
    repair_hint,
)

_FILE = "entry_points.txt"
_LONGEST_FIELD = 100
_SEPARATORS = re.compile(r"[-_.]+")


def read_carefully() -> tuple[list[Declaration], list[Damage]]:
    """Return what ``declared`` returns."""
    found: dict[Declaration, None] = {}
    damaged: list[Damage] = []
    for distribution in _declaring():
        owner = _owner(distribution)
        try:
            points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
            found.update({Declaration(point.name, point.value, owner): None for point in points})
        except Exception as error:  # noqa: BLE001 - the file may be damaged in any way
            problem = f"the {_FILE} of {owner} cannot be read: {reason_of(error)}"
            damaged.append(Damage(owner, RegistryError(problem, hint=repair_hint(owner))))
    return list(found), damaged


def _declaring() -> Iterator[Distribution]:
    """Yield each distribution that declares providers, once."""
    seen: set[str] = set()
    for distribution in distributions():
        text = _declarations_of(distribution)
        if ENTRY_POINT_GROUP not in text:
            continue
        if name := _name(distribution):
            key = _SEPARATORS.sub("-", name).lower()
            if key in seen or _declarations_of(_first(name, distribution)) != text:
                continue
            seen.add(key)
        yield distribution


def _first(name: str, copy: Distribution) -> Distribution:
    """Return the copy of a distribution that imports find."""
    # What an upgrade left behind may come first, but has no name.
    return next((other for other in distributions(name=name) if _name(other)), copy)


def _declarations_of(distribution: Distribution) -> str:
    try:
        return distribution.read_text(_FILE) or ""
    except UnicodeDecodeError as error:
        return error.object.decode(errors="replace")
    except OSError:
        return ""


def _owner(distribution: Distribution) -> str:
    name, version = _name(distribution), _field(distribution, "Version")
    if not name:
        return "an unnamed distribution"
    return f"{name} {version}" if version else name


def _name(distribution: Distribution) -> str:
    return _field(distribution, "Name")


def _field(distribution: Distribution, name: str) -> str:
    """Return a field of the metadata, ``""`` without one; anything may stand there."""
    try:
        text = (distribution.metadata.get_all(name) or [""])[0]
    except Exception:  # noqa: BLE001 - metadata of others, damaged in any way
        return ""
    return "".join(filter(str.isprintable, text))[:_LONGEST_FIELD]
