"""Choices of a stream: several answers, or one whose tokens are counted."""

import itertools

import pytest
from provider_sdk import ChatCall, Delta, Message

from ._answers import DIALECT, added_up, events_of
from ._cuts import fed
from ._service import USER, Service, chunk, sse, streamed


def piece(index, content=None, finish=None, **delta):
    """A chunk of one choice with this index."""
    made = chunk(content, finish=finish, **delta)
    made["choices"][0]["index"] = index
    return made


def together(*chunks):
    """The choices of several chunks in one."""
    return {**chunks[0], "choices": [choice for one in chunks for choice in one["choices"]]}


def counted(first, *contents, finish="stop"):
    """Chunks whose index counts them, the finish reason in one of its own."""
    numbers = itertools.count(first)
    return [
        *(piece(number, content) for number, content in zip(numbers, contents, strict=False)),
        piece(first + len(contents), finish=finish),
    ]


@pytest.mark.parametrize("first", [0, 1, 7])
@pytest.mark.parametrize("contents", [["Blue."], ["Bl", "ue."], ["", "Bl", "ue."], list("Blue.")])
def test_an_index_that_counts_chunks_is_one_answer(first, contents):
    """All text is kept, and the finish reason with it, wherever the numbers begin."""
    response = added_up(*counted(first, *contents))

    assert (response.text, response.finish_reason) == ("Blue.", "stop")


def test_an_index_may_count_as_text():
    """Numbers in quotes are numbers."""
    assert added_up(*(piece(str(n), c) for n, c in enumerate("Blue."))).text == "Blue."


def test_an_index_may_count_reasoning_and_calls():
    """Every kind of content is kept."""
    call = {"index": 0, "id": "c1", "function": {"name": "sum", "arguments": '{"a": 1}'}}

    response = added_up(
        piece(0, role="assistant"),
        piece(1, reasoning_content="Hm"),
        piece(2, reasoning_content="."),
        piece(3, "Blue."),
        piece(4, tool_calls=[call]),
        piece(5, finish="tool_calls"),
    )

    assert (response.reasoning, response.text) == ("Hm.", "Blue.")
    assert response.tool_calls[0].arguments == {"a": 1}


def test_a_finish_reason_may_come_with_the_last_counted_content():
    """It is not waited for."""
    response = added_up(piece(0, "Bl"), piece(1, "ue.", "length"))

    assert (response.text, response.finish_reason) == ("Blue.", "length")


def test_counted_numbers_may_leave_some_out():
    """Each number beyond the last is the same answer."""
    assert (
        added_up(*(piece(n, c) for n, c in zip((0, 1, 2, 5, 9), "Blue.", strict=True))).text
        == "Blue."
    )


def test_text_that_is_held_back_is_not_lost_at_the_end():
    """A stream that ends before the third number has all its text."""
    for end in (b"data: [DONE]\n\n", b""):
        assert added_up(pieces=[sse(piece(0, "Bl"), piece(1, "ue.")) + end]).text == "Blue."


def test_text_is_held_back_for_one_chunk():
    """The third number shows what the second was; from there on nothing waits."""
    decoder = DIALECT.stream_decoder(ChatCall("m", (Message("user", "?"),), {}))

    texts = [
        [event.text for event in decoder.feed(sse(piece(n, c)))] for n, c in enumerate("Blue.")
    ]

    assert texts == [["B"], [""], ["l", "u"], ["e"], ["."]]


SEVERAL = {
    "one by one": [piece(n % 2, c) for n, c in enumerate("BGlrueee.n")],
    "heads first": [
        *(piece(n, role="assistant", content="") for n in range(3)),
        piece(0, "Blue."),
        piece(1, "Green."),
        piece(2, "Red."),
    ],
    "in pairs": [piece(0, ""), piece(0, "Bl"), piece(1, ""), piece(1, "Gr"), piece(0, "ue.")],
    "the second goes on": [piece(0, "Blue."), piece(1, "Gr"), piece(1, "een."), piece(0, "")],
    "one behind the other": [piece(0, "Blue.", "stop"), piece(1, "Green.", "stop")],
    "in one chunk": [
        together(piece(1, "Gr"), piece(0, "Bl")),
        together(piece(0, "ue."), piece(1, "een.")),
    ],
    "from the second": [piece(1, "Blue."), piece(0, "Green."), piece(0, "!")],
}


