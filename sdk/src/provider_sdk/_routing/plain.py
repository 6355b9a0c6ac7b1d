"""Reads what distributions declare from their files, as long as nothing about them is unusual.

To import ``importlib.metadata``, and to read with it, takes longer than the rest of finding a
provider. Whatever is not as installers leave it (archives, copies, damage, unusual metadata) is
left to ``provider_sdk._routing.metadata``, which knows what counts then.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder

from provider_sdk._patterns import Pattern
from provider_sdk._routing.declared import ENTRY_POINT_GROUP, Declaration

_ENDINGS = (".dist-info", ".egg-info")
_GROUP = f"[{ENTRY_POINT_GROUP}]"
_POINT = Pattern(r"([\w.-]+) ?= ?([\w.]+:[\w.]+)")
_FIELD = re.compile(rb"^(Name|Version):(.*)$", re.MULTILINE | re.IGNORECASE)
_OWNER = Pattern(r"[A-Za-z0-9._-]{1,100} [A-Za-z0-9.+!-]{1,100}")
_SEPARATORS = Pattern(r"[-_.]+")


class _UnusualError(Exception):
    """Something that must be read with care."""


def read_plainly() -> list[Declaration] | None:
    """Return what distributions declare; ``None`` if they must be read with more care."""
    try:
        return list(_declarations())
    except (_UnusualError, OSError, UnicodeError):
        return None


def _declarations() -> Iterator[Declaration]:
    if any(_finds_distributions(finder) for finder in sys.meta_path):
        raise _UnusualError
    places = [place for folder in dict.fromkeys(sys.path) for place in _metadata_in(folder)]
    names = [_normalized(name) for _, name in places]
    for (folder, file), name in zip(places, names, strict=True):
        place = f"{folder}/{file}"
        text = _read(f"{place}/entry_points.txt")
        if ENTRY_POINT_GROUP.encode() not in text:
            continue
        if names.count(name) > 1 or not place.endswith(_ENDINGS[0]):
            raise _UnusualError
        owner = _owner(_read(f"{place}/METADATA"), name)
        for point, value in _points(text.decode().splitlines()):
            yield Declaration(point, value, owner)


def _finds_distributions(finder: object) -> bool:
    return finder is not PathFinder and hasattr(finder, "find_distributions")


def _metadata_in(folder: str) -> Iterator[tuple[str, str]]:
    """Yield a folder of the path with each name in it that is one of metadata."""
    folder = folder or "."
    if folder.lower().endswith(".egg"):
        raise _UnusualError
    try:
        with os.scandir(folder) as inside:
            names = [entry.name for entry in inside]
    except FileNotFoundError:
        return  # such as the archive of the standard library
    yield from ((folder, name) for name in names if name.lower().endswith(_ENDINGS))


def _normalized(name: str) -> str:
    """Return the name of a distribution by that of its folder, the same for all spellings."""
    return _SEPARATORS.sub("-", name.rpartition(".")[0].partition("-")[0]).lower()


def _read(file: str) -> bytes:
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 - a hundred files: each counts
            return opened.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""


def _owner(metadata: bytes, name: str) -> str:
    """Return name and version, as long as both are simple and there once."""
    fields = _FIELD.findall(metadata.partition(b"\n\n")[0])
    found = {key.lower(): value.decode("ascii").strip() for key, value in fields}
    owner = " ".join(found.get(key, "") for key in (b"name", b"version"))
    if len(fields) != 2 or not _OWNER.fullmatch(owner):
        raise _UnusualError
    if _SEPARATORS.sub("-", found[b"name"]).lower() != name:
        raise _UnusualError
    return owner


def _points(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the entry points of the group."""
    section = ""
    for line in map(str.strip, lines):
        if line.startswith("["):
            section = line
        elif section == _GROUP and line:
            point = _POINT.fullmatch(line)
            if point is None:
                raise _UnusualError
            yield point[1], point[2]
