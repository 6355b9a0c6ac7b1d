"""Turns the kit's sentences into Markdown: code is marked, and ids of checks are links."""

from __future__ import annotations

import re

_CODE = re.compile(
    r"""(`[^`]+`                                    # marked already
        |\w+\("[^"]*"\)                             # Error("…")
        |</?\w+>                                    # a tag
        |"\w+_\w+"                                  # "content_filter"
        |(?:\*\*)?[\w.]*_[\w.]*\w(?:=\w*|\(\)|\[[\w.]+\])?  # max_retries=0, list_models()
        |[\w.]+\(\)(?:\.\w+)?)                      # probe(), probe().ok""",
    re.VERBOSE,
)
_ID = re.compile(r"PC-([A-Z]+)-\d{3}")


def prose(text: str) -> str:
    """Mark code as code, so that Markdown does not read it as markup."""
    parts = _CODE.split(text)
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    parts[1::2] = [f"`{part.strip('`')}`" for part in parts[1::2]]
    return "".join(parts)


def check_link(id: str, folder: str = "") -> str:
    """Return the address of a check, from a page in the same folder or with the way to it."""
    return f"{folder}{id.split('-')[1].lower()}.md#{id.lower()}"


def linked(text: str, folder: str = "") -> str:
    """Make a link of every id of a check.

    Args:
        folder: the way to the pages of checks, such as ``../conformance/checks/``.
    """
    return _ID.sub(lambda id: f"[{id[0]}]({check_link(id[0], folder)})", text)
