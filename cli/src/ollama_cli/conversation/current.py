"""The session of a question or of a chat: what it continues, and where its turns are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import click

from ollama_cli.choosing.choice import Choice, continuing
from ollama_cli.conversation.keeping import Keeper, Wanted
from ollama_cli.settings.files import Settings

if TYPE_CHECKING:
    from provider_sdk import Message, UsageCounter, UsageRow

    from ollama_cli.conversation.context import Compaction, Conversation
    from ollama_cli.conversation.memory import Memory
    from ollama_cli.conversation.records import Turn
    from ollama_cli.conversation.store import Store
    from ollama_cli.conversation.used import Used
    from ollama_cli.conversation.whole import Whole


class CurrentSession:
    """The session of one question, or of a chat; the file is opened no earlier than it is needed.

    The turns that are sent are read once, and kept in memory. What cannot be stored waits there,
    too, so that a chat goes on whatever happens to the file.

    Args:
        settings: the settings; they say for how long sessions are kept.
        stored: whether questions are stored.
        warn: is told in one line what cannot be stored.
        remark: is told what else cannot.
        lasting: whether further questions follow in this process.

    Attributes:
        newest: the turn that this process kept last.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        stored: bool,
        warn: Callable[[str], None],
        remark: Callable[[str], None],
        lasting: bool = True,
    ) -> None:
        self._remark = remark
        self._lasting = lasting
        self._keeper = Keeper(settings, wanted=stored, warn=warn, remark=remark)
        self._memory: Memory | None = None  # nothing was read, or nothing was said
        self._retried: Turn | None = None
        self._made_used: Used | None = None
        self.newest: Turn | None = None

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
        stored = wanted.is_stored(settings)
        found = cls(settings, stored=stored, warn=warn, remark=remark, lasting=wanted.lasting)
        if wanted.newest or wanted.id is not None:
            found._keeper.resume(wanted.id)
        return found

    def use(self, settings: Settings) -> None:
        """Go on with other settings, which may end the storing of turns, and do not begin it."""
        self._keeper.use(settings)

    def new(self) -> CurrentSession:
        """Return a new session, which is stored if this one is."""
        kept, remark = self._keeper, self._remark
        found = CurrentSession(
            kept.settings, stored=kept.wanted, warn=kept.warn, remark=remark, lasting=self._lasting
        )
        found._keeper.write_as(kept.author)
        return found

    def other(self, id: str) -> CurrentSession:
        """Return the stored session with this id, or with an id that begins so.

        Raises:
            click.UsageError: there is no such session, or it cannot be read.
        """
        found = self.new()
        found._keeper.resume(id)
        return found

    def fork(self, title: str = "") -> CurrentSession:
        """Return a stored copy of it; its title is by default that of the original.

        Raises:
            click.UsageError: it is not stored.
            StoreError: the copy cannot be stored.
        """
        return self.other(self._keeper.copy(title).id)

    @property
    def id(self) -> str | None:
        """Return the id; ``None`` before the first turn of a new session is stored."""
        return self._keeper.session.id if self._keeper.session else None

    @property
    def title(self) -> str:
        """Return the title; ``""`` before the first turn is stored, unless it was named."""
        return self._keeper.session.title if self._keeper.session else self._keeper.title

    @property
    def is_stored(self) -> bool:
        """Whether turns are stored, as far as that succeeds."""
        return self._keeper.wanted

    @property
    def waiting(self) -> int:
        """Return how many turns could not be stored yet, or are not to be stored."""
        return len(self._keeper.added())

    @property
    def turns(self) -> int:
        """Return how many turns were stored when it was found."""
        return self._keeper.session.turns if self._keeper.session else 0

    @property
    def is_continued(self) -> bool:
        """Whether there are earlier turns."""
        if self._memory is None:
            return self._keeper.session is not None
        return bool(self._memory.turns or self._memory.summary)

    @property
    def last(self) -> Turn | None:
        """Return the last turn that was read or kept; ``None`` if a summary stands for it."""
        return self._memory.turns[-1] if self._memory and self._memory.turns else None

    def choice(self, named: Choice) -> Choice:
        """Return who answers: who answered last, as far as nothing names another."""
        session = self._keeper.session
        if session is None:
            return named
        return continuing(named, session.id, session.provider, session.model)

    def system(self, given: str | None) -> str | None:
        """Return the system prompt: the one that was given, else that of the session."""
        if given is not None:
            return given
        session = self._keeper.session
        return session.system if session else self._keeper.system

    def conversation(self, system: str | None, question: Sequence[Message]) -> Conversation:
        """Return the earlier turns, or the summary that stands for them, and the question.

        Raises:
            click.UsageError: they cannot be read.
        """
        return self.recall().conversation(system, question, self._to_replace())

    def recall(self) -> Memory:
        """Return the turns that are sent; they are read again if another process changed them.

        Raises:
            click.UsageError: they cannot be read.
        """
        from ollama_cli.conversation.database import StoreError
        from ollama_cli.conversation.memory import Memory

        kept = self._keeper
        if kept.session is None or kept.store is None:
            self._memory = self._memory or Memory()
            return self._memory
        try:
            return self._read(kept.session.id, kept.opened())
        except StoreError as error:
            problem = error.message
        if self._memory is None:
            raise click.UsageError(problem)
        kept.failed(f"the session cannot be read: {problem}; the chat goes on from memory")
        return self._memory

    def _read(self, id: str, store: Store) -> Memory:
        from ollama_cli.conversation.memory import Memory

        mark = store.mark(id)
        if mark is None and self._lasting:
            return self._left()
        if self._memory is None or mark != self._keeper.mark:
            found = Memory.of(store, id)
            found.turns += self._keeper.added()
            self._memory = found.with_rest(self._memory) if self._memory else found
            self._keeper.mark = mark
        return self._memory

    def _left(self) -> Memory:
        """Leave a session that another process deleted; the next turn begins a new one."""
        from ollama_cli.conversation.memory import Memory

        self._keeper.tell(
            f"the session {self.id} was deleted meanwhile; the chat goes on, and the next turn "
            "begins a new session"
        )
        waiting = self._keeper.leave_session()
        self._memory = self._memory or Memory(turns=self._keeper.added())
        self._memory.before = waiting - len(self._memory.turns)
        return self._memory

    def keep_summary(self, compaction: Compaction, calls: Sequence[UsageRow]) -> None:
        """Keep a summary of older turns, which stay where they are stored."""
        if self._memory is None:
            return
        covers, last = self._memory.replace_older(compaction)
        self._used.add(calls)
        if covers > 0:
            self._keeper.summarize(compaction.summary, covers, last, calls)
            self._store("the summary")
        else:
            self._keeper.count(calls)  # what it stands for is of no session

    def keep(self, turn: Turn, system: str | None, calls: Sequence[UsageRow]) -> str | None:
        """Keep a turn; return the id of its session, ``None`` if it is not stored.

        Within ``asking_again`` it replaces the last one, unless it was interrupted.
        """
        if self._retried is not None:
            if turn.interrupted:
                self.count(calls)
                return self.id
            if (earlier := self._to_replace()) is not None:
                self._drop_last(earlier)
            self._retried = None
        self._used.add(calls)
        self._keeper.add(turn, system, calls)
        self.newest = turn
        if self._lasting:
            self._remember(turn)
        return self._store("the answer")

    def take_back(self) -> Turn:
        """Forget the last turn, here and where it is stored; return it.

        Raises:
            click.UsageError: there is none, or a summary stands for it.
        """
        memory = self.recall()
        if memory.turns:
            turn = memory.turns[-1]
            self._drop_last(turn)
            self._store("that a turn was taken back")
            return turn
        raise click.UsageError(
            "a summary stands for all earlier turns, so none of them can be taken back"
            if memory.summary
            else "there is no turn to take back"
        )

    @contextmanager
    def asking_again(self) -> Iterator[None]:
        """Within this block the next whole answer takes the place of the last turn."""
        self._retried = self.last
        try:
            yield
        finally:
            self._retried = None

    def telling_later(self) -> AbstractContextManager[None]:
        """Return a context at whose end is told what cannot be stored or read within."""
        return self._keeper.telling_later()

    def store_all(self) -> None:
        """Store the whole conversation, and all that follows.

        Raises:
            StoreError: it cannot be stored now; each turn tries again.
        """
        self._keeper.store_all()

    def rename(self, title: str) -> None:
        """Give it a title, also before it is stored.

        Raises:
            StoreError: it cannot be stored.
        """
        self._keeper.rename(title)

    def _to_replace(self) -> Turn | None:
        """Return the turn that is asked again, unless another process has changed the session."""
        again, last = self._retried, self.last
        return last if again and last and last.at == again.at else None

    def _drop_last(self, turn: Turn) -> None:
        assert self._memory is not None, "its last turn is known"
        self._memory.turns.pop()
        if self._memory.before + len(self._memory.turns) < 0:
            self._memory.before += 1  # it was of no session
        else:
            self._keeper.take_back(turn)

    def _remember(self, turn: Turn) -> None:
        from ollama_cli.conversation.memory import Memory

        if self._memory is None and self._keeper.session is None:
            self._memory = Memory()
        if self._memory is not None:  # else it is read together with the others
            self._memory.turns.append(turn)

    def _store(self, what: str) -> str | None:
        """Store what is not stored yet; return the id of the session, ``None`` if it fails."""
        from ollama_cli.conversation.database import DeletedError, StoreError

        kept = self._keeper
        try:
            kept.write()
        except DeletedError as error:
            if self._lasting:
                self._left()
                return self._store(what)
            kept.tell(f"{what} is not stored: {error.message}")
            kept.give_up()  # it was paid for all the same
            return None
        except StoreError as error:
            kept.failed(f"{what} is not stored: {error.message}")
            return None
        if not kept.wanted:
            return None
        kept.forget_old()
        return self.id

    def count(self, calls: Sequence[UsageRow]) -> None:
        """Store what calls used, of which no turn is stored: names and numbers, and no text."""
        self._keeper.count(calls)

    def calls(self) -> list[UsageRow]:
        """Return what the calls of the session used; none if they cannot be read."""
        return self._used.rows()

    @property
    def _used(self) -> Used:
        from ollama_cli.conversation.used import Used  # not needed before the answer

        self._made_used = self._made_used or Used(self._keeper)
        return self._made_used

    @property
    def counted_as(self) -> str:
        """Return what a counter calls this session."""
        return self._used.name

    def spent(self, counter: UsageCounter) -> list[UsageRow]:
        """Return what a counter must count besides; if it cannot be read, a line says so."""
        return self._used.spent(counter)

    def whole(self) -> AbstractContextManager[Whole]:
        """Return a context with the whole conversation, also with what is not stored.

        Raises:
            click.UsageError: nothing was said yet.
            StoreError: it cannot be read.
        """
        from ollama_cli.conversation.whole import whole

        return whole(self._keeper)

    def close(self) -> None:
        """Close the file; in a chat, what could not be stored is tried once more."""
        self._keeper.close(try_again=self._lasting)
