"""Results that take long to measure: measured once for the same code, and never committed.

They are kept in ``reports/site``, with a fingerprint of the code that they were measured with.
``SITE_QUICK=1`` measures nothing: a page then says how to measure what it lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tools.site.page import ROOT

KEPT = ROOT / "reports" / "site"
CODE = ("sdk/src", "conformance/src", "tools/site/kit/zoo_results.py")
"""What a result depends on: what is measured, and what measures it."""

_LIBRARIES = ("aiohttp", "anyio", "h11", "httpcore", "httpx", "hypothesis", "msgspec", "respx")


@dataclass(frozen=True, slots=True)
class Measured:
    """A result, as plain JSON types, and the day on which it was measured."""

    result: Any
    day: str


def is_quick() -> bool:
    """Whether the site is built without measuring anything."""
    return bool(os.environ.get("SITE_QUICK"))


def measured(name: str, measure: Callable[[], Any]) -> Measured | None:
    """Return what was measured with this code, else measure it; ``None`` in a quick build."""
    if kept := kept_result(name):
        return kept
    if is_quick():
        return None
    digest = fingerprint()  # of the code that measures, should it change meanwhile
    return keep(name, measure(), digest)


def kept_result(
    name: str, folders: Iterable[str] = CODE, *, libraries: bool = True
) -> Measured | None:
    """Return a result that was kept, if its fingerprint is that of the code as it is now."""
    file = KEPT / f"{name}.json"
    if not file.is_file():
        return None
    data = json.loads(file.read_text("utf-8"))
    if data["fingerprint"] != fingerprint(folders, libraries=libraries):
        return None
    return Measured(data["result"], data["day"])


def keep(name: str, result: Any, digest: str) -> Measured:
    """Keep a result for the next build, with the fingerprint of what it was measured with."""
    day = datetime.now(UTC).date().isoformat()
    data = {"fingerprint": digest, "day": day, "result": result}
    KEPT.mkdir(parents=True, exist_ok=True)
    # Complete or not at all: another build may read it at the same time.
    new = KEPT / f"{name}.json.{os.getpid()}"
    new.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    new.replace(KEPT / f"{name}.json")
    return Measured(result, day)


def fingerprint(folders: Iterable[str] = CODE, *, libraries: bool = True) -> str:
    """Return a digest of what a result depends on.

    Args:
        folders: where the code is.
        libraries: whether the versions of the interpreter and the libraries count too.
    """
    found = hashlib.sha256()
    content = (_content(file) for folder in folders for file in _files(ROOT / folder))
    for part in [*(_versions() if libraries else ()), *content]:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def _versions() -> Iterator[bytes]:
    installed = {dist.name.lower(): dist.version for dist in metadata.distributions()}
    yield f"python {sys.version_info[:2]}".encode()
    yield from (f"{name} {installed.get(name)}".encode() for name in _LIBRARIES)


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    return sorted(file for file in folder.rglob("*") if file.suffix in {".py", ".toml"})


def _content(file: Path) -> bytes:
    return file.relative_to(ROOT).as_posix().encode() + b"\n" + file.read_bytes()
