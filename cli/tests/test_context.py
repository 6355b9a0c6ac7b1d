"""What of a conversation is sent to a model."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from ollama_cli.conversation.context import (
    MOST_SUMMARY,
    Conversation,
    Fitted,
    fit,
    messages_of,
)
from ollama_cli.conversation.measure import REPLY, tokens_of
from ollama_cli.conversation.summary import MOST_REQUESTS, Summarize, summarized
from ollama_cli.conversation.tool_results import with_results
from ollama_cli.conversation.window import Window
from provider_sdk import (
    AllProvidersFailedError,
    ContextLengthError,
    Message,
    ProviderOverloadedError,
    ToolCall,
)
from provider_sdk.testing import FakeProvider, count_steps

from ._summarizer import Summarizer

QUESTION = [Message("user", "And now?")]
WINDOW = Window(4096, "service")
RESERVE = 512


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
    return asyncio.run(
        fit(what, window, compact_at, reserve, summarize or Summarizer(window.tokens))
    )


def test_short_conversation_is_sent_as_it_is() -> None:
    """System prompt, turns and question stand in order, and no summary is asked for."""
    summarizer = Summarizer(WINDOW.tokens)
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


@pytest.mark.parametrize("tokens", [8192, 32_768, 1_000_000])
def test_answer_that_is_asked_for_is_small(tokens: int) -> None:
    """No service refuses its ``max_tokens``, however large the window is."""
    limits = []

    async def summarize(messages: list[Message], limit: int) -> str:
        limits.append(limit)
        return "They spoke."

    asyncio.run(
        summarized(None, [QUESTION[0]], window=tokens, bound=MOST_SUMMARY, summarize=summarize)
    )

    assert len(limits) == 1
    assert limits[0] <= 4096


def test_requests_are_bounded() -> None:
    """However long the conversation is, a compaction makes a few requests only."""
    summarizer = Summarizer(WINDOW.tokens)
    made = fitted(conversation(2000), summarizer).compaction

    assert made is not None
    assert made.requests == len(summarizer.requests)
    assert MOST_REQUESTS // 2 <= made.requests <= MOST_REQUESTS
    assert made.by == "extract"
    assert "more than 12 requests" in made.reason


def test_messages_without_compaction() -> None:
    """The summary stands in the user's role, after the system prompt."""
    found = messages_of(conversation(1, summary="They spoke of the sky."))

    assert [message.role for message in found] == [
        *("system", "user", "assistant", "user", "assistant", "user")
    ]
    assert "They spoke of the sky." in found[1].text


def test_calls_without_a_result_get_one() -> None:
    """A call that nobody ran does not make the services reject all later questions."""
    call = ToolCall("c1", "look", {})
    cut = [Message("user", "Look."), Message("assistant", "", tool_calls=[call])]
    answered = [Message("tool", "seen", tool_call_id="c1")]

    (*_, result, question) = messages_of(Conversation(None, None, [cut], QUESTION))
    assert (result.role, result.tool_call_id, question) == ("tool", "c1", QUESTION[0])
    assert messages_of(Conversation(None, None, [cut], answered)) == [*cut, *answered]
    assert messages_of(Conversation(None, None, [cut, answered], QUESTION)) == [
        *cut,
        *answered,
        *QUESTION,
    ]


def test_turn_that_begins_with_a_result_is_not_the_first() -> None:
    """A result whose call became part of the summary does, too."""
    call = ToolCall("c1", "look", {"at": "far " * 5000})
    turns = [
        [Message("user", "Look."), Message("assistant", "", tool_calls=[call])],
        [Message("tool", "seen", tool_call_id="c1"), Message("assistant", "I saw.")],
        turn(3),
    ]
    found = fitted(Conversation(None, None, turns, QUESTION))

    assert found.compaction is not None
    assert found.compaction.covers == 2
    assert found.messages[2:] == [*turn(3), *QUESTION]


def test_question_that_is_a_result_keeps_its_call() -> None:
    """A result that is sent now is never without the turn that asked for it."""
    call = ToolCall("c1", "look", {"at": "far " * 1500})
    last = [Message("user", "Look."), Message("assistant", "", tool_calls=[call])]
    result = [Message("tool", "seen", tool_call_id="c1")]
    turns = [*(turn(number) for number in range(60)), last]
    found = fitted(Conversation(None, None, turns, result))

    assert found.compaction is not None
    assert found.compaction.covers < len(turns)
    assert found.messages[-3:] == [*last, *result]


def test_fifty_rounds() -> None:
    """A summary of summaries stays within its bound, and keeps what the model keeps."""
    summary, turns, sizes, compactions = None, [], [], 0
    summarizer = Summarizer(WINDOW.tokens)
    for number in range(50):
        facts = f"fact{number} " if number < 10 else ""
        turns += [[Message("user", facts + message.text) for message in turn(number)]] * 10
        what = Conversation("Be brief.", summary, turns, QUESTION)
        found = fitted(what, summarizer)
        if found.compaction:
            compactions += 1
            after = what.after(found.compaction)
            summary, turns = after.summary, list(after.turns)
            sizes.append(found.compaction.after_tokens)

    assert compactions > 40
    assert max(sizes) < 0.8 * (WINDOW.tokens - RESERVE)
    assert summary is not None
    assert tokens_of([Message("user", summary)]) < 800
    assert {f"fact{number}" for number in range(10)} <= set(summary.split())


