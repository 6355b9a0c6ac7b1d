"""Showing what somebody typed after the name of a slash command, in a message about it."""

from __future__ import annotations

import re

from ollama_cli.terminal.escapes import on_one_line

_LONGEST = 40
_KEY = re.compile(
    r"\b(?:sk|pk|rk|hf|gsk|xai|gh[a-z]|github_pat|glpat|nvapi|r8|pplx|AIza|AKIA|xox[a-z]|ya29)"
    r"[-_.A-Za-z0-9]{12,}|(?<![\w-])eyJ[\w-]{8,}\.\S+"
    r"|(?<![A-Za-z0-9_+=])(?=[A-Za-z_+=]*\d)[A-Za-z0-9_+=]{32,}"
)
"""What keys of services look like; a name of a model has separators before so many characters.

Each is looked for at the beginning of a word only, or a long word would take minutes.
"""


def shown(text: str) -> str:
    """Return a text in quotes, on one line, not long, and without what could be a key."""
    line = on_one_line(text)
    if looks_like_key(line):
        return "'[redacted]'"
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}...")


def looks_like_key(text: str) -> bool:
    """Whether a text holds what could be a credential."""
    return _KEY.search(text) is not None
