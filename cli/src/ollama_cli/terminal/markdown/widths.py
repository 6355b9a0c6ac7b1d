"""How many columns of a terminal a text takes."""

from __future__ import annotations

from functools import lru_cache

_AS_PICTURE = "\ufe0f"
"""Makes the character before it a picture, which most terminals show two columns wide."""


def width_of(text: str) -> int:
    """Return the columns that a text without line breaks takes, at most."""
    return len(text) if text.isascii() else sum(map(width_of_character, text))


@lru_cache(maxsize=4096)
def width_of_character(character: str) -> int:
    """Return 0, 1 or 2 columns."""
    import unicodedata  # most answers need it for few characters, or for none

    if character == _AS_PICTURE:
        return 1
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    # Marks are shown with the character before them; what only joins or formats is not shown.
    invisible = unicodedata.category(character) in ("Mn", "Me", "Cf")
    return 0 if invisible or "\u1160" <= character <= "\u11ff" else 1
