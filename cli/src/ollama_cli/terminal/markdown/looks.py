"""How Markdown looks on a terminal: styles, and the few characters that are drawn."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

# Parameters of ECMA-48's SGR sequence; "1;4" is both.
BOLD, DIM, ITALIC, UNDERLINE = "1", "2", "3", "4"
CYAN = "36"

NO_STYLE = ""

VARIABLES = {
    "NO_COLOR": "nothing has a color",
    "LC_ALL": "the locale; with C or POSIX only ASCII is drawn",
    "LC_CTYPE": "the locale, if LC_ALL is not set",
    "LANG": "the locale, if neither LC_ALL nor LC_CTYPE is set",
}
"""The variables that are read here, and what they do."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a terminal can show, and its user wants.

    Attributes:
        color: whether code has a color; else code within text keeps its backticks.
        is_ascii: whether only ASCII may be drawn.
    """

    color: bool = True
    is_ascii: bool = False

    @property
    def code(self) -> str:
        """The style of code."""
        return CYAN if self.color else NO_STYLE

    @property
    def bullet(self) -> str:
        """What an item of a list without numbers begins with."""
        return "-" if self.is_ascii else "\u2022"

    @property
    def bar(self) -> str:
        """What each line of a block quote begins with."""
        return "|" if self.is_ascii else "\u2502"

    @property
    def line(self) -> str:
        """What horizontal lines are made of."""
        return "-" if self.is_ascii else "\u2500"


def look_of_terminal() -> Look:
    """Return the look for standard output."""
    variables = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((value for value in variables if value), "")
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Look(
        color=not os.environ.get("NO_COLOR"),
        is_ascii=locale in ("C", "POSIX") or not encoding.startswith("utf"),
    )


def together(*styles: str) -> str:
    """Return a style that is all of these."""
    return ";".join(style for style in styles if style)
