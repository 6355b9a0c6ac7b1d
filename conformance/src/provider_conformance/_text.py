"""Text that is not the kit's own, made safe to store and to show.

A provider's objects may refuse to be shown, and its text may hold what no file, XML document or
terminal can take. Whatever becomes part of a message, a report or a line on a terminal comes
through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST = 2000
"""Most characters of a foreign text that a message repeats."""

# Controls but tab and line feed, what turns the direction of text, separates lines or hides text,
# surrogates, and the two characters that XML forbids. Joiners stay: scripts and emoji need them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e00ff]"
)


def clean(text: str) -> str:
    r"""Return a text with escapes such as ``\x1b`` in place of what is unsafe to show or store.

    The result can be encoded, written to XML, and printed: it has no control characters other than
    tabs and line feeds, and no lone surrogates.
    """
    return _UNSAFE.sub(_escape, text)


def text_of(value: object) -> str:
    """Return ``str(value)``, or what is wrong with it if that raises."""
    return _shown(str, value)


def repr_of(value: object) -> str:
    """Return ``repr(value)``, or what is wrong with it if that raises."""
    return _shown(repr, value)


def clip(text: str, most: int = LONGEST) -> str:
    """Return a text, cut with a note of its length if it is too long."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def _shown(show: Callable[[object], str], value: object) -> str:
    # __str__ and __repr__ may be code of others, and this text belongs into a failure that is being
    # told: whatever they raise, SystemExit included, becomes a part of it.
    try:
        # A subclass of str could do anything when it is used; this makes it a plain one.
        return str.__str__(show(value))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - it is told in the text
        method = f"__{show.__name__}__"
        return f"<{type(value).__name__}, whose {method} raises {type(error).__name__}>"


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
