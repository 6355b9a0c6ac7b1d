"""What people see as one character may be several: letters with marks, flags, joined emoji.

Source: Unicode Standard Annex 29, section 3.1; only the rules that scripts and emoji in use need.
"""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_FURTHEST = 128
"""No character that people use has more code points, so none is looked for further away."""


def start_before(text: str, at: int) -> int:
    """Return where the character begins that ends at a place; the place itself at the start."""
    begin = max(text.rfind("\n", 0, at) + 1, at - _FURTHEST)
    if begin == at:
        return max(at - 1, 0)
    found = begin
    while (end := end_after(text, found)) < at:
        found = end
    return found


def end_after(text: str, at: int) -> int:
    """Return where the character ends that begins at a place; the place itself at the end."""
    if at >= len(text):
        return at
    end = at + 1
    while end < len(text) and end - at < _FURTHEST and _belongs(text, at, end):
        end += 1
    return end


def _belongs(text: str, start: int, at: int) -> bool:
    """Return whether a code point belongs to the character that begins at ``start``."""
    before, char = text[at - 1], text[at]
    if before.isascii() and char.isascii():
        return False
    if before == "\n":
        return False
    if char == _JOINER or _extends(char):
        return True
    if before == _JOINER:
        return unicodedata.category(char) == "So"
    if _is_flag_half(before) and _is_flag_half(char):
        return at - start == 1
    return _continues_syllable(before, char)


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # the colours of skin
        or "\U000e0020" <= char <= "\U000e007f"  # the regions of flags
        or char in "\u200c\uff9e\uff9f"
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _continues_syllable(before: str, char: str) -> bool:
    """Return whether a part of a Korean syllable continues what is before it."""
    if "\u1100" <= before <= "\u115f":
        return "\u1100" <= char <= "\u11a7" or "\uac00" <= char <= "\ud7a3"
    if "\u1160" <= before <= "\u11a7":
        return "\u1160" <= char <= "\u11ff"
    if "\u11a8" <= before <= "\u11ff":
        return "\u11a8" <= char <= "\u11ff"
    return "\uac00" <= before <= "\ud7a3" and "\u1160" <= char <= "\u11ff"
