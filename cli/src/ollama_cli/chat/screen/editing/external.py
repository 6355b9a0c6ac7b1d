"""Editing a text in the user's own editor."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ollama_cli.terminal.escapes import on_one_line

VARIABLES = {
    "VISUAL": "the editor of a message in the chat",
    "EDITOR": "the editor of a message in the chat, if VISUAL is not set",
}
"""The variables that are read here, and what they set."""

_USUAL = ("editor", "nano", "vi", "notepad")
_NAME = "message.md"


class EditorError(Exception):
    """The text was not edited; the message says why."""


async def edited(text: str) -> str:
    """Return a text after the user edited it; the editor has the terminal meanwhile.

    A line break that the editor puts at the end goes. Nobody else can read the file.

    Raises:
        EditorError: there is no editor, it cannot be started or fails, or what it leaves is not
            text.
    """
    command = _command()
    name = on_one_line(command[0])
    with _told("no file for the editor can be made"):
        folder = tempfile.mkdtemp(prefix="ollama-cli-")
    path = str(Path(folder) / _NAME)
    try:
        _write(path, text)
        with _told(f"the editor {name} cannot be started"):
            process = await asyncio.create_subprocess_exec(*command, path)
        if status := await process.wait():
            raise EditorError(f"the editor {name} failed ({status}); the input is as it was")
        found = _read(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found if text.endswith("\n") else found.removesuffix("\n")


def _write(path: str, text: str) -> None:
    with (
        _told("the file for the editor cannot be written"),
        open(path, "x", encoding="utf-8", newline="\n", opener=_private) as file,
    ):
        file.write(text)


def _read(path: str) -> str:
    with _told("what the editor left cannot be read"):
        return Path(path).read_bytes().decode().replace("\r\n", "\n")


def _command() -> list[str]:
    for variable in VARIABLES:
        if chosen := os.environ.get(variable, "").strip():
            with _told(f"{variable} is not a command"):
                return shlex.split(chosen, posix=sys.platform != "win32")
    for name in _USUAL:
        if found := shutil.which(name):
            return [found]
    raise EditorError("no editor was found; the variable EDITOR can name one")


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Return a context whose errors become an ``EditorError`` that begins with ``what``."""
    try:
        yield
        return
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
    raise EditorError(f"{what}: {reason}")
