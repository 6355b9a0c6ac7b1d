"""Puts the guides of ``docs/``, which lie beside this folder, into what is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

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
            build_data["force_include"][str(source / name)] = f"{target}/{name}"
