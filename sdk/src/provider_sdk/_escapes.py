"""Undoes the escapes with which texts quote each other, and remembers where everything stood.

Characters and sequences that a terminal does not show are undone too: somebody may strip them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from provider_sdk._patterns import Pattern

_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
)
# Escapes of escapes, such as ``\\\\u0041``, ``%2541`` and ``&amp;#65;``, are undone in one step.
# What a terminal does not show counts as an escape of nothing: sequences that control it, and
# characters without a picture. No part can be tried again from within itself, so the work grows
# with the text alone.
_ESCAPE = Pattern(
    r"""
    \\++ (?: (?-i:u) (?P<unit> [0-9a-f]{4})
           | (?-i:u) \{ 0*+ (?P<braced> [0-9a-f]{1,6}) \}
           | (?-i:U) (?P<code> [0-9a-f]{8})
           | (?-i:x) (?P<byte> [0-9a-f]{2})
           | (?P<octal> [0-3][0-7]{2}) )?
    | % (?:25)* (?: (?P<percent> [0-9a-f]{2}) | u (?P<percent_unit> [0-9a-f]{4}) )
    | (?: \x1b\[ | \x9b ) [\x20-\x3f]*+ [\x40-\x7e]?
    | (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] ) [^\x00-\x1f\x7f-\x9f]*+ (?: \x07 | \x1b\\ | \x9c )?
    | \x1b [\x20-\x2f]*+ [\x30-\x7e]?
    | [HIDDEN]
    | & (?:amp;)* (?P<entity> \# 0*+ [0-9]{1,7} | \#x 0*+ [0-9a-f]{1,6} | [a-z][a-z0-9]{1,31} ) ;
    """.replace("HIDDEN", _HIDDEN),
    re.IGNORECASE | re.VERBOSE,
)
_MARK = re.compile(rf"[\\%&+{_HIDDEN}]")
_MOST_CODE = 0x10FFFF


class Unescaped(NamedTuple):
    """A text without its escapes.

    Attributes:
        text: the text; a ``+`` is a space, as in forms.
        places: for each end of an escape, its place in ``text``; from 0 upwards.
        origins: the same places in the text that held the escapes.
    """

    text: str
    places: list[int]
    origins: list[int]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters from ``start`` to ``end`` came from."""
        first = bisect_right(self.places, start) - 1
        last = bisect_right(self.places, end - 1) - 1
        # Entries take turns: what begins at an even one is plain, and at an odd one an escape.
        begin = self.origins[first] + (0 if first % 2 else start - self.places[first])
        stop = self.origins[last + 1] if last % 2 else self.origins[last] + end - self.places[last]
        return begin, stop


def unescaped(text: str) -> Unescaped | None:
    """Return the text without one layer of escapes: JSON, Python, addresses, HTML, terminals.

    A backslash that escapes nothing is left out. ``None`` if there is nothing to undo.
    """
    if not _MARK.search(text):
        return None
    parts: list[str] = []
    places, origins = [0], [0]
    size = end = 0
    for found in _escapes_in(text):
        start = found.start()
        plain, char = text[end:start], _character(found)
        end = found.end()
        places += (size + len(plain), size + len(plain) + len(char))
        origins += (start, end)
        size = places[-1]
        parts += (plain, char)
    parts.append(text[end:])
    return Unescaped("".join(parts).replace("+", " "), places, origins)


def _escapes_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the escapes of a text.

    The pattern of all of them is tried only where one can begin: to search with it takes several
    times longer. And not with `finditer`, which looks up a method with a name of its own at each
    call: the interpreter's cache of methods would keep thousands of those.
    """
    end = 0
    while mark := _MARK.search(text, end):
        found = _ESCAPE.match(text, mark.start())
        end = found.end() if found else mark.end()
        if found:
            yield found


def _character(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind is None:
        return ""
    value = found[kind]
    if kind == "entity":
        import html  # with a table of all entities, of which most texts have none

        return html.unescape(f"&{value};")
    code = int(value, 8 if kind == "octal" else 16)
    return chr(code) if code <= _MOST_CODE else ""
