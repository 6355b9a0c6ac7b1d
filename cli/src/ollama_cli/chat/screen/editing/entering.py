"""What Enter does: it sends, or it begins a new line."""

from __future__ import annotations

import re

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from ollama_cli.chat.entries import QUOTES, continues
from ollama_cli.chat.screen.editing.folding import message

_QUOTED = re.compile(f"{QUOTES}(.*){QUOTES}\\s*", re.DOTALL)


def is_open(text: str) -> bool:
    """Return whether a text begins with quotes that nothing has ended yet."""
    return text.startswith(QUOTES) and _QUOTED.fullmatch(text) is None


def without_quotes(text: str) -> str:
    """Return a text without the quotes around it, and without the line breaks beside them.

    What was in quotes is a message, also if it begins with a slash.
    """
    found = _QUOTED.fullmatch(text)
    if found is None:
        return text
    return message(found[1].removeprefix("\n").removesuffix("\n"))


def continue_line(buffer: Buffer) -> bool:
    """Begin a new line if the line of the cursor ends in one backslash, which goes.

    Returns:
        Whether it did.
    """
    document = buffer.document
    if not continues(document.current_line):
        return False
    end = document.cursor_position + len(document.current_line_after_cursor)
    text = document.text[: end - 1] + "\n" + document.text[end:]
    buffer.save_to_undo_stack()
    buffer.document = Document(text, end)
    return True
