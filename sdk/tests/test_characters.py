"""Characters that a stream cuts in two."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import Delta
from provider_sdk.decoding import CharacterJoiner

from ._answers import CALL, DIALECT, added_up, events_of, parsed
from ._cuts import fed, partitions
from ._service import chunk, completion, sse, tool

FACE = "\U0001f600"
HIGH, LOW = "\ud83d", "\ude00"


def joined(*pieces):
    """What a joiner makes of the pieces, its flush included."""
    joiner = CharacterJoiner()
    return [*map(joiner.feed, pieces), joiner.flush()]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([HIGH, LOW], FACE),
        (["a" + HIGH, LOW + "b"], f"a{FACE}b"),
        ([HIGH, "", LOW], FACE),
        ([HIGH, LOW + HIGH, LOW], FACE * 2),
        ([HIGH, "b"], "\ufffdb"),
        ([HIGH], "\ufffd"),
        ([LOW], "\ufffd"),
        ([HIGH, HIGH, LOW], f"\ufffd{FACE}"),
        ([HIGH + LOW], FACE),
        (["\ud83d", "\udc80"], "\U0001f480"),
        (["\udcf0\udc9f", "\udc98\udc80"], FACE),
        (["\udcf0", "\udc9f", "\udc98", "\udc80"], FACE),
        (["a\udcc3", "\udca9b"], "a\u00e9b"),
        (["\udce2\udc82", "\udcac"], "\u20ac"),
        (["\udcf0\udc9f", "b"], "\ufffdb"),
        (["\udcff", "b"], "\ufffdb"),
        (["\u00e9", "b"], "\u00e9b"),
    ],
)
def test_halves_are_joined(pieces, text):
    """Surrogates and bytes find their other half; what stays alone is one U+FFFD."""
    assert "".join(joined(*pieces)) == text


def test_only_a_half_is_held_back():
    """What is whole is shown at once."""
    assert joined("ab", "c" + HIGH, LOW) == ["ab", "c", FACE, ""]


@given(st.text().map(lambda text: text + FACE), st.data())
def test_cuts_make_no_difference(text, choose):
    """A text in UTF-16, cut anywhere, is the text."""
    units = text.encode("utf-16-le")
    cuts = sorted(choose.draw(st.lists(st.integers(0, len(units) // 2), max_size=6)))
    ends = [*cuts, len(units) // 2]
    pieces = [
        units[2 * a : 2 * b].decode("utf-16-le", "surrogatepass")
        for a, b in zip([0, *cuts], ends, strict=True)
    ]

    assert "".join(joined(*pieces)) == text


PLACES = {
    "text": (lambda half: {"content": half}, lambda response: response.text),
    "parts": (
        lambda half: {"content": [{"type": "text", "text": half}]},
        lambda response: response.text,
    ),
    "reasoning_content": (lambda half: {"reasoning_content": half}, lambda r: r.reasoning),
    "reasoning": (lambda half: {"reasoning": half}, lambda r: r.reasoning),
    "reasoning_details": (
        lambda half: {"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": half}]},
        lambda r: r.reasoning,
    ),
    "arguments": (
        lambda half: {"tool_calls": [tool(0, "c1", "say", half)]},
        lambda r: r.tool_calls[0].arguments_text,
    ),
}
AS_JSON = [json.dumps(half).encode() for half in (HIGH, LOW)]
AS_BYTES = [b'"' + half + b'"' for half in (b"\xf0\x9f", b"\x98\x80")]


@pytest.mark.parametrize("halves", [AS_JSON, AS_BYTES], ids=["escaped", "bytes"])
@pytest.mark.parametrize(("delta", "value"), PLACES.values(), ids=PLACES)
def test_an_emoji_in_two_chunks_is_one(delta, value, halves):
    """Wherever a token ends, the character is whole."""
    wire = [sse(chunk(**delta("HALF"))).replace(b'"HALF"', half) for half in halves]

    assert value(added_up(pieces=wire)) == FACE


@pytest.mark.parametrize(("delta", "value"), PLACES.values(), ids=PLACES)
def test_half_a_character_at_the_end_is_told(delta, value):
    """One U+FFFD stands for it, and no lone surrogate leaves the decoder."""
    wire = sse(chunk(**delta("HALF"))).replace(b'"HALF"', AS_JSON[0])

    assert value(added_up(pieces=[wire])) == "\ufffd"


def test_halves_before_a_tag_are_joined():
    """Text is sorted once it is whole."""
    wire = sse(chunk("<think>A"), chunk("B</think>C"), chunk("D"))
    wire = wire.replace(b"A", b"\\ud83d").replace(b"B", b"\\ude00")
    wire = wire.replace(b"C", b"\\ud83d").replace(b"D", b"\\ude00")

    response = added_up(pieces=[wire])

    assert (response.text, response.reasoning) == (FACE, FACE)


def test_other_fields_have_no_halves():
    """A model, a name or an id that is cut is mended where it stands."""
    calls = [tool(0, "HALF", "HALF", "{}")]
    body = {**chunk(tool_calls=calls, refusal="HALF", finish="HALF"), "model": "HALF"}

    response = added_up(pieces=[sse(body).replace(b"HALF", b"\\ud83d")])

    call = response.tool_calls[0]
    told = [response.model, call.id, call.name, response.refusal, response.raw_finish_reason]
    assert told == ["\ufffd"] * 5


def test_state_has_no_halves():
    """What goes back to the service is text that can be written."""
    wire = [
        sse(
            chunk(reasoning_content="HALF", reasoning_details=[{"index": 0, "text": "HALF"}])
        ).replace(b'"HALF"', half)
        for half in AS_JSON
    ]
    events = fed(DIALECT.stream_decoder(_named(CALL)), [*wire, sse(chunk(finish="stop"))])

    (item,) = [
        event.provider_data for event in events if isinstance(event, Delta) and event.provider_data
    ]

    assert item["reasoning_content"] == item["reasoning_details"][0]["text"] == FACE


def _named(call):
    from dataclasses import replace

    return replace(call, provider="acme")


@given(st.data())
def test_a_cut_of_the_bytes_makes_no_difference(choose):
    """Half characters at any cut give the same events."""
    wire = sse(chunk("HALF"), chunk("REST"), chunk("HALF"), done=True)
    wire = wire.replace(b"HALF", b"\\ud83d").replace(b"REST", b"\\ude00")

    assert events_of(choose.draw(partitions(wire))) == events_of([wire])


def test_a_pair_in_a_whole_answer_is_a_character():
    """Escaped, and beside bytes that are none."""
    body = json.dumps(completion(FACE)).encode().replace(b"Blue", b"\xff")

    assert parsed(body).text == FACE


def test_an_emoji_of_a_refusal_that_is_cut_in_two_is_joined():
    """As in text and reasoning."""
    data = sse(chunk(refusal="HALF"), chunk(refusal="REST"), chunk(finish="stop"))
    data = data.replace(b"HALF", b"no \\ud83d").replace(b"REST", b"\\ude42!")
    decoder = DIALECT.stream_decoder(CALL)
    events = [*decoder.feed(data), *decoder.flush()]

    refusal = "".join(event.refusal for event in events if isinstance(event, Delta))
    assert refusal == "no \U0001f642!"
