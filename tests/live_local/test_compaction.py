"""A conversation that is longer than the context of a real server."""

from pathlib import Path

from ollama_cli.conversation.context import COMPACT_AT, Conversation, fit, messages_of
from ollama_cli.conversation.window import Window, reserve_of, window_after
from ollama_cli.conversation.window_lookup import DEFAULT
from provider_huggingface import HfProvider
from provider_sdk import ContextLengthError, Message, estimate_tokens

from ._server import CONTEXT

TURNS = 40
ANSWER = 8
SUMMARY = 50
"""The model is small and slow, and would write until it is stopped."""
README = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8").split()


def question(number: int) -> list[Message]:
    """Return a question of some sentences."""
    start = 40 * number % (len(README) - 40)
    return [Message("user", f"What does this mean? {' '.join(README[start : start + 40])}")]


async def test_forty_turns(provider: HfProvider):
    """Every turn is answered; that the context is small is learnt from the server's error."""
    window = Window(DEFAULT, "default")
    summary, turns, covered, rejected = None, [], 0, 0

    async def summarize(messages: list[Message], limit: int) -> str:
        limit = min(limit, SUMMARY)
        return (await provider.chat(messages, max_tokens=limit, temperature=0)).text

    for number in range(TURNS):
        what = Conversation("Answer in one sentence.", summary, turns, question(number))
        reserve = reserve_of({"max_tokens": ANSWER}, window)
        for _ in range(2):
            fitted = await fit(what, window, COMPACT_AT, reserve, summarize)
            if fitted.compaction:
                covered += fitted.compaction.covers
                what = what.after(fitted.compaction)
                summary, turns = what.summary, [*what.turns]
            try:
                answer = await provider.chat(fitted.messages, max_tokens=ANSWER, temperature=0)
            except ContextLengthError as error:
                rejected += 1
                window = window_after(error, window, estimate_tokens(fitted.messages), reserve)
            else:
                break
        turns.append([*what.question, answer.message])

    assert covered + len(turns) == TURNS
    assert covered > TURNS / 2
    assert summary
    assert rejected == 1
    assert window.tokens <= CONTEXT
    assert messages_of(what)[0].text == "Answer in one sentence."
