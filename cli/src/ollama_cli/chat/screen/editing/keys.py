"""The keys of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.filters import emacs_mode, has_focus
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from ollama_cli.chat.screen.editing.entering import continue_line, is_open
from ollama_cli.chat.screen.editing.receiving import NEW_LINE

if TYPE_CHECKING:
    from ollama_cli.chat.screen.editing.editor import Editor


def key_bindings(editor: Editor) -> KeyBindings:
    """Return the keys of an input, which count while it has the focus."""
    keys = KeyBindings()
    buffer = editor.buffer
    here = has_focus(buffer)

    @keys.add("enter", filter=here)
    def _enter(event: KeyPressEvent) -> None:
        if is_open(buffer.text):
            buffer.newline(copy_margin=False)
        elif not continue_line(buffer):
            editor.send()

    @keys.add(NEW_LINE, filter=here)
    @keys.add("escape", "enter", filter=here & emacs_mode)
    def _new_line(event: KeyPressEvent) -> None:
        buffer.newline(copy_margin=False)

    @keys.add(Keys.BracketedPaste, filter=here)
    def _paste(event: KeyPressEvent) -> None:
        editor.paste(event.data)

    return keys
