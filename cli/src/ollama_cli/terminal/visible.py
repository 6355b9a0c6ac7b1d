"""Names and texts of others, shown so that nothing in them is hidden."""

from __future__ import annotations


def visible(text: object) -> str:
    r"""Return a text on one line, with each character that does not show itself as an escape.

    Where a user decides by what is shown, stripping is not enough: a character that moves the
    cursor, turns the direction of writing or is not seen at all becomes ``\x1b`` or ``\u202e``.
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown)
