"""The input of the chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from prompt_toolkit.application import Application
from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, has_focus, vi_navigation_mode
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.layout.containers import AnyContainer, Float, HSplit, Window
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import TabsProcessor
from prompt_toolkit.widgets import SearchToolbar

from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
from ollama_cli.chat.screen.editing.completing import Completing, is_wanted
from ollama_cli.chat.screen.editing.entering import without_quotes
from ollama_cli.chat.screen.editing.external import EditorError, edited
from ollama_cli.chat.screen.editing.folding import Folds
from ollama_cli.chat.screen.editing.keys import key_bindings, search_key_bindings
from ollama_cli.chat.screen.editing.recalling import Recalled
from ollama_cli.chat.screen.editing.receiving import receive_from
from ollama_cli.chat.screen.editing.showing import Unfolding
from ollama_cli.chat.view import Offers
from ollama_cli.terminal.output import print_err

PROMPT = "> "
PROMPT_OF_COMMANDS = ": "
"""Shown instead while the keys are commands of vi."""

_SEQUENCE_SECONDS = 0.05
"""How long Esc may be the beginning of the sequence of a key."""

_MENU_ROWS = 8


class Editor:
    """The input of the chat.

    Args:
        offers: what may be completed.
        history: what was entered before; what is sent is added.
        vi: whether the keys are those of vi; else those of emacs.
        accept: takes what is sent.
        outside: runs something that needs the whole terminal.

    Attributes:
        buffer: the text, in which folded pastes are one character each; ``entry`` has all of it.
        key_bindings: the keys of editing; the application's own bindings must hold them.
    """

    def __init__(
        self,
        *,
        offers: Offers,
        history: History,
        vi: bool,
        accept: Callable[[Entry], None],
        outside: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]],
    ) -> None:
        self._history = history
        self._vi = vi
        self._accept = accept
        self._outside = outside
        self._folds = Folds()
        self._recalled = Recalled(history, self._folds)
        self._search = SearchToolbar(ignore_case=True, vi_mode=vi)
        self._search.control.key_bindings = search_key_bindings()
        self._completing = Completing(offers)
        self.buffer = Buffer(
            name="input",
            history=self._recalled,
            multiline=True,
            completer=self._completing,
            complete_while_typing=Condition(lambda: is_wanted(self.buffer.document)),
            enable_history_search=True,
        )
        self._control = BufferControl(
            self.buffer,
            input_processors=[Unfolding(self._folds), TabsProcessor(char1=" ", char2=" ")],
            search_buffer_control=self._search.control,
            preview_search=True,
        )
        self.window = Window(
            self._control,
            height=self._height,
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=_prefix,
            style="class:input",
        )
        self.key_bindings: KeyBindings = key_bindings(self)

    def attach(self, app: Application[object]) -> None:
        """Prepare an application, before it runs: its keys, and how it reads pastes and Esc."""
        receive_from(app.input, lambda: self.buffer.complete_state is not None)
        app.editing_mode = EditingMode.VI if self._vi else EditingMode.EMACS
        app.ttimeoutlen = _SEQUENCE_SECONDS

    def container(self) -> AnyContainer:
        """Return the input with its prompt, and below it the search while one runs."""
        return HSplit([self.window, self._search])

    def menus(self) -> list[Float]:
        """Return what floats over the rest: the menu of completions."""
        menu = CompletionsMenu(
            max_height=_MENU_ROWS, scroll_offset=1, extra_filter=has_focus(self.buffer)
        )
        return [Float(menu, xcursor=True, ycursor=True, transparent=True)]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in the input."""
        return not self.buffer.text

    async def completions_are_known(self) -> None:
        """Wait until no completions are being looked for."""
        while not self._completing.idle.is_set():
            await self._completing.idle.wait()

    @property
    def entry(self) -> Entry:
        """What is in the input."""
        return self._folds.entry(self.buffer.text)

    def clear(self) -> None:
        """Forget the text, which stays reachable in the history of this process."""
        if self.buffer.text.strip():
            self._history.add_here(self.entry)
        self._reset()

    def put(self, entry: Entry) -> None:
        """Put an entry before what is in the input, with the cursor after all of it."""
        here = self.buffer.text
        text = self._folds.inserted(entry, here)
        text = "\n".join(filter(None, (text, here)))
        self.buffer.document = Document(text, len(text))

    def paste(self, text: str) -> None:
        """Insert a paste at the cursor, or for what is selected with Shift; folded if it is big."""
        if self.buffer.selection_state and self.buffer.selection_state.shift_mode:
            self.buffer.cut_selection()
        self.buffer.insert_text(self._folds.pasted(text, self.buffer.text))

    def send(self) -> None:
        """Send what is in the input, unless it is blank."""
        text = without_quotes(self.buffer.text)
        entry = self._folds.entry(text)
        self._reset()
        if entry.text.strip():
            self._history.add(entry)
            self._accept(entry)

    async def edit_outside(self) -> None:
        """Let the user edit the input, with nothing folded, in an editor of their own.

        What comes back counts as typed, and is not sent.
        """
        error: EditorError | None = None

        async def act() -> None:
            nonlocal error
            before = self.buffer.text  # another editor may have been open until now
            try:
                text = await edited(self._folds.whole(before))
            except EditorError as found:
                error = found
                return
            text = self._folds.typed(text)
            if (now := self.buffer.text) != before:  # something was put back meanwhile
                text = "\n".join(filter(None, (text, now)))
            self.buffer.document = Document(text, len(text))

        await self._outside(act)
        if error is not None:
            print_err(f"Error: {error}")

    def _reset(self) -> None:
        self.buffer.reset()
        get_app().vi_state.input_mode = InputMode.INSERT
        self.buffer.load_history_if_not_yet_loaded()  # Up may be the next key
        self._completing.forget()
        self._folds.forget_all_but(
            [*self._recalled.get_strings(), get_app().clipboard.get_data().text]
        )

    def _height(self) -> Dimension:
        rows = get_app().output.get_size().rows
        return Dimension(min=1, max=max(1, rows // 3))


def _prefix(line: int, wrap: int) -> AnyFormattedText:
    if line == wrap == 0:
        return [("class:prompt", PROMPT_OF_COMMANDS if vi_navigation_mode() else PROMPT)]
    return " " * len(PROMPT)
