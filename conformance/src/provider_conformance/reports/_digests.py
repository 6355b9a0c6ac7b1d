"""Digests of what a run depends on: the code and its data, the harness, and what it names.

By them ``verify`` notices that a report is older than what it reports on.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import provider_sdk
from provider_sdk import BaseProvider

from provider_conformance._find import PACKAGE_OF_A_HARNESS
from provider_conformance._harness import Harness
from provider_conformance.wires import Wire

_COMPILED = frozenset({".pyc", ".pyo"})


def digests(harness: Harness, source: Path | None) -> dict[str, str]:
    """Return the digests of code, deviations, shapes and cassettes, as ``.run.json`` holds them.

    They depend on the names and contents of the files, not on where the checkout is.
    """
    deviations, shapes = (
        [file] if file is not None and file.is_file() else []
        for file in (harness.deviations, harness.shapes)
    )
    cassettes = sorted(harness.cassettes.glob("*.json")) if harness.cassettes else ()
    return {
        "code_digest": _code_digest(harness, source),
        "deviations_digest": digest(file.read_bytes() for file in deviations),
        "shapes_digest": digest(file.read_bytes() for file in shapes),
        "cassettes_digest": digest(map(_named_content, filter(Path.is_file, cassettes))),
    }


def digest(parts: Iterable[bytes]) -> str:
    """Return one digest of several byte strings; moving bytes from one to the next changes it."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def _code_digest(harness: Harness, source: Path | None) -> str:
    folders = [Path(provider_sdk.__file__).parent, Path(__file__).parent.parent]
    own = [source] if source else []
    classes = [*_class_with_bases(harness.provider), *_class_with_bases(harness.wire)]
    files = {
        *(file.resolve() for folder in folders for file in _package_files(folder)),
        *(file.resolve() for owner in classes for file in _source_files(owner)),
        *(file.resolve() for file in (*own, *harness.neighbours)),
    }
    code = sorted(map(_named_content, files))
    return digest([_harness_identity(harness, source).encode(), *code])


def _harness_identity(harness: Harness, source: Path | None) -> str:
    target = source.name if source else ""
    if not harness.target.endswith(".py"):
        target = harness.target or target
    said = [target, harness.provider, type(harness.wire), harness.model, harness.keywords]
    return json.dumps([_plain_value(value) for value in said])


def _plain_value(value: Any) -> Any:
    """Return a value as plain JSON types that are the same in every process."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return sorted([str(key), _plain_value(item)] for key, item in value.items())
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(_plain_value(item)) for item in value)
    if isinstance(value, partial):
        return [_plain_value(part) for part in (value.func, value.args, value.keywords)]
    return _qualified_name(value if hasattr(value, "__qualname__") else type(value))


def _qualified_name(owner: Any) -> str:
    module = str(owner.__module__)
    if module.startswith(PACKAGE_OF_A_HARNESS):
        module = module.partition(".")[2]  # the package's own name depends on where the folder is
    return f"{module}.{owner.__qualname__}"


def _class_with_bases(thing: object) -> tuple[Any, ...]:
    """Return a class, or the class of an object, with all its bases; or a function by itself."""
    while isinstance(thing, partial):
        thing = thing.func
    if not isinstance(thing, type) and hasattr(thing, "__qualname__"):
        return (thing,)
    return (thing if isinstance(thing, type) else type(thing)).__mro__


def _source_files(owner: Any) -> Iterator[Path]:
    name = str(owner.__module__)
    if name.partition(".")[0] in sys.stdlib_module_names:
        return
    module = sys.modules.get(name)
    file = Path(getattr(module, "__file__", None) or "")
    if file.suffix != ".py" or not file.is_file():
        return
    yield file
    # Other modules in the package of a provider or a wire are part of it. Around any other class
    # there may be a whole library.
    package = sys.modules.get(getattr(module, "__package__", None) or "")
    is_foreign = isinstance(owner, type) and not issubclass(owner, BaseProvider | Wire)
    if getattr(package, "__file__", None) and not is_foreign:
        yield from _package_files(file.parent)


def _package_files(folder: Path) -> Iterator[Path]:
    """Yield the modules of a package and its data, which its code may read."""
    for file in folder.rglob("*"):
        if file.suffix not in _COMPILED and not file.name.startswith(".") and file.is_file():
            yield file


def _named_content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return file.name.encode() + b"\n" + hashlib.file_digest(opened, "sha256").digest()
