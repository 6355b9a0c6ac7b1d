"""The chat on a terminal: what is finished is printed for good, and the input stays below it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from prompt_toolkit.application import in_terminal
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.key_binding import merge_key_bindings

from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
from ollama_cli.chat.screen.app import ChatApplication
from ollama_cli.chat.screen.editing.editor import Editor
from ollama_cli.chat.screen.frames import Frames
from ollama_cli.chat.screen.keys import Typing, key_bindings
from ollama_cli.chat.screen.layout import STYLE, Rows
from ollama_cli.chat.screen.output import ScreenOutput
from ollama_cli.chat.screen.restoring import resetting_device, restored
from ollama_cli.chat.screen.state import HOW_TO_LEAVE, State, Work
from ollama_cli.chat.screen.streams import taken
from ollama_cli.chat.screen.suspending import JobControl
from ollama_cli.chat.screen.transcript import Transcript
from ollama_cli.chat.view import Offers
from ollama_cli.terminal import clipboard
from ollama_cli.terminal.escapes import escaped_as_json
from ollama_cli.terminal.pages import make_page
from ollama_cli.terminal.renderer import Renderer
from ollama_cli.terminal.text_renderer import TextRenderer

_LOOK_AT_SIZE_S = 0.5 if sys.platform == "win32" else None
"""How often the size of the terminal is looked at; elsewhere a signal tells that it changed."""

_BOLD, _NORMAL = "\x1b[1m", "\x1b[0m"


class ScreenView:
    """Shows a chat on a terminal, with the input at the bottom.

    Finished lines are printed once and never changed, so that scrolling, selecting and copying are
    the terminal's own.

    Args:
        history: what was entered before.
        vi: whether the keys of the input are those of vi.
        keys: where keys come from; by default standard input.
    """

    keeps_status = True
    is_typed = True

    def __init__(
        self, *, history: History | None = None, vi: bool = False, keys: Input | None = None
    ) -> None:
        self._history = history or History(None)
        self._vi = vi
        self._keys = keys
        self._state = State()
        self._transcript = Transcript()
        self._arrived = asyncio.Event()
        self._left = False
        self._answer: asyncio.Future[bool] | None = None
        self._typing = Typing()
        self._asking = asyncio.Lock()
        self._app: ChatApplication | None = None

    @asynccontextmanager
    async def open(self, offers: Offers) -> AsyncIterator[None]:
        """Return a context in which the chat is shown and entries are taken."""
        output = ScreenOutput(sys.stdout)
        output.on_gone = self.leave
        app = self._app = self._application(offers, output)
        self._frames = Frames(app, self._transcript)
        reset_device = resetting_device()
        self._jobs = JobControl(app, reset_device)
        with restored(output, reset_device), taken(self._frames.feed):
            started = asyncio.Event()
            running = asyncio.create_task(self._run(app, started))
            try:
                await started.wait()
                yield
            finally:
                await started.wait()  # what has not begun cannot be ended
                self._transcript.end_line()
                self._frames.close()
                app.end()
                await running

    @property
    def has_left(self) -> bool:
        """Whether Ctrl-D was pressed, or the terminal is gone."""
        return self._left

    async def next_entry(self) -> Entry | None:
        """Return the next entry; ``None`` to leave."""
        self._state.wants_entry = True
        try:
            while not self._state.queue and not self._left:
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._state.wants_entry = False
        if self._left:
            return None
        entry = self._state.queue.popleft()
        self._show(entry)
        return entry

    def renderer(self, *, reasoning: bool, verbose: bool) -> Renderer:
        """Return what shows the next answer."""
        page = make_page(raw=False, extract_code=False, to_file=False)
        return TextRenderer(page, verbose=verbose, reasoning=reasoning)

    @contextmanager
    def working(self, what: str, stop: Callable[[], object]) -> Iterator[None]:
        """Return a context in which the chat is busy, and Ctrl-C calls ``stop``."""
        work = Work(what, stop)
        before, self._state.work = self._state.work, work
        seconds = asyncio.create_task(self._count_seconds(work))
        try:
            yield
        finally:
            seconds.cancel()
            self._state.work = before
            self._transcript.end_line()
            self._frames.soon()

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no, in place of the input."""
        async with self._asking:
            if self._left:
                return False
            self._state.question = question
            self._typing.asked()
            self._answer = asyncio.get_running_loop().create_future()
            self._changed()
            try:
                return await self._answer
            finally:
                self._answer = self._state.question = None
                self._changed()

    def put_back(self, entry: Entry) -> None:
        """Put an entry back into the input, if nothing was typed there."""
        if self._editor.is_empty:
            self._editor.put(entry)

    def status(self, line: str) -> None:
        """Show a status line below the input."""
        self._state.status = line
        self._changed()

    def copy(self, text: str) -> None:
        """Put a text on the clipboard of the terminal, past everything that is shown.

        Raises:
            click.UsageError: it is too long.
        """
        if self._app is not None:
            self._app.output.write_raw(clipboard.sequence(text))
            self._app.output.flush()

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self._answer is not None and not self._answer.done()

    @property
    def is_empty(self) -> bool:
        """Whether the input is empty."""
        return self._editor.is_empty

    def answer(self, yes: bool) -> None:
        """Answer the question."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(yes)

    def interrupt(self) -> None:
        """Do what Ctrl-C means now: no, stop, clear the input, or say how to leave."""
        if self._app is None or self._app.is_away:
            return  # it is for what has the terminal, such as an editor
        if self.asks:
            self.answer(False)
        elif self._state.work is not None:
            self._state.work.end()
            self._unqueue()
        elif not self._editor.is_empty:
            self._editor.clear()
        else:
            self._state.hint = HOW_TO_LEAVE

    def leave(self) -> None:
        """Stop what is being done, and leave."""
        self._left = True
        self._arrived.set()
        self.answer(False)
        if self._state.work is not None:
            self._state.work.end()

    def suspend(self) -> None:
        """Let the shell have the terminal until it continues this process."""
        self._jobs.suspend()

    def _application(self, offers: Offers, output: ScreenOutput) -> ChatApplication:
        self._editor = Editor(
            offers=offers,
            history=self._history,
            vi=self._vi,
            accept=self._accept,
            outside=self._outside,
        )
        editor = self._editor
        rows = Rows(self._state, self._transcript)
        app = ChatApplication(
            output,
            layout=rows.layout(editor.container(), editor.menus(), editor.window),
            key_bindings=merge_key_bindings(
                [editor.key_bindings, key_bindings(self, self._typing)]
            ),
            style=STYLE,
            include_default_pygments_style=False,
            erase_when_done=True,
            max_render_postpone_time=None,
            terminal_size_polling_interval=_LOOK_AT_SIZE_S,
            input=self._keys or create_input(sys.stdin),
        )
        editor.attach(app)
        app.key_processor.before_key_press += self._forget_hint
        editor.buffer.on_text_insert += self._typing.note
        return app

    def _changed(self) -> None:
        if self._app is not None:
            self._app.invalidate()

    async def _run(self, app: ChatApplication, started: asyncio.Event) -> None:
        def begin() -> None:
            app.begin()
            started.set()

        try:
            with suppress(EOFError), self._jobs.watching():  # at its end, the terminal is gone
                await app.run_async(pre_run=begin, set_exception_handler=False)
        finally:
            started.set()
            self.leave()

    async def _count_seconds(self, work: Work) -> None:
        while True:
            await asyncio.sleep(work.until_it_changes())
            self._changed()

    def _accept(self, entry: Entry) -> None:
        self._typing.end()
        self._state.queue.append(entry)
        self._arrived.set()

    def _forget_hint(self, _: object) -> None:
        self._state.hint = ""

    def _unqueue(self) -> None:
        while self._state.queue:
            self._editor.put(self._state.queue.pop())

    def _show(self, entry: Entry) -> None:
        first, *others = escaped_as_json(entry.shown).split("\n")
        lines = [f"> {first}", *(f"  {line}" for line in others)]
        self._transcript.separate()
        self._transcript.feed("".join(f"{_BOLD}{line}{_NORMAL}\n" for line in lines))
        self._frames.draw()

    async def _outside(self, act: Callable[[], Awaitable[None]]) -> None:
        async with in_terminal():
            await act()
