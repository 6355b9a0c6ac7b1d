"""The keys of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import get_common_complete_suffix
from prompt_toolkit.filters import (
    Condition,
    Filter,
    emacs_mode,
    has_arg,
    has_focus,
    has_selection,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.bindings.search import abort_search
from prompt_toolkit.key_binding.key_processor import KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys

from ollama_cli.chat.screen.editing.completing import is_wanted
from ollama_cli.chat.screen.editing.entering import continue_line, is_open
from ollama_cli.chat.screen.editing.graphemes import end_after, start_before
from ollama_cli.chat.screen.editing.receiving import CLOSE_MENU, NEW_LINE

if TYPE_CHECKING:
    from ollama_cli.chat.screen.editing.editor import Editor

_LONGEST_SEARCHED = 200


def key_bindings(editor: Editor) -> KeyBindings:
    """Return the keys of an input, which count while it has the focus."""
    keys = KeyBindings()
    here = has_focus(editor.buffer)
    _add_sending(keys, editor, here)
    _add_completing(keys, editor, here)
    _add_characters(keys, editor.buffer, here)
    _add_recalling(keys, editor.buffer, here)
    _add_registers(keys, here)
    return keys


def _add_sending(keys: KeyBindings, editor: Editor, here: Filter) -> None:
    buffer = editor.buffer

    @keys.add("enter", filter=here)
    def _enter(event: KeyPressEvent) -> None:
        if buffer.complete_state and buffer.complete_state.current_completion:
            _take_selected(buffer)
        elif is_open(buffer.text):
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

    @keys.add("c-x", "c-e", filter=here)
    @keys.add("v", filter=here & vi_navigation_mode)
    def _edit(event: KeyPressEvent) -> None:
        event.app.create_background_task(editor.edit_outside())


def _add_completing(keys: KeyBindings, editor: Editor, here: Filter) -> None:
    buffer = editor.buffer

    @Condition
    def menu_is_open() -> bool:
        return buffer.complete_state is not None

    @keys.add("tab", filter=here & (emacs_mode | vi_insert_mode))
    def _tab(event: KeyPressEvent) -> None:
        if state := _found(buffer):
            _complete(buffer, state)
        else:
            event.app.create_background_task(_complete_when_found(editor))

    @keys.add(CLOSE_MENU, filter=here)
    @keys.add("escape", filter=here & menu_is_open & emacs_mode)
    def _close(event: KeyPressEvent) -> None:
        buffer.cancel_completion()


def _add_characters(keys: KeyBindings, buffer: Buffer, here: Filter) -> None:
    """Let these keys take what people see as one character, although it is several."""
    plain = here & ~has_arg & ~has_selection
    typing = plain & (emacs_mode | vi_insert_mode)

    def first(event: KeyPressEvent) -> bool:
        return not event.is_repeat

    @keys.add("backspace", filter=typing, save_before=first)
    def _backspace(event: KeyPressEvent) -> None:
        at = buffer.cursor_position
        buffer.delete_before_cursor(at - start_before(buffer.text, at))
        if is_wanted(buffer.document):
            buffer.start_completion()

    @keys.add("delete", filter=typing, save_before=first)
    def _delete(event: KeyPressEvent) -> None:
        at = buffer.cursor_position
        buffer.delete(end_after(buffer.text, at) - at)

    @keys.add("left", filter=plain)
    @keys.add("c-b", filter=plain & emacs_mode)
    def _left(event: KeyPressEvent) -> None:
        if buffer.document.cursor_position_col:
            buffer.cursor_position = start_before(buffer.text, buffer.cursor_position)

    @keys.add("right", filter=plain)
    @keys.add("c-f", filter=plain & emacs_mode)
    def _right(event: KeyPressEvent) -> None:
        if not buffer.document.is_cursor_at_the_end_of_line:
            buffer.cursor_position = end_after(buffer.text, buffer.cursor_position)


def _add_recalling(keys: KeyBindings, buffer: Buffer, here: Filter) -> None:
    @keys.add("up", filter=here)
    def _up(event: KeyPressEvent) -> None:
        if not buffer.text:  # whoever deleted an old entry begins with the newest again
            buffer.go_to_history(len(buffer.history.get_strings()))
        buffer.auto_up(count=event.arg)


def _add_registers(keys: KeyBindings, here: Filter) -> None:
    """Let vi's ``"adw`` be ``dw``: prompt_toolkit fails at the name of a register before it."""

    def without_register(event: KeyPressEvent) -> None:
        event.key_processor.feed(KeyPress(event.data, event.data), first=True)

    for operator in "dcy":
        keys.add('"', Keys.Any, operator, filter=here & vi_navigation_mode)(without_register)


def search_key_bindings() -> KeyBindings:
    """Return the keys that mean something else while the history is searched."""
    keys = KeyBindings()

    # These would be the chat's own, so they must belong to the window that has the focus.
    keys.add("c-c", eager=True)(abort_search)
    keys.add("c-d", eager=True)(abort_search)

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        lines = event.data.strip().splitlines()
        event.current_buffer.insert_text(lines[0][:_LONGEST_SEARCHED] if lines else "")

    return keys


def _take_selected(buffer: Buffer) -> None:
    """Close the menu; what was selected is in the input. A folder opens it again."""
    buffer.complete_state = None
    if buffer.document.text_before_cursor.endswith("/") and is_wanted(buffer.document):
        buffer.start_completion()


def _found(buffer: Buffer) -> CompletionState | None:
    state = buffer.complete_state
    return state if state and state.completions else None


def _complete(buffer: Buffer, state: CompletionState) -> None:
    """Insert what all completions have in common, else select the next of them."""
    common = get_common_complete_suffix(buffer.document, state.completions)
    if common and state.complete_index is None:
        buffer.insert_text(common)
    else:
        buffer.complete_next()


async def _complete_when_found(editor: Editor) -> None:
    """Complete as soon as what fits is known, unless another key is faster."""
    buffer = editor.buffer
    document = buffer.document
    await editor.completions_are_known()
    if buffer.document != document:
        return
    if state := _found(buffer):
        _complete(buffer, state)
    else:
        buffer.start_completion(insert_common_part=True)
