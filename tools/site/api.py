"""Describes an object of our packages in Markdown, as mkdocstrings does in HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import griffe
import yaml

from tools.site.markdown import mask_fences

_DIRECTIVE = re.compile(r"^::: +(?P<name>\S+)\n(?P<options>(?:(?: {4}.*)?\n)*)", re.MULTILINE)


class Api:
    """The objects that pages describe with ``:::``.

    Args:
        paths: the folders with our packages.
    """

    def __init__(self, *paths: str) -> None:
        self._paths = paths

    def resolve(self, text: str) -> str:
        """Return a page with each ``:::`` replaced by what the docstrings say.

        Raises:
            KeyError: there is no such object.
        """
        masked = mask_fences(text + "\n")
        parts: list[str] = []
        end = 0
        for match in _DIRECTIVE.finditer(masked):
            options = (yaml.safe_load(match["options"]) or {}).get("options", {})
            described = "\n\n".join(self._described(match["name"], options))
            parts += [text[end : match.start()], described, "\n\n"]
            end = match.end()
        return "".join([*parts, text[end:]])

    def _described(self, name: str, options: Mapping[str, Any]) -> Iterator[str]:
        package = name.partition(".")[0]
        if package not in self._loader.modules_collection:
            self._loader.load(package)
            self._loader.resolve_aliases(external=False)
        found = self._loader.modules_collection[name]
        yield from _lines(found, options.get("heading_level", 2), options.get("members", True))

    @cached_property
    def _loader(self) -> griffe.GriffeLoader:
        return griffe.GriffeLoader(search_paths=list(self._paths))


def _lines(found: Any, level: int, members: Any) -> Iterator[str]:
    yield f"{'#' * level} `{found.path if level == 2 else found.name}`"
    if signature := _signature(found):
        yield f"```python\n{signature}\n```"
    if found.docstring:
        yield str(found.docstring.value)
    for name, member in found.members.items() if found.is_class or found.is_module else ():
        wanted = name in members if isinstance(members, list) else members and member.is_public
        if wanted and member.has_docstring:
            yield from _lines(member, level + 1, True)


def _signature(found: Any) -> str:
    if found.is_function:
        overloads = found.overloads or [found]
        return "\n".join(overload.signature(return_type=True) for overload in overloads)
    if found.is_class:
        made = found.signature() if "__init__" in found.all_members else ""
        bases = ", ".join(map(str, found.bases))
        return made or f"class {found.name}({bases})" if bases else f"class {found.name}"
    if found.is_attribute and found.annotation:
        return f"{found.name}: {found.annotation}"
    return ""
