"""The session of a question: what it continues, and where its turn is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ollama_cli.choice import Choice, continuing
from ollama_cli.settings.files import Settings
from ollama_cli.settings.project import find_project

if TYPE_CHECKING:
    from provider_sdk import Message, UsageRow

    from ollama_cli.conversation.context import Compaction, Conversation
    from ollama_cli.conversation.records import Session, Turn
    from ollama_cli.conversation.store import Store


_ELSEWHERE = "none"
"""What calls outside of any session are counted for."""


class Wanted(NamedTuple):
    """Which session the command line asks for.

    Attributes:
        newest: whether the newest is continued.
        id: the id of the one to continue.
        stored: whether the question is stored.
    """

    newest: bool = False
    id: str | None = None
    stored: bool = True


class CurrentSession:
    """The session of one question; the file is opened no earlier than it is needed.

    Args:
        settings: the settings; they may forbid storing, and say for how long sessions are kept.
        stored: whether the question is stored.
        warn: is told in one line what cannot be stored.
        remark: is told what else cannot.
        store: the open file, if a session is continued.
        session: that session.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        stored: bool,
        warn: Callable[[str], None],
        remark: Callable[[str], None],
        store: Store | None = None,
        session: Session | None = None,
    ) -> None:
        self._settings = settings
        self._stored = stored
        self._warn = warn
        self._remark = remark
        self._store = store
        self._session = session

    @classmethod
    def find(
        cls,
        wanted: Wanted,
        settings: Settings,
        warn: Callable[[str], None],
        remark: Callable[[str], None],
    ) -> CurrentSession:
        """Return the session that is wanted.

        Raises:
            click.UsageError: there is no such session, or it cannot be read, or nothing is to be
                stored.
        """
        may_store = settings.values.get("sessions") is not False
        if not wanted.newest and wanted.id is None:
            return cls(settings, stored=wanted.stored and may_store, warn=warn, remark=remark)
        if wanted.newest and wanted.id is not None:
            raise click.UsageError("-c continues the newest session, so leave out --session")
        if not wanted.stored or not may_store:
            what = "--no-session" if not wanted.stored else "the setting 'sessions'"
            raise click.UsageError(f"{what} stores nothing, so no session can be continued")
        from ollama_cli.conversation.database import StoreError
        from ollama_cli.conversation.store import Store

        with ExitStack() as stack:
            try:
                store = stack.enter_context(Store.open(create=False))
                session = store.newest(_folder()) if wanted.id is None else store.find(wanted.id)
                if session is not None:
                    store.database.require_writable()
            except StoreError as error:
                problem = error.message
            else:
                if session is not None:
                    stack.pop_all()  # it stays open for the question
                    return cls(
                        settings,
                        stored=True,
                        warn=warn,
                        remark=remark,
                        store=store,
                        session=session,
                    )
                problem = "there is no session yet; ask without -c to begin one"
        raise click.UsageError(problem)

    @property
    def id(self) -> str | None:
        """Return the id; ``None`` before the first turn of a new session is stored."""
        return self._session.id if self._session else None

    @property
    def title(self) -> str:
        """Return the title; ``""`` before the first turn of a new session is stored."""
        return self._session.title if self._session else ""

    @property
    def turns(self) -> int:
        """Return how many turns were stored when it was found."""
        return self._session.turns if self._session else 0

    @property
    def is_continued(self) -> bool:
        """Whether there are earlier turns."""
        return self._session is not None

    def choice(self, named: Choice) -> Choice:
        """Return who answers: who answered last, as far as nothing names another."""
        session = self._session
        if session is None:
            return named
        return continuing(named, session.id, session.provider, session.model)

    def system(self, given: str | None) -> str | None:
        """Return the system prompt: the one that was given, else that of the session."""
        return given or (self._session.system if self._session else None)

    def conversation(self, system: str | None, question: Sequence[Message]) -> Conversation:
        """Return the earlier turns, or the summary that stands for them, and the question.

        Raises:
            click.UsageError: they cannot be read.
        """
        from ollama_cli.conversation.context import Conversation
        from ollama_cli.conversation.database import StoreError

        if self._session is None or self._store is None:
            return Conversation(system, None, [], question)
        try:
            summary = self._store.summary(self._session.id)
            turns = self._store.turns(self._session.id)[summary.turns if summary else 0 :]
        except StoreError as error:
            problem = error.message
        else:
            earlier = [turn.messages for turn in turns]
            return Conversation(system, summary.text if summary else None, earlier, question)
        raise click.UsageError(problem)

    def keep_summary(self, compaction: Compaction, calls: Iterable[UsageRow]) -> None:
        """Store a summary of older turns, which stay."""
        if self._store is None or self._session is None:
            return
        from ollama_cli.conversation.database import StoreError

        try:
            earlier = self._store.summary(self._session.id)
            covered = (earlier.turns if earlier else 0) + compaction.covers
            self._store.add_summary(self._session.id, compaction.summary, covered, calls)
        except StoreError as error:
            self._warn(f"the summary is not stored: {error.message}")

    def keep(self, turn: Turn, system: str | None, calls: Sequence[UsageRow]) -> str | None:
        """Store a turn; return the id of its session, ``None`` if it is not stored."""
        if not self._stored:
            self.count(calls)
            return None
        from ollama_cli.conversation.database import DeletedError, StoreError

        try:
            store = self._opened()
            if self._session is None:
                self._session = store.begin(turn, folder=_folder(), system=system, calls=calls)
            else:
                store.append(self._session.id, turn, system=system, calls=calls)
        except StoreError as error:
            self._warn(f"the answer is not stored: {error.message}")
            if isinstance(error, DeletedError):
                self.count(calls)  # the answer was paid for all the same
            return None
        try:
            self._forget_old(store)
        except StoreError as error:
            self._warn(f"outdated sessions are not deleted: {error.message}")
        return self._session.id

    def count(self, calls: Sequence[UsageRow]) -> None:
        """Store what calls used, of which no turn is stored: names and numbers, and no text."""
        used = [row for row in calls if row.prompt_tokens or row.completion_tokens]
        if not used:
            return
        from ollama_cli.conversation.database import StoreError

        try:
            self._opened().record_calls(used)
        except StoreError as error:
            self._remark(f"the tokens are not counted: {error.message}")

    def calls(self) -> list[UsageRow]:
        """Return what the calls of the session used; none if they cannot be read."""
        from ollama_cli.conversation.database import StoreError

        if self._store is None or self._session is None:
            return []
        try:
            return list(self._store.calls(session=self._session.id))
        except StoreError:
            return []

    def spent(self, day: str) -> list[UsageRow]:
        """Return what was used on a day, and by this session before; each with its session.

        If it cannot be read, a line says so.
        """
        from ollama_cli.conversation.database import StoreError
        from ollama_cli.conversation.store import Store

        try:
            store = self._store or Store.open(create=False)
            rows = list(store.calls(since=day))
            if self.id is not None:
                rows = [row for row in rows if row.session != self.id]
                rows += store.calls(session=self.id)
        except StoreError as error:
            self._warn(f"the budgets count this question only: {error.message}")
            return []
        if store is not self._store:
            store.close()
        return [replace(row, session=row.session or _ELSEWHERE) for row in rows]

    def close(self) -> None:
        """Close the file."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> Store:
        from ollama_cli.conversation.store import Store

        if self._store is None:
            self._store = Store.open(create=True)
        return self._store

    def _forget_old(self, store: Store) -> None:
        """Delete sessions that are older than the settings say.

        A project may shorten that time for its own sessions only.
        """
        days, own = (
            values.get("retention_days") for values in (self._settings.values, self._settings.user)
        )
        if days is None:
            return
        from ollama_cli.conversation.changing import prune_daily

        if days != own:
            prune_daily(store, days, keep=self.id or "", folder=_folder())
        if own is not None:
            prune_daily(store, own, keep=self.id or "")


def _folder() -> str:
    """Return the folder of the project, else the working folder."""
    try:
        return str(find_project().root or Path.cwd())
    except OSError:
        return ""  # it was deleted
