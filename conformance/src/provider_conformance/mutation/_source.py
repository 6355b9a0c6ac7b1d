"""The source files of a provider, and a copy of them that can be changed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from provider_conformance._harness import Harness


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a provider's own code is.

    Attributes:
        root: the package's folder, or the only file.
        files: the source files, relative to the parent of ``root``.
        beside_harness: whether the harness imports them from its own folder.
    """

    root: Path
    files: Sequence[Path]
    beside_harness: bool

    @contextmanager
    def copied(self, target: str) -> Iterator[tuple[Path, str]]:
        """Yield a folder with a copy to change, and the target that uses the copy."""
        with TemporaryDirectory(prefix="provider-conformance-") as folder:
            copy = Path(folder)
            if not self.beside_harness:
                _copy(self.root, copy / self.root.name)
                yield copy, target
                return
            _copy(self.root.parent, copy / "code")
            yield copy / "code", str(copy / "code" / Path(target).name)


def sources_of(harness: Harness, source: Path | None) -> Sources:
    """Return where the code of a harness's provider is.

    Raises:
        ValueError: it cannot be found.
    """
    file = _file_of(harness.provider)
    if file is None or source is None:
        raise ValueError(f"the source of {harness.name} cannot be found")
    folder = source.parent.resolve()
    if file.is_relative_to(folder):
        others = {source.resolve(), _file_of(type(harness.wire))}
        files = [found for found in map(Path.resolve, harness.neighbours) if found not in others]
        return Sources(folder / file.name, [found.relative_to(folder) for found in files], True)
    package = sys.modules[str(harness.provider.__module__).partition(".")[0]]
    root = Path(next(iter(getattr(package, "__path__", [str(file)]))))
    files = sorted(root.rglob("*.py")) if root.is_dir() else [root]
    return Sources(root, [found.relative_to(root.parent) for found in files], False)


def _file_of(owner: object) -> Path | None:
    module = sys.modules.get(str(getattr(owner, "__module__", "")))
    file = Path(getattr(module, "__file__", None) or "")
    return file.resolve() if file.suffix == ".py" else None


def _copy(place: Path, to: Path) -> None:
    if place.is_dir():
        shutil.copytree(place, to, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    else:
        shutil.copy(place, to)
