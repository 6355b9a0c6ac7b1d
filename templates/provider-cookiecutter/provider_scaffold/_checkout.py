"""Facts about the checkout that holds the template."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from provider_scaffold._protocols import Protocol

TEMPLATE = Path(__file__).resolve().parents[1]
CHECKOUT = TEMPLATE.parents[1]

_WHEELS = ("sdk", "conformance", "cli")

_NAMED = os.environ.get("PROVIDER_SCAFFOLD_WHEELS")
BUILT = str(Path(_NAMED).resolve()) if _NAMED else ""
"""The folder of wheels to copy, if they are not to be built."""


def needed_members(protocol: Protocol) -> tuple[str, ...]:
    """Return the folders of the members whose wheels a provider outside the checkout needs."""
    return (*_WHEELS, protocol.member) if protocol.member else _WHEELS


def missing_wheel(protocol: Protocol) -> Path | None:
    """Return the first wheel that should be copied and does not exist."""
    paths = (Path(BUILT) / wheel_name(folder) for folder in needed_members(protocol) if BUILT)
    return next((path for path in paths if not path.is_file()), None)


def wheel_name(folder: str) -> str:
    """Return the file name of a member's wheel."""
    distribution = f"provider_contract_{folder.rpartition('/')[2]}"
    (file,) = (CHECKOUT / folder).glob("src/*/_version.py")
    version = re.findall(r'__version__ = "(.+)"', file.read_text(encoding="utf-8"))[0]
    return f"{distribution}-{version}-py3-none-any.whl"


def is_member(output_dir: str) -> bool:
    """Whether a bake in this folder is a member of a checkout, as one of its providers."""
    folder = Path(output_dir).resolve()
    beside = (folder.parent / member / "pyproject.toml" for member in ("sdk", "conformance"))
    return folder.name == "providers" and all(file.is_file() for file in beside)


def known_capabilities() -> list[str]:
    """Return the capabilities that the contract knows, in its order."""
    source = CHECKOUT / "sdk" / "src" / "provider_sdk" / "_capabilities.py"
    (declared,) = (
        node.value
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "Capability"
    )
    return [str(node.value) for node in ast.walk(declared) if isinstance(node, ast.Constant)]


def members() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the folder and the ``[project]`` table of every member of the checkout."""
    for file in sorted([*CHECKOUT.glob("*/pyproject.toml"), *CHECKOUT.glob("*/*/pyproject.toml")]):
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project")
        if project:
            yield file.parent, project
