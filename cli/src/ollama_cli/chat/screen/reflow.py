"""What a terminal does with long rows when it becomes narrower.

Most break a row that is too long into several, and xterm, the Linux console and screen cut it. None
says which. To erase too few rows leaves some of an unfinished answer behind; to erase too many
destroys finished lines. So only terminals that are known to break rows are taken to do it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

_BREAKING = (
    "TMUX",
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "WT_SESSION",
    "ALACRITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "ITERM_SESSION_ID",
    "WEZTERM_PANE",
    "GHOSTTY_RESOURCES_DIR",
)
_PROGRAMS = ("iTerm.app", "Apple_Terminal", "vscode", "WezTerm", "ghostty", "tmux")
_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "tmux", "wezterm")
_CUTTING = ("STY", "XTERM_VERSION")
VARIABLES = {
    "TERM_PROGRAM": "the program that shows the terminal; some break rows that are too long",
    **dict.fromkeys(_BREAKING, "set by a terminal that breaks rows that are too long"),
    **dict.fromkeys(_CUTTING, "set by a terminal that cuts rows that are too long"),
}


def breaks_rows(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal is known to break rows that have become too long."""
    term = environment.get("TERM", "")
    if "TMUX" not in environment and any(name in environment for name in _CUTTING):
        return False
    return (
        term.startswith(_TERMS)
        or environment.get("TERM_PROGRAM") in _PROGRAMS
        or any(name in environment for name in _BREAKING)
    )


def rows_added(
    widths: Sequence[int], columns: int, environment: Mapping[str, str] = os.environ
) -> int:
    """Return how many rows more these rows take at a new width of the terminal.

    Args:
        widths: the columns that each row takes.
        columns: how wide the terminal is now.
        environment: the variables that tell which terminal it is.
    """
    if not breaks_rows(environment) or columns <= 0:
        return 0
    return sum(max(width - 1, 0) // columns for width in widths)
