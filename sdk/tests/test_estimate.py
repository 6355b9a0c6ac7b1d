"""Tokens are estimated without a vocabulary, and how well is measured against a real tokenizer."""

import statistics
import time
import warnings
from functools import cache
from pathlib import Path

import pytest
from provider_sdk import Message, ToolCall, estimate_tokens

TEXTS = Path(__file__).parent / "texts"
NAMES = sorted(path.stem for path in TEXTS.glob("*.txt"))
PAGE = Path(__file__).parents[2] / "docs" / "tokens.md"
EASY = ("english", "code")
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}


@cache
def tokenizer():
    """The tokenizer of OpenAI's models since GPT-4o."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how it reads its own data
        import bpe_openai

        return bpe_openai.get_encoding("o200k_base")


def parts(name):
    """The texts of one language."""
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8").strip().split("\n\n\n")


def errors(name):
    """By how much the estimate of each text is off, in percent."""
    counts = [(estimate_tokens(text), len(tokenizer().encode(text))) for text in parts(name)]
    return [100 * (estimated / real - 1) for estimated, real in counts]


def line(name):
    """The language's line in the table of the page."""
    found = errors(name)
    middle, worst = statistics.median(map(abs, found)), max(map(abs, found))
    return f"| {name} | {len(found)} | {middle:.0f} % | {worst:.0f} % |"


@pytest.mark.parametrize("name", NAMES)
def test_the_error_for_a_language(name):
    """The median error is below 10 % for English and code, and below 20 % for other languages."""
    assert statistics.median(map(abs, errors(name))) < (10 if name in EASY else 20)
    assert max(map(abs, errors(name))) < 35


def test_ten_languages_and_code():
    """The texts are of ten languages, and of code."""
    assert len(NAMES) == 11
    assert "code" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_page_states_the_error(name):
    """The table of the page has the error as it is measured here."""
    assert line(name) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", (), []])
def test_nothing(text):
    """Nothing has no tokens."""
    assert estimate_tokens(text) == 0


@pytest.mark.parametrize("text", ["a", " ", "\n", "中", "é", "\ud800", "\u0301", "🙂", "1", "\x00"])
def test_a_single_character(text):
    """A single character has one token, or a few."""
    assert 0 <= estimate_tokens(text) <= 4


@pytest.mark.parametrize(
    "piece",
    ["a", "aB3", " ", "\n", "\r\n", "=", "(x", "1", "中", "é", "e\u0301", "\ud800", "🙂", "\x00"],
)
def test_huge_texts(piece):
    """A text of megabytes takes about as long as one of 64 KB."""

    def work(length):
        text = piece * (length // len(piece))
        start = time.thread_time()
        assert estimate_tokens(text) > 500
        return time.thread_time() - start

    assert work(4_000_000) < 3 * work(64_000) + 0.1


def test_a_long_text_is_sampled_evenly():
    """The estimate of a long text is that of its parts."""
    text = "\n\n".join(parts("english") + parts("russian") + parts("chinese"))

    long = estimate_tokens(text * 40)

    assert long == pytest.approx(40 * estimate_tokens(text), rel=0.1)


def test_more_text_has_more_tokens():
    """A text that is repeated has as many times more tokens."""
    (text, *_) = parts("english")

    assert estimate_tokens(text * 8) == pytest.approx(8 * estimate_tokens(text), rel=0.02)


def test_a_conversation():
    """Each message costs four tokens more than its text, and the answer three."""
    text = estimate_tokens("Why is the sky blue?")
    message = {"role": "user", "content": "Why is the sky blue?"}

    assert estimate_tokens([message]) == text + 7
    assert estimate_tokens([message, Message("user", "Why is the sky blue?")]) == 2 * text + 11


def test_images():
    """An image counts a thousand tokens, whatever its address or bytes."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100000}}
    content = [{"type": "text", "text": "What is it?"}, image]

    assert estimate_tokens([{"role": "user", "content": content}]) == (
        estimate_tokens("What is it?") + 1007
    )


def test_tool_calls_and_tools():
    """Calls count with names and arguments, and tools with their schemas."""
    call = Message("assistant", tool_calls=(ToolCall("1", "get_weather", {"city": "Paris"}),))

    assert estimate_tokens([call]) > 17
    assert estimate_tokens([call], tools=[TOOL]) > estimate_tokens([call]) + 15


def test_the_same_conversation_in_both_forms():
    """A message counts as many tokens as the mapping that it is made of."""
    call = ToolCall("1", "get_weather", {"city": "北京"}, '{"city": "北京"}')
    turn = Message("assistant", "Hm.", (call,), own_state={"reasoning_content": "Why?"})

    assert estimate_tokens([turn]) == estimate_tokens([turn.to_dict()])


def test_arguments_are_counted_as_a_model_writes_them():
    """Characters outside ASCII are not escaped."""
    parsed, written = (
        Message("assistant", tool_calls=(ToolCall("1", "f", {"city": "北京"}, text),))
        for text in ("", '{"city": "北京"}')
    )

    assert estimate_tokens([parsed]) == estimate_tokens([written])


def cyclic():
    """A tool that holds itself."""
    tool = {"type": "function"}
    tool["function"] = tool
    return tool


@pytest.mark.parametrize(
    "message",
    [
        None,
        3,
        {},
        {"content": None},
        {"content": [None, {"type": "text", "text": 3}]},
        {"content": {"type": "text"}, "tool_calls": 7},
        Message("assistant", tool_calls=(ToolCall("1", "f", {"key": object()}),)),
        {"content": "x", "tool_calls": [None, {"function": cyclic()}, {"function": object()}]},
    ],
)
def test_messages_that_are_not_valid(message):
    """What a call would refuse is estimated as far as it can be read, and never fails."""
    assert estimate_tokens([message], tools=[cyclic()]) >= 0
