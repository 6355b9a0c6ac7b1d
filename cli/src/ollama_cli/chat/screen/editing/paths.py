"""Finds files for ``@path`` and ``/file``, without keeping the input waiting."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ollama_cli.inputs.mentions import BEFORE
from ollama_cli.terminal.escapes import without_escapes

MOST_FOUND = 200
SECONDS = 0.3
"""How long a folder is read; what was found by then is offered."""

_REST_EVERY = 500

# As in ``inputs.mentions``, up to the cursor.
_MENTION = re.compile(BEFORE + r"""@(?:"(?P<quoted>[^"\n]*)|(?P<plain>(?:[^\s@"]\S*)?))\Z""")
_AFTER_COMMAND = re.compile(r"/(?:file|image)[ \t]+([^\n]*)", re.IGNORECASE)
_UNUSABLE = re.compile("[\t\n\r\v\f\ud800-\udfff]")
_NEEDS_QUOTES = re.compile(r'\s|^[@"]')


class Mention(NamedTuple):
    """What stands before the cursor, if it begins to mention a file.

    Attributes:
        path: the path as far as it was written.
        length: how many characters it has with the ``@`` and the quote.
        quoted: whether it begins with a quote.
        bare: whether it is a path alone, as after ``/file``.
    """

    path: str
    length: int
    quoted: bool
    bare: bool = False


class Found(NamedTuple):
    """A file or a folder that a mention may become.

    Attributes:
        name: its name; a folder's ends in a slash.
        mention: what to write for it.
    """

    name: str
    mention: str


def mention_in(line: str) -> Mention | None:
    """Return the mention at the end of a line up to the cursor; ``None`` without one."""
    found = _MENTION.search(line)
    if found is None:
        return None
    quoted, plain = found["quoted"], found["plain"]
    path = plain if quoted is None else quoted
    return Mention(path, len(found[0]), quoted is not None)


def path_in(text: str) -> Mention | None:
    """Return the path after a slash command that takes one; ``None`` without such a command."""
    found = _AFTER_COMMAND.fullmatch(text)
    return found and Mention(found[1], len(found[1]), quoted=False, bare=True)


def files(mention: Mention) -> list[Found]:
    """Return what a mention may become, by name; folders among the files.

    At most ``MOST_FOUND`` are returned, and a folder that cannot be read has none. A hidden file
    is found only if a dot was written, and a name with control characters never.
    """
    folder, _, begun = mention.path.rpartition("/")
    if "/" in mention.path:
        folder += "/"
    try:
        place = Path(folder or ".").expanduser()
        found = list(_entries(str(place), begun))
    except (OSError, ValueError, RuntimeError):
        return []
    found.sort(key=lambda name: name.casefold())
    if mention.bare:
        return [Found(name, folder + name) for name in found]
    made = (Found(name, _written(folder + name, mention.quoted)) for name in found)
    return [each for each in made if each.mention]


def _entries(folder: str, begun: str) -> Iterator[str]:
    """Yield names that begin with what was written, a folder's with a slash."""
    end = time.monotonic() + SECONDS
    exact = begun != begun.casefold()
    number = 0
    with os.scandir(folder) as entries:
        for seen, entry in enumerate(entries, start=1):
            if seen % _REST_EVERY == 0:
                time.sleep(0)  # lets the input have its turn
                if time.monotonic() > end:
                    return
            name = entry.name
            if not (name if exact else name.casefold()).startswith(begun):
                continue
            if name.startswith(".") and not begun.startswith("."):
                continue
            if _UNUSABLE.search(name) or without_escapes(name) != name:
                continue
            yield f"{name}/" if _is_folder(entry) else name
            number += 1
            if number == MOST_FOUND:
                return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _written(path: str, quoted: bool) -> str:
    """Return the mention of a path; ``""`` if it cannot be mentioned."""
    if not quoted and not _NEEDS_QUOTES.search(path):
        return f"@{path}"
    if '"' in path:
        return ""
    return f'@"{path}' if path.endswith("/") else f'@"{path}"'
