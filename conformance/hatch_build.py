"""Puts the guides of ``docs/``, which lie beside this folder, into what is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_GENERATED = ("conformance", "checks")
_GUIDES = ("adapters", "conformance", "dialects", "wires")


class GuidesHook(BuildHookInterface[BuilderConfig]):
    """Adds the folders whose pages ``provider-conformance docs`` prints."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the folders; an editable installation reads them where they are."""
        if version == "editable":
            return
        root = Path(self.root)
        # An unpacked sdist has them inside.
        source = root / "docs" if (root / "docs").is_dir() else root.parent / "docs"
        target = "docs" if self.target_name == "sdist" else "provider_conformance/guides"
        for name in _GUIDES:
            for file in _pages(source / name):
                place = file.relative_to(source).as_posix()
                build_data["force_include"][str(file)] = f"{target}/{place}"


def _pages(folder: Path) -> Iterator[Path]:
    """Yield the files of a guide that somebody wrote.

    What a build of the site left beside them would otherwise be in some wheels and not in others.
    """
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder.parent).parts
        generated = parts[:2] == _GENERATED or "__pycache__" in parts
        if file.is_file() and not generated:
            yield file