@pytest.mark.parametrize("chunks", SEVERAL.values(), ids=SEVERAL)
def test_of_several_answers_one_is_read(chunks):
    """Indexes that come again belong to several answers, and only one of them is read."""
    assert added_up(*chunks).text == "Blue."


@pytest.mark.parametrize("n", [2, 3])
def test_a_call_that_asked_for_several_counts_nothing(n):
    """``n`` in ``extra_body`` says what the numbers are; nothing is mixed or held back."""
    call = ChatCall("m", (Message("user", "?"),), {"extra_body": {"n": n}})
    events = fed(
        DIALECT.stream_decoder(call), [sse(piece(0, "Blue."), *(piece(i, "x") for i in (1, 2)))]
    )

    assert [event.text for event in events if isinstance(event, Delta)] == ["Blue.", "", ""]


@pytest.mark.parametrize("index", [None, True, 1.5, "x", [], -1])
def test_an_index_that_is_no_number_says_nothing(index):
    """Chunks with it belong to the answer."""
    assert added_up(piece(index, "Bl"), piece(index, "ue.")).text == "Blue."


async def test_a_counted_stream_reaches_its_reader():
    """Nothing ends after the first token."""
    service = Service(streamed(sse(*counted(0, *"Blue."), done=True)))

    stream = await service.provider().chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."


def test_usage_is_not_held_back():
    """It belongs to no choice."""
    extra = {**piece(1, "ue."), "usage": {"prompt_tokens": 1}}

    events = events_of([sse(piece(0, "Bl"), extra)])

    assert [event.usage is not None for event in events] == [False, True, False]


def test_an_error_in_a_counted_choice_is_not_held_back():
    """It ends the answer, whoever else would have answered."""
    failing = piece(1, "ue.")
    failing["choices"][0]["error"] = "it broke"

    *deltas, failure = events_of([sse(piece(0, "Bl"), failing)])

    assert [delta.text for delta in deltas] == ["Bl", "ue."]
    assert failure.error.message == "it broke"


@pytest.mark.parametrize("nothing", ["null", "None", "", "in_progress"])
def test_a_word_for_no_finish_reason_ends_no_counted_answer(nothing):
    """Servers that count also write ``"null"`` where others send nothing."""
    chunks = [piece(n, c, nothing) for n, c in enumerate("Blue.")]

    assert added_up(*chunks, piece(5, "", "stop")).text == "Blue."


UNEVEN = {
    "every second": [(0, "a"), (2, "b"), (4, "c"), (6, "")],
    "one twice": [(0, "a"), (0, "b"), (1, "c"), (2, "")],
    "each twice": [(0, ""), (0, "a"), (1, "b"), (1, ""), (2, "c"), (2, "")],
    "the end alone": [(0, "a"), (0, "b"), (0, "c"), (1, "")],
    "the first again": [(0, ""), (0, ""), (0, "a"), (5, "b"), (5, "c"), (9, "")],
}


@pytest.mark.parametrize("numbers", UNEVEN.values(), ids=UNEVEN)
def test_a_counter_may_skip_and_repeat(numbers):
    """It only never goes back."""
    *pieces, last = numbers
    chunks = [piece(number, text) for number, text in pieces]

    answer = added_up(*chunks, piece(*last, "stop"))

    assert (answer.text, answer.finish_reason) == ("abc", "stop")


def test_a_finish_reason_that_is_held_back_is_not_lost():
    """At the end of the stream it counts."""
    answer = added_up(piece(0, "a"), piece(1, "b"), piece(1, "c", "stop"))

    assert (answer.text, answer.finish_reason) == ("abc", "stop")


def test_a_counter_that_goes_back_was_an_index():
    """What was not read yet is dropped."""
    assert added_up(piece(0, "Blue"), piece(1, "G"), piece(1, "r"), piece(0, ".")).text == "Blue."


def test_two_answers_that_are_cut_are_not_joined():
    """Of the second nothing is shown, as if both had come whole."""
    chunks = [piece(0, ""), piece(0, "Blue"), piece(1, ""), piece(1, "Blue")]

    assert added_up(*chunks).text == "Blue"


def test_the_text_of_older_completions_may_be_counted_too():
    """What is held back is content there as well."""
    chunks = [{"choices": [{"index": n, "text": c}]} for n, c in enumerate("Blue.")]

    assert added_up(*chunks).text == "Blue."
