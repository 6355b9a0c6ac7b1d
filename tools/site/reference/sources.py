"""The source files of what users install, and the public names of their modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.site.page import ROOT

_MEMBERS = ("sdk", "cli", "conformance", "providers/*")
_NOT_FOR_USERS = ("zoo",)
"""Packages of the kit that hold providers which are wrong on purpose."""


class Source(NamedTuple):
    """A module of a member.

    Attributes:
        file: its file.
        module: the name under which it is imported.
        tree: what it says.
    """

    file: Path
    module: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The name of the package that people install."""
        return self.module.partition(".")[0]

    @property
    def shown(self) -> str:
        """The module, or the nearest one above it that is public."""
        parts = self.module.split(".")
        private = [place for place, name in enumerate(parts) if name.startswith("_")]
        return ".".join(parts[: private[0]] if private else parts)


@cache
def sources() -> tuple[Source, ...]:
    """Return every module of every member, by name."""
    folders = [folder for member in _MEMBERS for folder in ROOT.glob(f"{member}/src")]
    found = (_source(file, folder) for folder in folders for file in folder.rglob("*.py"))
    kept = (each for each in found if not set(_NOT_FOR_USERS) & set(each.module.split(".")))
    return tuple(sorted(kept, key=lambda each: each.module))


def _source(file: Path, folder: Path) -> Source:
    parts = file.relative_to(folder).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Source(file, module, ast.parse(file.read_bytes()))


def assigned(tree: ast.Module, name: str) -> bool:
    """Whether a module assigns a name at its top."""
    targets = (each.targets for each in tree.body if isinstance(each, ast.Assign))
    return any(ast.unparse(target) == name for found in targets for target in found)


def names_of(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Yield the texts among nodes."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
