"""Texts that must fit into one row."""

from __future__ import annotations

from ollama_cli.terminal.escapes import escaped_as_json
from ollama_cli.terminal.markdown.widths import width_of, width_of_character

_CUT = "…"


def cut(text: str, width: int) -> str:
    """Return a text on one line of at most so many columns; what is cut off, an ellipsis shows."""
    line = escaped_as_json(" ".join(text.split("\n")).expandtabs(4))
    if width_of(line) <= width:
        return line
    kept, columns = [], 0
    for character in line:
        columns += width_of_character(character)
        if columns > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _CUT if width > 0 else ""
