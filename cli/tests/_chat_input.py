"""The input of the chat, typed into by a test, on a terminal that the test can read."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import pyte
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
from ollama_cli.chat.screen.editing.editor import Editor
from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.layout import FloatContainer, HSplit, Layout, Window
from prompt_toolkit.output.vt100 import Vt100_Output

from ._router import PATIENCE_S

ENTER = "\r"
ESC = "\x1b"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
BACKSPACE, DELETE = "\x7f", "\x1b[3~"
_LAST = "\x1b[34~"
"""A key that nothing else uses; when it was taken, all before it was."""


def pasted(text: str) -> str:
    """Return what a terminal sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class FixedOffers:
    """Offers the same commands and values each time."""

    def __init__(
        self, commands: Mapping[str, str], values: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._commands = commands
        self._values = values

    def slash_commands(self) -> Mapping[str, str]:
        """Return what each slash command does."""
        return self._commands

    def values_of(self, command: str) -> Mapping[str, str]:
        """Return what may follow a slash command."""
        return self._values.get(command, {})


OFFERS = FixedOffers(
    {"help": "Show the commands.", "model": "Choose who answers.", "mode": "Be calm."},
    {"model": {"openai/gpt-oss-120b": "", "openai/gpt-oss-20b": "", "org/other": "a small one"}},
)


class Typist:
    """Types into an input, and knows what it sent.

    Attributes:
        editor: the input.
        sent: what it sent.
    """

    app: Application[None]

    def __init__(self, source: PipeInput, editor: Editor, written: io.StringIO) -> None:
        self.editor = editor
        self.sent: list[Entry] = []
        self.taken = 0
        self._source = source
        self._written = written
        self._size = Size(rows=24, columns=80)

    @property
    def text(self) -> str:
        """What the input holds."""
        return self.editor.entry.text

    @property
    def shown(self) -> str:
        """What the input shows."""
        return self.editor.entry.shown

    @property
    def screen(self) -> str:
        """The rows of the screen, without the empty ones at the end."""
        screen = pyte.Screen(self._size.columns, self._size.rows)
        pyte.Stream(screen).feed(self._written.getvalue())
        return "\n".join(line.rstrip() for line in screen.display).rstrip()

    def is_half_way(self) -> bool:
        """Whether a key was taken that another may follow."""
        return bool(self.app.key_processor.key_buffer)

    def is_commanding(self) -> bool:
        """Whether the keys are commands of vi."""
        return self.app.vi_state.input_mode == InputMode.NAVIGATION

    async def type(self, *keys: str) -> None:
        """Send keys, and wait until they were taken."""
        goal = self.taken + 1
        await self.send(*keys, _LAST)
        await self.until(lambda: self.taken >= goal)

    async def send(self, *keys: str) -> None:
        """Send keys, which may be taken later."""
        data = "".join(keys).encode(errors="surrogateescape")
        await asyncio.to_thread(self._source.send_bytes, data)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, (self.shown, self.screen)
            await asyncio.sleep(0.005)


async def _inside(act: Callable[[], Awaitable[None]]) -> None:
    await act()


@asynccontextmanager
async def typist(
    history: History | None = None, *, offers: FixedOffers = OFFERS, vi: bool = False
) -> AsyncIterator[Typist]:
    """Open an input."""
    written = io.StringIO()
    output = Vt100_Output(written, lambda: Size(rows=24, columns=80), term="xterm")
    with create_pipe_input() as source:
        editor = Editor(
            offers=offers,
            history=history or History(None),
            vi=vi,
            accept=lambda entry: found.sent.append(entry),
            outside=_inside,
        )
        found = Typist(source, editor, written)
        keys = KeyBindings()

        @keys.add("f20")
        def _(_event: object) -> None:
            found.taken += 1

        app: Application[None] = Application(
            layout=Layout(
                FloatContainer(HSplit([editor.container(), Window(height=8)]), editor.menus()),
                focused_element=editor.buffer,
            ),
            key_bindings=merge_key_bindings([editor.key_bindings, keys]),
            input=source,
            output=output,
        )
        editor.attach(app)
        app.timeoutlen = None  # no key is taken only because time passes
        found.app = app
        failures: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, found: failures.append(found))
        running = asyncio.create_task(app.run_async(set_exception_handler=False))
        await found.until(lambda: app.is_running and written.getvalue())
        try:
            yield found
        finally:
            if app.is_running:
                app.exit()
            await running
        assert not failures
