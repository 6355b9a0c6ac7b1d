"""Markdown that reads the same on GitHub and on the site, whatever text is put into it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"[|`*\[\]\\{}$]|(?<!\w)_|_(?!\w)")
_IN_BACKTICKS = re.compile(r"[|`]")
_CODE = re.compile(r"(`[^`]+`)")
_ANCHOR = re.compile(r"[^\w\s-]")
_NAMES = re.compile(r"\b[A-Z]+_[A-Z_]*[A-Z]\b(?![<*])|(?<![\w-])--[a-z][a-z-]*[a-z]\b")
"""Names of variables and options."""


def code(text: str) -> str:
    """Return a text in the type of code; what is special in Markdown or in a table is kept."""
    shown = " ".join(text.split())
    if shown and not _IN_BACKTICKS.search(shown):
        return f"`{shown}`"
    escaped = _SPECIAL.sub(_entity, html.escape(shown, quote=False))
    return f"<code>{escaped}</code>"


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def prose(text: str, *, marked: bool = True) -> str:
    """Return a text that was not written as Markdown, so that it is shown as it is.

    Parts between backticks are shown as code, and if ``marked``, so are the names of variables
    and options.
    """
    text = _NAMES.sub(r"`\g<0>`", text) if marked and "`" not in text else text
    parts = _CODE.split(text.replace("``", "`"))
    shown = (code(part[1:-1]) if _CODE.fullmatch(part) else _plain(part) for part in parts)
    return "".join(shown)


def _plain(text: str) -> str:
    return _SPECIAL.sub(_entity, html.escape(text, quote=False))


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown; ``""`` if there are no rows."""
    lines = [f"| {' | '.join(' '.join(cell.split()) for cell in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}", *lines]) + "\n"


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets."""
    return re.sub(r"[-\s]+", "-", _ANCHOR.sub("", heading).strip().lower())


def page(*parts: str) -> str:
    """Return a page of parts with a blank line between them; empty parts are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
