"""Deltas, added up."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import ChatChunk, Delta, ToolCallDelta, Usage
from provider_sdk._aggregate import Aggregate, TextBuffer

DELTAS = st.lists(
    st.builds(
        Delta,
        text=st.text(max_size=5),
        reasoning=st.text(max_size=5),
        finish_reason=st.sampled_from([None, "stop", "length"]),
        tool_calls=st.lists(
            st.builds(
                ToolCallDelta,
                st.integers(0, 2),
                st.none() | st.just("id"),
                st.none() | st.just("name"),
                st.text(max_size=3),
            ),
            max_size=2,
        ),
    )
)


def aggregate(*deltas):
    """The sum of the deltas."""
    result = Aggregate()
    for delta in deltas:
        result.add(delta)
    return result


@given(DELTAS)
def test_the_sum_is_that_of_the_chunks(deltas):
    """What a reader saw piece by piece is what the response holds."""
    result = Aggregate()
    chunks = [chunk for delta in deltas if (chunk := result.add(delta)) is not None]
    response = result.response(model="m")

    assert response.text == "".join(chunk.text for chunk in chunks)
    assert (response.reasoning or "").strip() == "".join(c.reasoning for c in chunks).strip()
    for position, index in enumerate(sorted({c.index for k in chunks for c in k.tool_calls})):
        fragments = [c for k in chunks for c in k.tool_calls if c.index == index]
        text = "".join(fragment.arguments_text for fragment in fragments)
        assert response.tool_calls[position].arguments_text == text


def test_a_reader_sees_text_reasoning_and_calls():
    """Each is a chunk of its own kind."""
    delta = Delta("a", "b", tool_calls=[ToolCallDelta(0, "c1")])

    assert Aggregate().add(delta) == ChatChunk("a", "b", [ToolCallDelta(0, "c1")])


def test_facts_alone_are_no_chunk():
    """Usage, model and finish reason are for the response."""
    delta = Delta(usage=Usage(1), model="m", finish_reason="stop", refusal="no")

    assert Aggregate().add(delta) is None


def test_calls_are_in_their_order():
    """The index decides, not the arrival."""
    late = Delta(tool_calls=[ToolCallDelta(1, "c2", "b"), ToolCallDelta(0, "c1", "a")])

    assert [c.id for c in aggregate(late).response(model="m").tool_calls] == ["c1", "c2"]


def test_text_can_turn_out_to_be_reasoning():
    """A ``</think>`` that was never opened moves what came before it."""
    response = aggregate(
        Delta(reasoning="A"), Delta("B"), Delta("D", "C", text_was_reasoning=True)
    ).response(model="m")

    assert (response.text, response.reasoning) == ("D", "ABC")


def test_text_can_turn_out_to_be_a_refusal():
    """A service that says only at the end that it refuses moves what came before it."""
    response = aggregate(
        Delta("I will"), Delta(" not."), Delta(finish_reason="refusal", text_was_refusal=True)
    ).response(model="m")

    assert (response.text, response.refusal) == ("", "I will not.")


def test_blank_reasoning_is_none():
    """Whitespace alone is no reasoning."""
    assert aggregate(Delta("a", reasoning=" \n")).response(model="m").reasoning is None


def test_a_response_may_be_taken_at_any_time():
    """A partial answer is an answer so far, and more may follow."""
    result = aggregate(Delta("Bl"))

    assert result.response(model="m").text == "Bl"
    result.add(Delta("ue."))
    assert result.response(model="m").text == "Blue."


def test_finished_means_a_finish_reason():
    """Text alone does not finish an answer."""
    assert not aggregate(Delta("Blue.", usage=Usage(1))).finished
    assert aggregate(Delta(finish_reason="other")).finished


def test_the_model_asked_for_counts_where_none_is_reported():
    """The service's own name goes first."""
    assert aggregate(Delta("a")).response(model="asked").model == "asked"
    assert aggregate(Delta(model="told")).response(model="asked").model == "told"


@given(st.lists(st.text(max_size=3), max_size=600))
def test_a_buffer_holds_its_pieces(pieces):
    """However many there are, and whenever it is read."""
    buffer = TextBuffer()
    for piece in pieces:
        buffer.add(piece)

    assert buffer.value() == buffer.value() == "".join(pieces)


def test_a_long_stream_takes_the_memory_of_its_text():
    """200,000 chunks add no more than twice their text."""
    result = Aggregate()
    tracemalloc.start()
    try:
        for number in range(200_000):
            result.add(Delta(f"{number:06}"))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size <= 2 * 6 * 200_000


def test_state_that_was_partial():
    """State that a later one replaces is gone; a delta without state takes it back."""
    deltas = [Delta(provider_data=1), Delta(provider_data=2, provider_data_was_partial=True)]
    whole = Aggregate()
    for delta in deltas:
        whole.add(delta)

    assert whole.provider_data == [2]

    whole.add(Delta(provider_data_was_partial=True))

    assert whole.provider_data == []
