"""Texts that must fit into one row."""

from __future__ import annotations

from ollama_cli.terminal.escapes import escaped_as_json
from ollama_cli.terminal.markdown.widths import width_of, width_of_character

_CUT = "…"


def cut(text: str, width: int) -> str:
    """Return a text on one line of at most so many columns; what is cut off, an ellipsis shows."""
    line = _on_one_line(text)
    if width_of(line) <= width:
        return line
    kept, columns = [], 0
    for character in line:
        columns += width_of_character(character)
        if columns > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _CUT if width > 0 else ""


def broken(text: str, width: int) -> list[str]:
    """Return a text as rows of at most so many columns; no character of it is left out."""
    rows, columns = [""], 0
    for character in _on_one_line(text):
        columns += width_of_character(character)
        if columns > width:
            rows.append("")
            columns = width_of_character(character)
        rows[-1] += character
    return rows


def _on_one_line(text: str) -> str:
    return escaped_as_json(" ".join(text.split("\n")).expandtabs(4))
