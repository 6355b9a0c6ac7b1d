"""What of a conversation is sent to a model."""

import asyncio
from collections.abc import Sequence

import pytest
from ollama_cli.conversation.context import Conversation, Fitted, fit, messages_of
from ollama_cli.conversation.measure import MARGIN, REPLY, tokens_of
from ollama_cli.conversation.summary import MOST_REQUESTS, Summarize
from ollama_cli.conversation.window import Window
from provider_sdk import ContextLengthError, Message, ProviderOverloadedError, ToolCall

QUESTION = [Message("user", "And now?")]
WINDOW = Window(4096, "service")
RESERVE = 512


class Summarizer:
    """Sums up by keeping every fact, a word that begins with ``fact``; notes what it was asked."""

    def __init__(self, window: Window = WINDOW) -> None:
        self.window = window
        self.requests: list[list[Message]] = []

    async def __call__(self, messages: list[Message], limit: int) -> str:
        """Answer one request, which must fit."""
        self.requests.append(messages)
        assert (tokens_of(messages) + REPLY) * MARGIN + limit <= self.window.tokens
        words = dict.fromkeys(messages[-1].text.split())
        return "They said: " + " ".join(word for word in words if word.startswith("fact"))


def turn(number: int, length: int = 60) -> list[Message]:
    """Return a question and its answer, of about so many tokens each."""
    return [
        Message("user", f"Question {number}? " + "why " * length),
        Message("assistant", f"Answer {number}. " + "so " * length),
    ]


def conversation(
    count: int = 60, *, summary: str | None = None, question: Sequence[Message] = QUESTION
) -> Conversation:
    """Return a conversation with so many turns."""
    return Conversation("Be brief.", summary, [turn(number) for number in range(count)], question)


def fitted(
    what: Conversation,
    summarize: Summarize | None = None,
    *,
    window: Window = WINDOW,
    compact_at: float = 0.8,
    reserve: int = RESERVE,
) -> Fitted:
    """Fit a conversation."""
    return asyncio.run(fit(what, window, compact_at, reserve, summarize or Summarizer(window)))


def test_short_conversation_is_sent_as_it_is() -> None:
    """System prompt, turns and question stand in order, and no summary is asked for."""
    summarizer = Summarizer()
    what = conversation(3)
    found = fitted(what, summarizer)

    assert found.compaction is None
    assert summarizer.requests == []
    assert found.messages == [
        Message("system", "Be brief."),
        *turn(0),
        *turn(1),
        *turn(2),
        *QUESTION,
    ]


def test_long_conversation_is_compacted() -> None:
    """A summary stands for the oldest turns; the newest ones, system and question stay."""
    found = fitted(conversation())
    made = found.compaction

    assert made is not None
    assert (made.by, made.reason) == ("model", "")
    assert 0 < made.covers < 60
    assert found.messages[0] == Message("system", "Be brief.")
    kept = [message for number in range(made.covers, 60) for message in turn(number)]
    assert found.messages[3:] == [*kept, *QUESTION]
    assert made.summary in found.messages[1].text
    assert made.after_tokens == tokens_of(found.messages) + REPLY
    assert made.after_tokens < 0.8 * (4096 - RESERVE) < made.before_tokens


def test_failing_service_does_not_stop_the_conversation() -> None:
    """If the model cannot sum up, sentences of the turns do, and the reason is told."""

    async def busy(messages: Sequence[Message], limit: int) -> str:
        raise ProviderOverloadedError("the service is busy")

    made = fitted(conversation(), busy).compaction

    assert made is not None
    assert (made.by, made.reason, made.requests) == ("extract", "the service is busy", 1)
    assert "Question" in made.summary


def test_question_that_is_too_long_is_refused() -> None:
    """Nothing is cut silently: the error has the sizes and what to do."""
    what = conversation(question=[Message("user", "word " * 5000)])

    with pytest.raises(ContextLengthError, match=r"5,0\d\d tokens.*4,096.*512 are kept") as caught:
        fitted(what)
    assert "Shorten the question" in str(caught.value)


def test_tool_calls_stay_with_their_results() -> None:
    """A turn is kept or summed up wholly."""
    call = ToolCall("c1", "look", {"at": "x"})
    tools = [
        Message("user", "Look."),
        Message("assistant", "", tool_calls=[call]),
        Message("tool", "seen " * 40, tool_call_id="c1"),
        Message("assistant", "I saw."),
    ]
    what = Conversation(None, None, [tools] * 60, QUESTION)
    sent = fitted(what).messages

    assert sent[2:] == [*tools * ((len(sent) - 3) // 4), *QUESTION]


def test_requests_are_bounded() -> None:
    """However long the conversation is, a compaction makes a few requests only."""
    summarizer = Summarizer()
    made = fitted(conversation(2000), summarizer).compaction

    assert made is not None
    assert made.requests == len(summarizer.requests) == MOST_REQUESTS
    assert made.by == "extract"
    assert "more than 12 requests" in made.reason


def test_messages_without_compaction() -> None:
    """The summary stands in the user's role, after the system prompt."""
    found = messages_of(conversation(1, summary="They spoke of the sky."))

    assert [message.role for message in found] == [
        *("system", "user", "assistant", "user", "assistant", "user")
    ]
    assert "They spoke of the sky." in found[1].text
