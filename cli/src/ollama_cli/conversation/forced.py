"""Compacting a conversation that would fit, because somebody asks for it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from provider_sdk import ContextLengthError, ProviderError

from ollama_cli.conversation.blocks import summary_messages
from ollama_cli.conversation.context import (
    KEEP,
    MOST_SUMMARY,
    SUMMARY_SHARE,
    Compaction,
    Conversation,
    least_summary,
    messages_of,
)
from ollama_cli.conversation.measure import tokens_of
from ollama_cli.conversation.tool_results import with_results
from ollama_cli.conversation.window import Window

if TYPE_CHECKING:
    from provider_sdk import Message

    from ollama_cli.conversation.summary import Summarize


async def compact(
    conversation: Conversation, window: Window, summarize: Summarize, focus: str = ""
) -> Compaction | None:
    """Return a summary of all turns but the last, or of that as well if it is long.

    The summary has at most half of the tokens of what it stands for.

    Args:
        conversation: the conversation, without a question.
        window: what the model reads and writes at most.
        summarize: asks the model for a summary; see ``summary.Summarize``.
        focus: what to keep above all, in the words of the user.

    Returns:
        What was done; ``None`` if that is too short for a summary, and nobody was asked.

    Raises:
        ProviderError: the model did not answer.
    """
    turns = list(with_results(conversation.turns))
    covers = _covered(turns, window, has_summary=conversation.summary is not None)
    older = list(chain.from_iterable(turns[:covers]))
    earlier = summary_messages(conversation.summary) if conversation.summary else []
    bound = min(
        tokens_of([*earlier, *older]) // 2, int(window.tokens * SUMMARY_SHARE), MOST_SUMMARY
    )
    if not older or bound < least_summary():
        return None
    from ollama_cli.conversation.summary import summarized

    asking = _Asking(summarize)
    found = await summarized(
        conversation.summary,
        older,
        window=window.tokens,
        bound=bound,
        summarize=asking,
        focus=focus,
    )
    if asking.error is not None:
        raise asking.error
    before = tokens_of(messages_of(conversation))
    compaction = Compaction(found.text, covers, found.by, found.reason, before, 0, found.requests)
    after = tokens_of(messages_of(conversation.after(compaction)))
    return Compaction(found.text, covers, found.by, found.reason, before, after, found.requests)


class _Asking:
    """Asks for summaries, and keeps the error that ended it: then nothing is to be replaced."""

    def __init__(self, summarize: Summarize) -> None:
        self._summarize = summarize
        self.error: ProviderError | None = None

    async def __call__(self, messages: list[Message], max_tokens: int) -> str:
        try:
            return await self._summarize(messages, max_tokens)
        except ContextLengthError:
            raise  # it is asked in smaller pieces
        except ProviderError as error:
            self.error = error
            raise


def _covered(turns: list[list[Message]], window: Window, *, has_summary: bool) -> int:
    """Return how many turns become part of the summary."""
    if not turns or tokens_of(turns[-1]) > window.tokens * KEEP:
        return len(turns)
    if len(turns) == 1 and not has_summary:
        return 1  # nothing else can be made shorter
    if not turns[-1] or turns[-1][0].role == "tool":
        return len(turns)  # the call that it answers would not be kept
    return len(turns) - 1
