"""A generated page, and the folders of ``docs`` that hold nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

FOLDERS = ("reference", "conformance/checks", "matrix", "assets/recorded")
"""The folders of generated pages, which are made anew at each build and never committed."""


@dataclass(frozen=True)
class Page:
    """A page that a generator writes.

    Attributes:
        path: where in ``docs`` it is, such as ``reference/exit-codes.md``; within ``FOLDERS``.
        text: all of it; Markdown, or another text such as a report in HTML.
    """

    path: str
    text: str
