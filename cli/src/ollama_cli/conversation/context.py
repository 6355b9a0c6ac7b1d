"""What of a conversation is sent: all of it, or a summary of its older turns and the newest ones.

::

    fitted = await fit(conversation, window, compact_at, reserve, summarize)
    answer = await ask(fitted.messages)
    if fitted.compaction:
        store(fitted.compaction.summary, covers=fitted.compaction.covers)

Nothing here sends or stores anything, but for what ``summarize`` sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal

from provider_sdk import ContextLengthError, Message

from ollama_cli.conversation.blocks import summary_messages
from ollama_cli.conversation.measure import MARGIN, REPLY, hold_at_most, tokens_of
from ollama_cli.conversation.tool_results import with_results
from ollama_cli.conversation.window import Window

if TYPE_CHECKING:
    from ollama_cli.conversation.summary import Summarize

COMPACT_AT = 0.8
"""The default of the setting ``compact_at``."""

KEEP = 0.4
"""The share of the room in which the newest turns stay as they are."""

SUMMARY_SHARE = 0.2
MOST_SUMMARY = 2000
"""A summary has at most this share of the room, and at most so many tokens, with its frame."""

_LEAST_SUMMARY = 32


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with a new question.

    Attributes:
        system: the system prompt.
        summary: what stands for turns that are not among ``turns`` any more.
        turns: the turns after those, each a question and all that followed it.
        question: what is asked now.
    """

    system: str | None
    summary: str | None
    turns: Sequence[Sequence[Message]]
    question: Sequence[Message]

    def after(self, compaction: Compaction) -> Conversation:
        """Return the conversation with the turns that a compaction covers replaced by it."""
        return replace(self, summary=compaction.summary, turns=self.turns[compaction.covers :])


@dataclass(frozen=True, slots=True)
class Compaction:
    """How older turns became a summary.

    Attributes:
        summary: the summary; it stands for the earlier one as well.
        covers: for how many of the conversation's ``turns`` it stands, from the first.
        by: ``"model"`` if a model wrote all of it, else ``"extract"``.
        reason: why a model did not write all of it; ``""`` if one did.
        before_tokens: what the messages had before, estimated.
        after_tokens: what they have now, estimated.
        requests: how many requests were made for it.
    """

    summary: str
    covers: int
    by: Literal["model", "extract"]
    reason: str
    before_tokens: int
    after_tokens: int
    requests: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is to be sent.

    Attributes:
        messages: the messages.
        compaction: what was done to the conversation; ``None`` if nothing had to be.
    """

    messages: list[Message]
    compaction: Compaction | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the room is shared out.

    Attributes:
        summary: the most tokens of the messages that hold the summary.
        covers: how many of the turns become part of it.
    """

    summary: int
    covers: int


def messages_of(conversation: Conversation) -> list[Message]:
    """Return the whole conversation as messages: system prompt, summary, turns, question.

    A tool call without a result gets one that says so; services reject it otherwise.
    """
    summary = summary_messages(conversation.summary) if conversation.summary else []
    parts = with_results([*conversation.turns, conversation.question])
    return [*_system(conversation), *summary, *chain.from_iterable(parts)]


def _system(conversation: Conversation) -> list[Message]:
    return [Message("system", conversation.system)] if conversation.system else []


