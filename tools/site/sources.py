"""The pages that show files of the repository, for links that lead out of ``docs``."""

from __future__ import annotations

import re
from pathlib import Path

from tools.site.page import ROOT

FOLDER = "source"
"""The folder of the site with these pages."""

_LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json", ".sh": "bash"}
# A search for a name should find the page that explains it, not the file that has it.
_HEAD = "---\nsearch:\n  exclude: true\n---\n# `{place}`\n\n"


def source_page(place: str) -> str:
    """Return the path of the page that shows a file or folder of the repository."""
    return f"{FOLDER}/{place}.md"


def show_source(place: str) -> str:
    """Return the Markdown of the page that shows a file, or all files of a folder.

    Raises:
        ValueError: the folder is empty.
    """
    path = ROOT / place
    head = _HEAD.format(place=place)
    if path.is_file():
        return head + _fence(path)
    files = [file for file in sorted(path.rglob("*")) if _is_shown(file)]
    if not files:
        raise ValueError(f"{place} has no file that a page could show")
    names = [(file.relative_to(path).as_posix(), file) for file in files]
    return head + "\n".join(f"## `{name}`\n\n{_fence(file)}" for name, file in names)


def _is_shown(file: Path) -> bool:
    parts = file.relative_to(ROOT).parts
    return file.is_file() and not any(part.startswith((".", "__pycache__")) for part in parts)


def _fence(path: Path) -> str:
    text = path.read_text(encoding="utf-8").rstrip("\n")
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{_LANGUAGES.get(path.suffix, 'text')}\n{text}\n{ticks}\n"
