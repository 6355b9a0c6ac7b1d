"""The newest message of a chat, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama_cli.asking.turns import Question
    from ollama_cli.chat.entries import Entry
    from ollama_cli.conversation.records import Turn
    from ollama_cli.terminal.answers import Answer


@dataclass
class Newest:
    """The newest message, and what became of it; all is ``None`` before the first.

    Attributes:
        entry: how it was entered.
        question: what is asked with it; ``None`` if it could not be made a question.
        turn: the turn that it became; ``None`` if nothing of an answer was kept.
        answer: the newest whole answer, which may be that of an earlier message.
    """

    entry: Entry | None = None
    question: Question | None = None
    turn: Turn | None = None
    answer: Answer | None = None
