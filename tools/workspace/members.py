"""The members of the workspace, as dependencies of a distribution that has nothing of its own.

pip cannot be told to install each folder that exists, but it asks a build backend what a
distribution depends upon. This one answers with the members that it finds, so that a new provider
joins by being there.
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
    """Fills in the dependencies, and the extra ``dev`` with the workspace's tools."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add what the root's ``pyproject.toml`` and the folders say at this moment."""
        root = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        folders = members(root["tool"]["uv"]["workspace"]["members"])
        metadata["dependencies"] = [editable(folder) for folder in folders]
        tools = resolve_dependency_groups(root["dependency-groups"], "dev")
        metadata["optional-dependencies"] = {"dev": list(tools)}


def members(patterns: list[str]) -> Iterator[Path]:
    """Find the folders that match and hold a project; a pattern may match nothing yet."""
    for pattern in patterns:
        for folder in sorted(ROOT.glob(pattern)):
            if (folder / "pyproject.toml").is_file():
                yield folder


def editable(folder: Path) -> str:
    """Build the wheel that only points back at ``folder``, and require that very file.

    A requirement on the folder itself would install a copy of it. The file's path changes with
    ``pyproject.toml``, by which tox sees that an environment is out of date.
    """
    state = sha256((folder / "pyproject.toml").read_bytes()).hexdigest()[:12]
    builder = WheelBuilder(str(folder))
    target = Path(__file__).parent / "editable" / state
    (wheel,) = builder.build(directory=str(target), versions=["editable"])
    return f"{builder.metadata.core.name} @ {Path(wheel).as_uri()}"