@pytest.mark.parametrize(
    "outcome",
    [
        ProviderOverloadedError("busy"),
        ContextLengthError("too long"),
        AllProvidersFailedError("nobody"),
        "",
        "  \n",
        "long " * 3000,
        "長い" * 3000,
    ],
    ids=lambda outcome: str(outcome)[:12],
)
def test_failing_summaries_stay_bounded(outcome: ProviderOverloadedError | str) -> None:
    """Over many rounds no failure, and no endless answer, makes the summary grow."""
    summary, turns = None, []
    for number in range(8):
        turns += [turn(number)] * 20
        what = Conversation(None, summary, turns, QUESTION)
        made = fitted(what, Summarizer(WINDOW.tokens, [outcome])).compaction
        if made:
            after = what.after(made)
            summary, turns = after.summary, list(after.turns)
            assert (made.by, bool(made.reason)) == ("extract", True)
            assert tokens_of([Message("user", made.summary)]) < 800

    assert summary


def test_earlier_summary_survives_a_failure() -> None:
    """What a model summed up before is kept when sentences stand in for it."""
    what = conversation(summary="They want fact1 and fact2.")
    made = fitted(what, Summarizer(WINDOW.tokens, [ProviderOverloadedError("busy")])).compaction

    assert made is not None
    assert made.summary.startswith("They want fact1 and fact2.\n")


def test_piece_that_a_service_finds_too_long_is_halved() -> None:
    """Where the estimate was too low, smaller pieces are tried."""
    too_long = ContextLengthError("too long")
    summarizer = Summarizer(WINDOW.tokens, [too_long, *[None] * 20])
    made = fitted(conversation(40), summarizer).compaction

    assert made is not None
    assert (made.by, made.reason) == ("model", "")
    first, second = (tokens_of(request) for request in summarizer.requests[:2])
    assert second < 0.75 * first


def test_summary_for_a_smaller_window_is_shortened() -> None:
    """A summary that was made for another model is summed up itself."""
    large = Window(32_768, "service")
    summary = "They said: " + " ".join(f"fact{number}" for number in range(700))
    what = conversation(1, summary=summary)

    assert fitted(what, window=large).compaction is None
    made = fitted(what, Summarizer(2048, ["fact1 fact2"]), window=Window(2048, "service"))
    assert made.compaction is not None
    assert (made.compaction.covers, made.compaction.summary) == (0, "fact1 fact2")
    assert made.messages[-3:] == [*turn(0), *QUESTION]


def test_window_that_is_only_assumed_refuses_nothing() -> None:
    """A question that a default window could not hold is sent."""
    question = [Message("user", "word " * 5000)]
    found = fitted(conversation(question=question), window=Window(4096, "default"))

    assert found.messages[-1] == question[0]


def test_first_question_is_left_to_the_service() -> None:
    """Without earlier turns there is nothing to compact, and the service judges the length."""
    question = [Message("user", "word " * 5000)]

    assert fitted(Conversation(None, None, [], question)).messages == question


def test_question_that_just_fits_is_sent_with_short_turns() -> None:
    """Beyond the share, what fits the room is sent, if a summary would not be shorter."""
    what = Conversation(None, None, [turn(1, 1)], [Message("user", "word " * 3500)])

    assert fitted(what).messages == messages_of(what)


def test_impossible_reserve_does_not_stop_the_conversation() -> None:
    """A ``max_tokens`` beyond the window leaves half of it for what is sent."""
    assert fitted(conversation(3), reserve=10**9).compaction is None
    assert fitted(conversation(), reserve=10**9).compaction is not None


@pytest.mark.parametrize("compact_at", [0.01, 0.2, 1.0])
def test_every_share_works(compact_at: float) -> None:
    """The least and the largest share both lead to what fits."""
    found = fitted(conversation(200), compact_at=compact_at)

    assert found.compaction is not None
    assert tokens_of(found.messages) + REPLY <= WINDOW.tokens - RESERVE


async def test_conversation_goes_on() -> None:
    """Forty turns with a provider whose window holds ten of them: each gets its answer."""
    provider = FakeProvider(*["fact1 they spoke."] * 100)
    summary, turns, covered = None, [], 0

    async def summarize(messages: list[Message], limit: int) -> str:
        return (await provider.chat(messages, max_tokens=limit)).text

    for number in range(40):
        question = turn(number)[:1]
        what = Conversation("Be brief.", summary, turns, question)
        found = await fit(what, Window(1600, "service"), 0.8, 100, summarize)
        if found.compaction:
            after = what.after(found.compaction)
            summary, turns = after.summary, [*after.turns]
            covered += found.compaction.covers
        answer = await provider.chat(found.messages)
        turns.append([*question, answer.message, *turn(number)])

    assert covered + len(turns) == 40
    assert summary == "fact1 they spoke."
    questions = [call for call in provider.calls if "max_tokens" not in call.options]
    assert len(questions) == 40
    assert all(call.messages[0].text == "Be brief." for call in questions)
    assert max(tokens_of(call.messages) for call in questions) < 1300
    assert 3 < len(provider.calls) - 40 < 30


def test_work_grows_with_the_conversation() -> None:
    """Twice as many turns take twice the work, not four times."""
    few, many = (
        count_steps(partial(fitted, conversation(count), window=Window(2048, "service")))
        for count in (300, 600)
    )

    assert many < 2.5 * few


def test_call_without_a_result_gets_one_although_its_id_comes_again() -> None:
    """Some services number the calls of each answer from zero; a later result is not this one's."""
    call = Message("assistant", "", tool_calls=[ToolCall("c0", "look")])
    answered = [Message("user", "b"), call, Message("tool", "x", tool_call_id="c0")]

    first, second = with_results([[Message("user", "a"), call], answered])

    assert [message.role for message in first] == ["user", "assistant", "tool"]
    assert second == answered
