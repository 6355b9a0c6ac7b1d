"""Keys with Ctrl, Alt or Shift, as terminals send them that tell all of them apart.

Such a terminal, or one that runs in tmux, may do so without being asked. prompt_toolkit would type
what it does not know of them into the input.

Sources: https://invisible-island.net/xterm/modified-keys.html and
https://sw.kovidgoyal.net/kitty/keyboard-protocol.
"""

from __future__ import annotations

import re

ENTER = "\r"
SHIFT_TAB = "\x1b[Z"

PATTERN = r"\x1b\[(?:27;\d+;\d+~|\d+(?:;\d+)?u)"
"""A pattern of what is sent for such a key."""

_NUMBERS = re.compile(r"\d+")
_SHIFT, _ALT, _CTRL = 1, 2, 4
_LAST_CHARACTER = 0xD7FF
"""Greater numbers are for keys without a character, such as those for volume."""


def key_of(sequence: str) -> str | None:
    """Return what terminals usually send for a key; ``None`` for Enter with another key.

    It is empty for a key that means nothing here.
    """
    numbers = [int(number[:9]) for number in _NUMBERS.findall(sequence)]
    code, modifiers = numbers[0], (numbers[1:] or [1])[0]
    if sequence.endswith("~"):
        _, modifiers, code = numbers
    held = modifiers - 1
    if code > _LAST_CHARACTER or held < 0:
        return ""
    char = chr(code)
    if char == ENTER:
        return None if held & (_SHIFT | _ALT | _CTRL) else ENTER
    if char == "\t" and held & _SHIFT:
        return SHIFT_TAB
    if held & _CTRL and "@" <= char.upper() <= "_":
        char = chr(ord(char.upper()) & 0x1F)
    elif held & _CTRL and char == " ":
        char = "\0"
    return f"\x1b{char}" if held & _ALT else char
