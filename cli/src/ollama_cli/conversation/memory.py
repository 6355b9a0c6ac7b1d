"""The turns of a conversation that goes on, as far as no summary stands for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ollama_cli.conversation.context import Conversation
from ollama_cli.conversation.sendable import messages_of_turn

if TYPE_CHECKING:
    from provider_sdk import Message

    from ollama_cli.conversation.context import Compaction
    from ollama_cli.conversation.records import Turn
    from ollama_cli.conversation.store import Store


@dataclass
class Memory:
    """What is sent of a conversation.

    Attributes:
        summary: what stands for older turns.
        before: how many turns of the session come before these; less than 0 if so many of these
            are not the session's, because that was deleted meanwhile.
        turns: the turns that follow.
    """

    summary: str | None = None
    before: int = 0
    turns: list[Turn] = field(default_factory=list)

    @classmethod
    def of(cls, store: Store, session: str) -> Memory:
        """Read the newest summary of a session, and the turns that it does not cover.

        Raises:
            StoreError: they cannot be read.
        """
        summary = store.summary(session)
        before = summary.turns if summary else 0
        return cls(summary.text if summary else None, before, store.turns(session, before))

    def with_rest(self, earlier: Memory) -> Memory:
        """Return what was read again, after what an earlier memory has of no session."""
        rest = max(0, -earlier.before)
        if not rest or self.summary is not None:
            return self
        return Memory(earlier.summary, -rest, [*earlier.turns[:rest], *self.turns])

    def leave_session(self) -> None:
        """Note that none of the turns is of a session any more."""
        self.before = -len(self.turns)

    def replace_older(self, compaction: Compaction) -> tuple[int, Turn | None]:
        """Put a summary in the place of older turns.

        Returns:
            How many turns of the session it covers, and the last that it newly covers.
        """
        covers = compaction.covers
        last = self.turns[covers - 1] if covers else None
        del self.turns[:covers]
        self.before += covers
        self.summary = compaction.summary
        return self.before, last

    def conversation(
        self, system: str | None, question: Sequence[Message], leave_out: Turn | None
    ) -> Conversation:
        """Return it with a question, without the last turn if that is to be left out."""
        turns = [messages_of_turn(turn) for turn in self.turns if turn is not leave_out]
        return Conversation(system, self.summary, turns, question)
