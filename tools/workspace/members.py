"""A build hook for an empty distribution that depends on every member of the workspace.

pip cannot install "every folder that exists", but it asks a build backend for the dependencies of a
distribution. This hook answers with the members that it finds, so a new provider needs no entry in
a list.
"""

import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.dependency_groups import resolve_dependency_groups

ROOT = Path(__file__).parents[2]


class Members(MetadataHookInterface):
    """Sets the dependencies to the members, and the extra ``dev`` to the workspace's tools."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read the members and tools from the root's ``pyproject.toml`` and the folders."""
        root = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        folders = members(root["tool"]["uv"]["workspace"]["members"])
        metadata["dependencies"] = [editable(folder) for folder in folders]
        tools = resolve_dependency_groups(root["dependency-groups"], "dev")
        metadata["optional-dependencies"] = {"dev": list(tools)}


def members(patterns: list[str]) -> Iterator[Path]:
    """Yield the matching folders that contain a project; a pattern may match none."""
    for pattern in patterns:
        for folder in sorted(ROOT.glob(pattern)):
            if (folder / "pyproject.toml").is_file():
                yield folder


def editable(folder: Path) -> str:
    """Build an editable wheel of ``folder``, and return a requirement for that file.

    A requirement for the folder itself would install a copy. The path of the wheel changes with the
    member's ``pyproject.toml``, so tox notices that an environment is out of date.
    """
    state = sha256((folder / "pyproject.toml").read_bytes()).hexdigest()[:12]
    builder = WheelBuilder(str(folder))
    target = Path(__file__).parent / "editable" / state
    (wheel,) = builder.build(directory=str(target), versions=["editable"])
    return f"{builder.metadata.core.name} @ {Path(wheel).as_uri()}"
