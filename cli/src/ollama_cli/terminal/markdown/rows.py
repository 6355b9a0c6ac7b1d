"""The rows of a table in Markdown."""

from __future__ import annotations

import re

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r" *:?-+:? *")


def cells(row: str) -> list[str]:
    """Return the cells of a row that begins with a bar."""
    row = row.strip(" \t")[1:]
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return [cell.strip(" \t").replace("\\|", "|") for cell in _BAR.split(row)]


def alignment(row: str) -> str:
    """Return ``l``, ``c`` or ``r`` per column if the row is the one below a header, else ``""``."""
    found = [cell.replace("\t", " ") for cell in cells(row)]
    if not all(_RULE.fullmatch(cell) for cell in found):
        return ""
    return "".join(
        "c" if cell[0] == cell[-1] == ":" else "r" if cell[-1] == ":" else "l" for cell in found
    )
