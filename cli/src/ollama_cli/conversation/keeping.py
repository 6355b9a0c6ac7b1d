"""Storing a conversation step by step, and later what could not be stored at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ollama_cli.settings.files import Settings
from ollama_cli.settings.project import find_project

if TYPE_CHECKING:
    from provider_sdk import UsageRow

    from ollama_cli.conversation.journal import Step
    from ollama_cli.conversation.marks import Mark
    from ollama_cli.conversation.records import Session, Turn
    from ollama_cli.conversation.store import Store


_AGAIN_S = 0.1
"""How long to wait for other processes once something could not be stored."""


class Wanted(NamedTuple):
    """Which session the command line asks for.

    Attributes:
        newest: whether the newest is continued.
        id: the id of the one to continue.
        stored: whether questions are stored.
        lasting: whether further questions follow in this process.
    """

    newest: bool = False
    id: str | None = None
    stored: bool = True
    lasting: bool = True

    def is_stored(self, settings: Settings) -> bool:
        """Whether questions are to be stored.

        Raises:
            click.UsageError: a session is to be continued, and nothing may be stored; or it is
                named twice.
        """
        may_store = settings.values.get("sessions") is not False
        if not self.newest and self.id is None:
            return self.stored and may_store
        if self.newest and self.id is not None:
            raise click.UsageError("-c continues the newest session, so leave out --session")
        if not self.stored or not may_store:
            what = "--no-session" if not self.stored else "the setting 'sessions'"
            raise click.UsageError(f"{what} stores nothing, so no session can be continued")
        return True


class Keeper:
    """Stores the steps of a conversation; those that cannot be stored wait for the next time.

    Args:
        settings: the settings, for how long sessions are kept.
        wanted: whether anything but numbers is to be stored.
        warn: is told in one line what cannot be stored; of failures in a row, the first.
        remark: is told what else cannot.

    Attributes:
        settings: as the argument.
        wanted: as the argument.
        store: the open file; ``None`` before it is needed.
        session: the session, also one that is continued; ``None`` before a turn of it is stored.
        mark: what the session was like when its turns were read.
        title: the title of the next session; ``""`` for its first question.
        system: the system prompt of a session that has no turn any more.
        steps: what is not stored yet.
        author: whose calls it stores; those of others count for budgets when they are stored.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        wanted: bool,
        warn: Callable[[str], None],
        remark: Callable[[str], None],
    ) -> None:
        self.wanted = wanted
        self.store: Store | None = None
        self.session: Session | None = None
        self.mark: Mark | None = None
        self.title = ""
        self.system: str | None = None
        self.steps: list[Step] = []
        self.warn = warn
        self.settings = settings
        self._remark = remark
        self._has_failed = False
        self._is_asked_for = False
        self._later: list[str] | None = None
        self.write_as(os.urandom(8).hex())

    def resume(self, id: str | None) -> None:
        """Go on in a stored session: that with an id, else the newest.

        Raises:
            click.UsageError: there is no such session, or it cannot be read.
        """
        self.store, self.session = opened_session(id)
        self.wanted = True
        self.write_as(self.author)

    def write_as(self, author: str) -> None:
        """Store calls as the author of another session of this process does."""
        self.author = author
        if self.store is not None:
            self.store.author = author

    def use(self, settings: Settings) -> None:
        """Keep to other settings; what they do not permit to store waits."""
        self.settings = settings
        may_store = settings.values.get("sessions") is not False or self._is_asked_for
        self.wanted = self.wanted and may_store

    def store_all(self) -> None:
        """Store all of it, and all that follows, although the settings do not say so.

        Raises:
            StoreError: it cannot be stored now; each turn tries again.
        """
        self.wanted = self._is_asked_for = True
        self.write()

    def opened(self) -> Store:
        """Return the open file, which is made if it is missing.

        Raises:
            StoreError: it cannot be opened.
        """
        from ollama_cli.conversation.store import Store

        if self.store is not None and self.store.database.is_gone():
            self.store.close()
            self.store = None
        if self.store is None:
            self.store = Store.open(create=True)
            self.store.author = self.author
        return self.store

    def added(self) -> list[Turn]:
        """Return the turns that are not stored yet."""
        from ollama_cli.conversation.journal import Added

        return [step.turn for step in self.steps if isinstance(step, Added)]

    def add(self, turn: Turn, system: str | None, calls: Sequence[UsageRow]) -> None:
        """Note that a turn follows."""
        from ollama_cli.conversation.journal import Added

        self.steps.append(Added(turn, system, self._waiting(calls)))

    def summarize(
        self, text: str, covers: int, last: Turn | None, calls: Sequence[UsageRow]
    ) -> None:
        """Note that a summary stands for turns; see ``journal.Summarized``."""
        from ollama_cli.conversation.journal import Summarized

        self.steps.append(Summarized(text, covers, last, self._waiting(calls)))

    def take_back(self, turn: Turn) -> None:
        """Note that the last turn is gone; what it used stays counted."""
        from ollama_cli.conversation.journal import Added, TakenBack

        if self.steps and isinstance(last := self.steps[-1], Added):
            self.steps.pop()
            self.count(last.calls)
        else:
            self.steps.append(TakenBack(turn))

    def write(self, *, is_last: bool = False) -> None:
        """Store what is not stored yet, if anything is to be stored.

        After a failure it hardly waits for other processes, which would hold up each turn.

        Args:
            is_last: whether it is not tried again.

        Raises:
            DeletedError: another process deleted the session.
            StoreError: it cannot be stored.
        """
        if not self.wanted or not self.steps:
            return
        from ollama_cli.conversation.database import PATIENCE_S
        from ollama_cli.conversation.journal import Place, TakenBack, write

        patience = _AGAIN_S if self._has_failed and not is_last else PATIENCE_S

        store, before = self.opened(), self.session
        store.database.wait_at_most(patience)
        place = Place(before, self.mark, "" if before else folder(), self.title)
        gone = [step.turn for step in self.steps if isinstance(step, TakenBack)]
        written = write(store, self.steps, place)
        self.steps.clear()
        self.session = written.session
        self.mark = written.mark if written.is_known else None
        if written.session is not None:
            self.title, self.system = "", None
        elif before is not None:
            self.title, self.system = _chosen_title(before, gone), before.system
        if self._has_failed:
            self._has_failed = False
            self._remark("all of the conversation is stored now")

    def _try_again(self) -> None:
        """Store what could not be stored before, or say that it is lost, and forget it."""
        from ollama_cli.conversation.database import StoreError

        try:
            self.write(is_last=True)
        except StoreError as error:
            count = len(self.added())
            last = "the last turn is" if count == 1 else f"the last {count} turns are"
            self.tell(f"{last} not stored: {error.message}")
            self.steps.clear()  # a second close does not wait for other processes once more

    def copy(self, title: str) -> Session:
        """Store a copy of the session, and return it; ``title`` is ``""`` for the same title.

        Raises:
            click.UsageError: it is not stored.
            StoreError: the copy cannot be stored.
        """
        self.write()
        if self.session is None:
            raise click.UsageError("this conversation is not stored; /save stores it")
        from ollama_cli.conversation.changing import fork

        store = self.opened()
        return fork(store, store.find(self.session.id), title=title)

    @contextmanager
    def telling_later(self) -> Iterator[None]:
        """Tell what happens within this block at its end: an answer is shown there."""
        self._later = []
        try:
            yield
        finally:
            later, self._later = self._later, None
            for problem in later:
                self.warn(problem)

    def tell(self, problem: str) -> None:
        """Say in one line what is wrong."""
        if self._later is None:
            self.warn(problem)
        else:
            self._later.append(problem)

    def failed(self, problem: str) -> None:
        """Say what cannot be stored or read, but of failures in a row only the first."""
        if not self._has_failed:
            self._has_failed = True
            self.tell(problem)

    def leave_session(self) -> int:
        """Begin a new session with the next turn; return how many turns wait for it."""
        from ollama_cli.conversation.journal import Added

        self.session = self.mark = None
        self.steps = [step for step in self.steps if isinstance(step, Added)]
        return len(self.steps)

    def give_up(self) -> None:
        """Forget what is not stored, but for what it used."""
        for step in self.steps:
            self.count(getattr(step, "calls", ()))
        self.steps.clear()

    def count(self, calls: Sequence[UsageRow]) -> None:
        """Store what calls used, of which no turn is stored: names and numbers, and no text."""
        used = [row for row in calls if row.prompt_tokens or row.completion_tokens]
        if not used:
            return
        from ollama_cli.conversation.database import StoreError

        try:
            self.opened().record_calls(used)
        except StoreError as error:
            self._remark(f"the tokens are not counted: {error.message}")

    def forget_old(self) -> None:
        """Delete sessions that are older than the settings say.

        A project may shorten that time for its own sessions only.
        """
        days, own = (
            values.get("retention_days") for values in (self.settings.values, self.settings.user)
        )
        if days is None or self.store is None:
            return
        from ollama_cli.conversation.changing import prune_daily
        from ollama_cli.conversation.database import StoreError

        keep = self.session.id if self.session else ""
        try:
            if days != own:
                prune_daily(self.store, days, keep=keep, folder=folder())
            if own is not None:
                prune_daily(self.store, own, keep=keep)
        except StoreError as error:
            self.tell(f"outdated sessions are not deleted: {error.message}")

    def rename(self, title: str) -> None:
        """Give the session a title, or the one that begins with the next turn.

        Raises:
            StoreError: it cannot be stored.
        """
        if self.session is None:
            self.title = title
            return
        self.opened().rename(self.session.id, title)
        self.session = replace(self.session, title=title)

    def close(self, *, try_again: bool) -> None:
        """Close the file; ``try_again`` stores what could not be stored before."""
        if try_again:
            self._try_again()
        if self.store is not None:
            self.store.close()
            self.store = None

    def _waiting(self, calls: Sequence[UsageRow]) -> Sequence[UsageRow]:
        """Return what is to be stored with a step; where no step is stored, it is counted now."""
        if self.wanted:
            return calls
        self.count(calls)
        return ()


def opened_session(id: str | None) -> tuple[Store, Session]:
    """Return the session with an id, else the newest, and the file that it is in.

    Raises:
        click.UsageError: there is no such session, or it cannot be read.
    """
    from ollama_cli.conversation.database import StoreError
    from ollama_cli.conversation.store import Store

    with ExitStack() as stack:
        try:
            store = stack.enter_context(Store.open(create=False))
            session = store.newest(folder()) if id is None else store.find(id)
            if session is not None:
                store.database.require_writable()
        except StoreError as error:
            problem = error.message
        else:
            if session is not None:
                stack.pop_all()  # it stays open for the question
                return store, session
            problem = "there is no session yet; ask without -c to begin one"
    raise click.UsageError(problem)


def _chosen_title(session: Session, gone: Sequence[Turn]) -> str:
    """Return the title of a session that lost its turns, if it was not made of a question."""
    from ollama_cli.conversation.records import title_of

    return "" if session.title in map(title_of, gone) else session.title


def folder() -> str:
    """Return the folder of the project, else the working folder."""
    try:
        return str(find_project().root or Path.cwd())
    except OSError:
        return ""  # it was deleted
