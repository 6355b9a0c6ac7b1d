"""A plain input of one line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.layout.containers import AnyContainer, Float, Window
from prompt_toolkit.layout.controls import BufferControl

from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
from ollama_cli.chat.view import Offers


class Editor:
    """Takes a line."""

    def __init__(
        self,
        *,
        offers: Offers,
        history: History,
        vi: bool,
        accept: Callable[[Entry], None],
        outside: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]],
    ) -> None:
        self.buffer = Buffer(name="input", multiline=True)
        self.window = Window(
            BufferControl(self.buffer),
            wrap_lines=True,
            dont_extend_height=True,
            get_line_prefix=lambda line, wrap: "> " if line == wrap == 0 else "  ",
        )
        self.key_bindings = KeyBindings()

        @self.key_bindings.add("enter")
        def _enter(event: KeyPressEvent) -> None:
            entry = self.entry
            self.clear()
            if entry.text.strip():
                accept(entry)

    def attach(self, app: Application[object]) -> None:
        """Do nothing."""

    def container(self) -> AnyContainer:
        """Return the input."""
        return self.window

    def menus(self) -> list[Float]:
        """Return nothing."""
        return []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in the input."""
        return not self.buffer.text

    @property
    def entry(self) -> Entry:
        """What is in the input."""
        return Entry.of(self.buffer.text)

    def clear(self) -> None:
        """Forget the text."""
        self.buffer.reset()

    def put(self, entry: Entry) -> None:
        """Put an entry before what is in the input."""
        text = "\n".join(filter(None, (entry.text, self.buffer.text)))
        self.buffer.document = Document(text, len(text))
