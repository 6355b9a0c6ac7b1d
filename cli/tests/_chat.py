"""The chat in tests: a view that gives entries from a script, and records what is shown."""

import asyncio
import io
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from inspect import isawaitable
from typing import Any

from ollama_cli.asking.chat_options import with_effort
from ollama_cli.chat.chat import Chat
from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.chat.view import Offers
from ollama_cli.chat.world import World
from ollama_cli.choosing.choice import choose
from ollama_cli.choosing.routing import load_settings
from ollama_cli.conversation.current import CurrentSession
from ollama_cli.conversation.keeping import Wanted
from ollama_cli.terminal.pages import PlainPage
from ollama_cli.terminal.renderer import Renderer
from ollama_cli.terminal.text_renderer import TextRenderer
from provider_sdk import (
    ChatCall,
    ChatStream,
    Delta,
    ProviderWarning,
    StreamEnd,
    StreamEvent,
)
from provider_sdk.testing import FakeCall, FakeProvider

Action = Callable[[Chat], object | Awaitable[object]]
"""Something that happens between two entries, such as a change of the settings."""


def pasted(text: str, typed: str = "") -> Entry:
    """Return an entry of typed text, and then pasted text."""
    return Entry((Piece(typed), Piece(text, typed=False)), f"{typed}[pasted]")


class Pausing(FakeProvider):
    """Streams the words of its answer with a pause before each, in which Ctrl-C is heard.

    Args:
        answer: the words of every answer.
    """

    def __init__(self, *answer: str) -> None:
        super().__init__()
        self.answers = answer

    async def answer(self, call: ChatCall) -> ChatStream:
        """Stream the words."""
        self.calls.append(FakeCall(call.messages, call.model, call.stream, {**call.options}))
        return ChatStream(_Words(self.answers), provider=self.name, model=call.model)


class _Words:
    def __init__(self, words: Sequence[str]) -> None:
        self._events = iter([*([Delta(word)] for word in words), [StreamEnd()]])

    async def read(self) -> Sequence[StreamEvent] | None:
        await asyncio.sleep(0)
        return next(self._events, None)

    async def drain(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class ScriptedView:
    """Gives entries from a script, and records what is shown.

    Args:
        script: texts, entries, and what is done between them.
        answers: what ``confirm`` returns, one after the other; no when they are used up.
        stop_at: Ctrl-C is pressed once, as soon as this was shown while the chat is busy.

    Attributes:
        chat: the chat that it shows.
        shown: what was shown since it was opened, and after each entry was given: one text each.
            What is shown before the first entry is the first text.
        questions: what ``confirm`` was asked.
        back: the entries that were put back.
        copied: what was copied.
        worked: what was said to be done, while the chat was busy.
        statuses: the status lines.
        keeps_status: whether a status line stays in sight.
        is_typed: whether somebody types the entries.
        has_left: whether the user has left.
    """

    def __init__(
        self,
        script: Sequence[str | Entry | Action],
        answers: Sequence[bool] = (),
        stop_at: str | None = None,
    ) -> None:
        self.chat: Chat | None = None
        self.shown: list[str] = [""]
        self.questions: list[str] = []
        self.back: list[Entry] = []
        self.copied: list[str] = []
        self.worked: list[str] = []
        self.statuses: list[str] = []
        self.keeps_status = True
        self.is_typed = True
        self.has_left = False
        self._script = iter(script)
        self._answers = iter(answers)
        self._stop_at = stop_at
        self._stop: Callable[[], object] | None = None

    @property
    def text(self) -> str:
        """Return all that was shown."""
        return "".join(self.shown)

    @property
    def last(self) -> str:
        """Return what was shown after the last entry."""
        return self.shown[-1]

    @asynccontextmanager
    async def open(self, offers: Offers) -> AsyncIterator[None]:
        """Record whatever is written to standard output and standard error."""
        assert isinstance(offers, Chat)
        self.chat = offers
        before = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = _Recorded(self._record)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before

    async def next_entry(self) -> Entry | None:
        """Return the next entry, after doing what stands before it."""
        for item in self._script:
            if callable(item):
                done = item(self.chat)
                if isawaitable(done):
                    await done
                continue
            self.shown.append("")
            return item if isinstance(item, Entry) else Entry.of(item)
        return None

    def renderer(self, *, reasoning: bool, verbose: bool) -> Renderer:
        """Return what shows the next answer."""
        return TextRenderer(PlainPage(), verbose=verbose, reasoning=reasoning)

    @contextmanager
    def working(self, what: str, stop: Callable[[], object]) -> Iterator[None]:
        """Note what is done; Ctrl-C may be pressed within."""
        self.worked.append(what)
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None

    async def confirm(self, question: str) -> bool:
        """Note the question, and answer it."""
        await asyncio.sleep(0)
        self.questions.append(question)
        return next(self._answers, False)

    def put_back(self, entry: Entry) -> None:
        """Note it."""
        self.back.append(entry)

    def stop(self) -> None:
        """Press Ctrl-C while the chat is busy."""
        assert self._stop is not None
        self._stop()

    def status(self, line: str) -> None:
        """Note it."""
        self.statuses.append(line)

    def copy(self, text: str) -> None:
        """Note it."""
        self.copied.append(text)

    def _record(self, text: str) -> None:
        self.shown[-1] += text
        if self._stop_at is not None and self._stop is not None and self._stop_at in self.last:
            self._stop_at = None
            self._stop()


class _Recorded(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, record: Callable[[str], None]) -> None:
        self._record = record

    def write(self, text: str) -> int:
        self._record(text)
        return len(text)


def talk(
    *script: str | Entry | Action,
    provider: str | None = "fake",
    answers: Sequence[bool] = (),
    stop_at: str | None = None,
    keeps_status: bool = True,
    **more: Any,
) -> ScriptedView:
    """Talk to the end of a script, as ``ollama-cli chat`` does; return what was shown.

    Args:
        script: texts, entries, and what is done between them.
        provider: as ``--provider``.
        answers: as for ``ScriptedView``.
        stop_at: as for ``ScriptedView``.
        keeps_status: as for ``ScriptedView``.
        more: further arguments of ``chat_of``.
    """
    view = ScriptedView(script, answers, stop_at)
    view.keeps_status = keeps_status
    chat = chat_of(view, provider=provider, **more)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProviderWarning)
        asyncio.run(chat.run())
    return view


def chat_of(
    view: ScriptedView,
    *,
    provider: str | None = "fake",
    model: str | None = None,
    system: str | None = None,
    effort: str | None = None,
    newest: bool = False,
    session_id: str | None = None,
    no_session: bool = False,
    reasoning: bool = False,
    stream: bool | None = None,
    no_hooks: bool = False,
    verbose: bool = False,
) -> Chat:
    """Return a chat as ``ollama-cli chat`` makes it; the arguments are its options."""
    settings = load_settings("text", verbose=verbose)
    first = view.renderer(reasoning=reasoning, verbose=verbose)
    world = World.of(settings, first, no_hooks=no_hooks, verbose=verbose)
    choice = choose(settings.values, provider, None, model)

    def note(message: str) -> None:
        sys.stderr.write(f"Warning: {message}\n")

    session = CurrentSession.find(
        Wanted(newest, session_id, not no_session), settings, warn=note, remark=note
    )
    given = with_effort({}, effort)
    return Chat(view, world, session.choice(choice), session, system, given, reasoning, stream)
