"""Any conversation, with any window, becomes one that fits, or a clear error."""

import asyncio
from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st
from ollama_cli.conversation.context import Conversation, Fitted, fit, messages_of
from ollama_cli.conversation.measure import REPLY, tokens_of
from ollama_cli.conversation.window import Window
from provider_sdk import (
    ContextLengthError,
    Message,
    Part,
    ProviderAuthError,
    ProviderError,
    ProviderOverloadedError,
    Role,
    ToolCall,
)

from ._summarizer import Summarizer

LEAST_SUMMARY = 160
"""More than the smallest summary with what stands around it."""

WORDS = st.sampled_from(
    [
        "a ",
        "word ",
        "Größe ",
        "漢字",
        "👩‍👩‍👧",
        "x_y(z)\n",
        "\n\n",
        "]] [",
        "\ud800",
        "the end. ",
        "۱۲۳ ",
        "\x1b[2J",
    ]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text, seldom a huge one."""
    pieces = draw(st.lists(WORDS, max_size=6))
    return "".join(pieces) * draw(st.sampled_from([0, 1, 1, 3, 20, 20, 50, 300]))


@st.composite
def contents(draw: st.DrawFn) -> str | list[Part]:
    """A text, or a text with images."""
    text = draw(texts())
    if draw(st.integers(0, 7)):
        return text
    image: Part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    return [{"type": "text", "text": text}, *[image] * draw(st.integers(0, 2))]


@st.composite
def turns(draw: st.DrawFn) -> list[Message]:
    """A turn: whole, without an answer, cut among its calls, or empty."""
    if draw(st.integers(0, 20)) == 0:
        return []
    found = [Message("user", draw(contents()))]
    for number in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        ids = [f"c{number}.{place}" for place in range(draw(st.integers(1, 3)))]
        calls = [ToolCall.parse(id, "look", draw(texts())) for id in ids]
        found.append(Message("assistant", draw(texts()), tool_calls=calls))
        found += [Message("tool", draw(texts()), tool_call_id=id) for id in ids]
    if draw(st.integers(0, 3)):
        state = draw(st.sampled_from([{}, {"claude": {"signature": "AAAA"}}]))
        found.append(Message("assistant", draw(texts()), provider_data=state))
    return found[: draw(st.sampled_from([len(found)] * 4 + [1, 2, 3]))]


CONVERSATIONS = st.builds(
    Conversation,
    st.one_of(st.none(), texts()),
    st.one_of(st.none(), texts()),
    st.lists(turns(), max_size=12).map(lambda found: found * (1 + len(found) % 3)),
    contents().map(lambda content: [Message("user", content)]),
)
WINDOWS = st.builds(
    Window,
    st.sampled_from([256, 512, 1024, 2000, 4096, 16_384, 131_072]),
    st.sampled_from(["service", "settings", "default"]),
)
OUTCOMES = st.lists(
    st.sampled_from(
        [
            None,
            None,
            None,
            "",
            "long " * 3000,
            "[1 record ends]",
            ProviderOverloadedError("busy"),
            ProviderAuthError("no key"),
            ContextLengthError("too long"),
        ]
    ),
    min_size=1,
    max_size=5,
)


def run(
    what: Conversation,
    window: Window,
    compact_at: float,
    reserve: int,
    outcomes: Sequence[ProviderError | str | None],
) -> Fitted | None:
    """Fit a conversation; ``None`` if it cannot be."""
    summarizer = Summarizer(window.tokens, outcomes)
    try:
        return asyncio.run(fit(what, window, compact_at, reserve, summarizer))
    except ContextLengthError:
        assert not summarizer.requests
        return None


def require_answered(messages: Sequence[Message]) -> None:
    """Fail unless every call has one result right after it, and every result its call."""
    open_calls: list[str] = []
    for message in messages:
        if message.role == "tool":
            assert message.tool_call_id in open_calls
            open_calls.remove(message.tool_call_id)
        else:
            assert not open_calls
            open_calls = [call.id for call in message.tool_calls]
    assert not open_calls


@settings(max_examples=60)
@given(
    CONVERSATIONS,
    WINDOWS,
    st.sampled_from([0.05, 0.5, 0.8, 0.8, 1]),
    st.sampled_from([0, 100, 1000, 10**6]),
    OUTCOMES,
)
@example(
    Conversation(None, "漢字" * 9000, [[Message("user", "漢字" * 9000)]], [Message("user", "?")]),
    Window(1024, "service"),
    0.8,
    100,
    [None],
)
def test_conversation_fits(
    what: Conversation,
    window: Window,
    compact_at: float,
    reserve: int,
    outcomes: list[ProviderError | str | None],
) -> None:
    """What is sent fits, has system prompt and question, and no call without its result.

    Newest turns stay as they are, the same is done each time, and what fits is left alone.
    """
    room = window.tokens - min(reserve, window.tokens // 2)
    system = [Message("system", what.system)] if what.system else []
    fixed = tokens_of([*system, *what.question]) + REPLY
    found = run(what, window, compact_at, reserve, outcomes)
    if found is None:
        assert window.source != "default"
        assert fixed + LEAST_SUMMARY > room
        assert tokens_of(messages_of(what)) + REPLY > room
        return
    sent = found.messages
    if window.source == "default":
        room = max(room, 2 * (fixed + LEAST_SUMMARY))
    if what.turns or what.summary:
        assert tokens_of(sent) + REPLY <= room
    assert sent[: len(system)] == system
    assert sent[-1] == what.question[-1]
    require_answered(sent)
    roles: list[Role] = [message.role for message in sent]
    assert roles.count("system") == len(system)
    if found.compaction is None:
        assert sent == messages_of(what)
        return
    made = found.compaction
    after = what.after(made)
    assert sent == messages_of(after)
    assert made.after_tokens == tokens_of(sent) + REPLY
    assert made.after_tokens < made.before_tokens == tokens_of(messages_of(what)) + REPLY
    assert bool(made.reason) == (made.by == "extract")
    assert run(what, window, compact_at, reserve, outcomes) == found
    assert run(after, window, compact_at, reserve, []) == Fitted(sent)