async def fit(
    conversation: Conversation,
    window: Window,
    compact_at: float,
    reserve: int,
    summarize: Summarize,
) -> Fitted:
    """Return the messages to send; older turns become one summary if there are too many.

    System prompt and question are always there as they are, and so are the newest turns, as many as
    fit in ``KEEP`` of the room. The same arguments and the same summaries have the same result, and
    what was compacted fits when it is given again.

    Args:
        conversation: the conversation.
        window: what the model reads and writes at most.
        compact_at: the share of the room from which on the conversation is compacted.
        reserve: the tokens that are kept for the answer and for what else is sent, such as tools;
            they count up to half of the window. The rest is the room.
        summarize: asks the model for a summary; see ``summary.Summarize``.

    Raises:
        ContextLengthError: system prompt and question alone are longer than the window, which
            somebody stated. Nothing was sent.
    """
    messages = messages_of(conversation)
    kept_free = min(reserve, window.tokens // 2)
    room = window.tokens - kept_free
    if not conversation.turns and not conversation.summary:
        return Fitted(messages)
    if hold_at_most(messages, int(room * compact_at)):
        return Fitted(messages)
    *turns, question = _units(conversation)
    sizes = [tokens_of(turn) for turn in turns]
    fixed = tokens_of([*_system(conversation), *question]) + REPLY
    earlier = tokens_of(summary_messages(conversation.summary)) if conversation.summary else 0
    total = fixed + earlier + sum(sizes)
    if window.source == "default":
        # It is assumed only, and no reason to refuse a question.
        room = max(room, 2 * (fixed + least_summary()))
    if total <= int(room * compact_at):
        return Fitted(messages)
    plan = _plan(turns, sizes, room=room, compact_at=compact_at, fixed=fixed)
    if plan is None and total > room:
        raise _too_long(fixed, window, kept_free)
    if plan is None or earlier + sum(sizes[: plan.covers]) <= plan.summary:
        return Fitted(messages)  # it fits, and a summary would not be shorter

    from ollama_cli.conversation.summary import summarized  # only what is too long pays for it

    found = await summarized(
        conversation.summary,
        chain.from_iterable(turns[: plan.covers]),
        window=window.tokens,
        bound=plan.summary,
        summarize=summarize,
    )
    kept = fixed + tokens_of(summary_messages(found.text)) + sum(sizes[plan.covers :])
    compaction = Compaction(
        found.text, plan.covers, found.by, found.reason, total, kept, found.requests
    )
    return Fitted(messages_of(conversation.after(compaction)), compaction)


def _units(conversation: Conversation) -> list[list[Message]]:
    """Return the turns and the question; a question that is a result has its call before it."""
    *turns, question = with_results([*conversation.turns, conversation.question])
    while turns and _begins_with_result(question):
        question = turns.pop() + question
    return [*turns, question]


def _plan(
    turns: Sequence[Sequence[Message]],
    sizes: Sequence[int],
    *,
    room: int,
    compact_at: float,
    fixed: int,
) -> _Plan | None:
    """Return how the room is shared out; ``None`` if system prompt and question do not fit."""
    least = least_summary()
    available = int(room * min(compact_at, 1 / MARGIN)) - fixed
    if available < least:
        available = room - fixed
    if available < least:
        return None
    summary = min(MOST_SUMMARY, max(least, int(room * SUMMARY_SHARE)), available)
    keep = min(int(room * KEEP), available - summary)
    return _Plan(summary, _first_kept(turns, sizes, keep))


def least_summary() -> int:
    """Return the least tokens of the messages that hold a summary."""
    return tokens_of(summary_messages("")) + _LEAST_SUMMARY


def _first_kept(turns: Sequence[Sequence[Message]], sizes: Sequence[int], room: int) -> int:
    """Return the index of the first turn that is kept, so that all from there on fit."""
    newest_first = accumulate(reversed(sizes))
    count = sum(1 for size in newest_first if size <= room)
    first = len(sizes) - count
    while first < len(sizes) and _begins_with_result(turns[first]):
        first += 1  # the call that it answers is not kept
    return first


def _begins_with_result(turn: Sequence[Message]) -> bool:
    return not turn or turn[0].role == "tool"


def _too_long(fixed: int, window: Window, reserve: int) -> ContextLengthError:
    return ContextLengthError(
        f"the question and the system prompt have about {fixed:,} tokens, and the model reads and "
        f"writes {window.tokens:,}, of which {reserve:,} are kept for the answer; nothing was sent",
        hint="Shorten the question, lower max_tokens, or choose a model that reads more.",
    )
