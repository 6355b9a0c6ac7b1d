"""Which call a fragment belongs to, with everything that servers leave out, repeat and mix up."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import Delta

from ._answers import CALL, DIALECT, added_up, events_of, parsed
from ._cuts import fed, partitions
from ._service import chunk, completion, sse, tool

CATS = '{"q": "cats"}'
DOGS = '{"q": "dogs"}'


def _of(response):
    return [(call.id, call.name, call.arguments) for call in response.tool_calls]


def streamed(*fragments):
    """Id, name and arguments of the calls of a stream with one fragment a chunk."""
    return _of(added_up(*(chunk(tool_calls=[fragment]) for fragment in fragments)))


def whole(*calls):
    """The same of a whole answer."""
    return _of(parsed(completion(None, tool_calls=list(calls))))


MADE = ["call_chatcmpl-1_0", "call_chatcmpl-1_1", "call_chatcmpl-1_2"]
ONE = [("c9", "search", {"q": "cats"})]
TWO = [("a", "search", {"q": "cats"}), ("b", "search", {"q": "dogs"})]
FRAGMENTS = {
    "the name again, the id once": (
        [
            tool(0, "c9", "search", '{"q": '),
            tool(0, None, "search", '"ca'),
            tool(0, None, "search", 'ts"}'),
        ],
        ONE,
    ),
    "the name again behind the end": (
        [tool(0, "c9", "search", CATS), tool(0, None, "search", "")],
        ONE,
    ),
    "the name again, no index": (
        [tool(None, "c9", "search", '{"q": '), tool(None, None, "search", '"cats"}')],
        ONE,
    ),
    "the name again, a nested object": (
        [tool(0, "c9", "search", '{"q": '), tool(0, None, "search", '{"a": 1}}')],
        [("c9", "search", {"q": {"a": 1}})],
    ),
    "id and name again": (
        [tool(0, "c9", "search", '{"q": '), tool(0, "c9", "search", '"cats"}')],
        ONE,
    ),
    "the id again, no index": (
        [
            tool(None, "c9", "search", ""),
            tool(None, "c9", None, '{"q": '),
            tool(None, "c9", None),
            tool(None, "c9", None, '"cats"}'),
        ],
        ONE,
    ),
    "a new id on each fragment": (
        [
            tool(0, "c9", "search", ""),
            tool(0, "x1", None, '{"q": '),
            tool(0, "x2", None, '"cats"}'),
            tool(0, "x3", None, ""),
        ],
        ONE,
    ),
    "a new id and the name on each fragment": (
        [tool(0, "c9", "search", '{"q": '), tool(0, "x1", "search", '"cats"}')],
        ONE,
    ),
    "an id that comes late": (
        [tool(0, None, "search", '{"q": '), tool(0, "c9", None, '"cats"}')],
        ONE,
    ),
    "an id that comes last": ([tool(0, None, "search", CATS), tool(0, "c9")], ONE),
    "a name that comes late": (
        [tool(0, "c9", None, '{"q": '), tool(0, None, "search", '"cats"}')],
        ONE,
    ),
    "an index that comes late": (
        [
            tool(None, "c9", "search", ""),
            tool(0, None, None, '{"q": '),
            tool(0, None, None, '"cats"}'),
        ],
        ONE,
    ),
    "a late index and the name again": (
        [tool(None, "c9", "search", '{"q": '), tool(0, None, "search", '"cats"}')],
        ONE,
    ),
    "an index that is text": (
        [tool("0", "c9", "search", '{"q": '), tool("0", None, None, '"cats"}')],
        ONE,
    ),
    "an index that is text, then a number": (
        [tool("0", "c9", "search", '{"q": '), tool(0, None, None, '"cats"}')],
        ONE,
    ),
    "an index that counts fragments": (
        [
            tool(0, "c9", "search", ""),
            tool(1, None, None, '{"q": '),
            tool(2, None, None, '"cats"}'),
        ],
        ONE,
    ),
    "a name in pieces": (
        [tool(0, "c9", "sea"), tool(0, None, "rch"), tool(0, None, None, CATS)],
        ONE,
    ),
    "a name in pieces under its id": ([tool(0, "c9", "sea"), tool(0, "c9", "rch", CATS)], ONE),
    "arguments behind blanks": (
        [
            tool(0, "c9", "search", " "),
            tool(0, None, "search", '\n{"q": '),
            tool(0, None, "search", '"cats"}'),
        ],
        ONE,
    ),
    "a name that grows": ([tool(0, "c9", "sea"), tool(0, "c9", "search", CATS)], ONE),
    "the call once more at another index": (
        [
            tool(0, "c9", "search", ""),
            tool(0, "c9", None, CATS),
            tool(1, "c9", "search", CATS),
            tool(2, "c9", "search", CATS),
        ],
        ONE,
    ),
    "parallel, index 0": (
        [
            tool(0, "a", "search", ""),
            tool(0, "b", "search", ""),
            tool(0, "a", None, CATS),
            tool(0, "b", None, DOGS),
        ],
        TWO,
    ),
    "parallel, no index": (
        [
            tool(None, "a", "search", ""),
            tool(None, "b", "search", ""),
            tool(None, "a", None, '{"q": '),
            tool(None, "b", None, DOGS),
            tool(None, "a", None, '"cats"}'),
        ],
        TWO,
    ),
    "parallel, index 0, whole": ([tool(0, "a", "search", CATS), tool(0, "b", "search", DOGS)], TWO),
    "parallel, no index, whole": (
        [tool(None, "a", "search", CATS), tool(None, "b", "search", DOGS)],
        TWO,
    ),
    "parallel, a late index": (
        [
            tool(None, "a", "search"),
            tool(None, "b", "search"),
            tool(0, None, None, CATS),
            tool(1, None, None, DOGS),
        ],
        TWO,
    ),
    "parallel, the head at the wrong index": (
        [tool(0, "a", "search", CATS), tool(0, "b", "search", ""), tool(1, None, None, DOGS)],
        TWO,
    ),
    "parallel, the id alone first": (
        [tool(0, "a"), tool(0, None, "search", CATS), tool(0, "b"), tool(0, None, "search", DOGS)],
        TWO,
    ),
    "parallel, the id alone first, at its index": (
        [tool(0, "a", "search", CATS), tool(1, "b"), tool(1, None, "search", DOGS)],
        TWO,
    ),
    "a new id at a new index on each fragment": (
        [
            tool(0, "c9", "search", '{"q": '),
            tool(1, "x1", None, '"cats"}'),
            tool(2, "x2", None, ""),
        ],
        ONE,
    ),
    "text that is no object": (
        [tool(0, "a", "say", '"x" {}'), tool(0, None, None, '{"t": 1}'), tool(0, "b", "say", "{}")],
        [("a", "say", None), ("b", "say", {})],
    ),
    "a backslash outside of strings": (
        [tool(0, "a", "say", '{"t": \\'), tool(0, None, None, "n [1]}"), tool(0, "b", "say", "{}")],
        [("a", "say", None), ("b", "say", {})],
    ),
    "parallel, no ids, index 0": (
        [tool(0, None, "search", CATS), tool(0, None, "search", DOGS)],
        [(MADE[0], "search", {"q": "cats"}), (MADE[1], "search", {"q": "dogs"})],
    ),
    "parallel, no ids, in pieces": (
        [
            tool(0, None, "search", '{"q": '),
            tool(0, None, None, '"cats"}'),
            tool(0, None, "search", '{"q": '),
            tool(0, None, None, '"dogs"}'),
        ],
        [(MADE[0], "search", {"q": "cats"}), (MADE[1], "search", {"q": "dogs"})],
    ),
    "parallel, neither ids nor names again": (
        [tool(0, "a", "search", CATS), tool(0, None, None, DOGS), tool(0, None, None, CATS)],
        [
            ("a", "search", {"q": "cats"}),
            (MADE[1], "search", {"q": "dogs"}),
            (MADE[2], "search", {"q": "cats"}),
        ],
    ),
    "parallel, without arguments or ids": (
        [tool(None, None, "ping"), tool(None, None, "pong")],
        [(MADE[0], "ping", {}), (MADE[1], "pong", {})],
    ),
    "parallel, one id for all": (
        [tool(0, 0, "search", CATS), tool(1, 0, "search", DOGS), tool(2, 0, "now", "{}")],
        [("0", "search", {"q": "cats"}), (MADE[1], "search", {"q": "dogs"}), (MADE[2], "now", {})],
    ),
    "the next call's head without arguments": (
        [tool(0, None, "search", CATS), tool(0, None, "now", "")],
        [(MADE[0], "search", {"q": "cats"}), (MADE[1], "now", {})],
    ),
    "braces in strings": (
        [
            tool(0, "a", "say", '{"t": "}{\\\\\\"'),
            tool(0, None, "say", '{"}'),
            tool(0, "b", "say", "{}"),
        ],
        [("a", "say", {"t": '}{\\"{'}), ("b", "say", {})],
    ),
    "a placeholder before the arguments": (
        [
            tool(0, "a", "search", "{}"),
            tool(0, None, None, '{"q": '),
            tool(0, None, None, '"cats"}'),
        ],
        [("a", "search", {"q": "cats"})],
    ),
    "a placeholder, id and name again": (
        [tool(0, "a", "search", "{}"), tool(0, "a", "search", CATS)],
        [("a", "search", {"q": "cats"})],
    ),
    "a placeholder, then another id without a name": (
        [tool(0, "a", "search", " {}"), tool(0, "b", None, CATS)],
        [("a", "search", {"q": "cats"})],
    ),
    "a placeholder before an object": (
        [
            tool(0, "a", "search", "{}"),
            {"index": 0, "function": {"arguments": {"q": "cats"}}},
        ],
        [("a", "search", {"q": "cats"})],
    ),
    "placeholders of parallel calls": (
        [
            tool(0, "a", "search", "{}"),
            tool(1, "b", "search", "{}"),
            tool(0, None, None, CATS),
            tool(1, None, None, DOGS),
        ],
        [("a", "search", {"q": "cats"}), ("b", "search", {"q": "dogs"})],
    ),
    "parallel, no arguments, no ids, index 0": (
        [tool(0, None, "now", "{}"), tool(0, None, "now", "{}"), tool(0, None, "ping", "{}")],
        [(MADE[0], "now", {}), (MADE[1], "now", {}), (MADE[2], "ping", {})],
    ),
    "an empty object, then something else": (
        [tool(0, "a", "now", "{}"), tool(0, None, None, "\n"), tool(0, None, None, "oops")],
        [("a", "now", None)],
    ),
    "an escape cut in two": (
        [tool(0, "a", "say", '{"t": "\\'), tool(0, None, "say", '"{"}')],
        [("a", "say", {"t": '"{'})],
    ),
}


@pytest.mark.parametrize(("fragments", "calls"), FRAGMENTS.values(), ids=FRAGMENTS)
def test_fragments_find_their_call(fragments, calls):
    """Nothing is broken into three, melts into the last, or stays without a name."""
    assert streamed(*fragments) == calls


@pytest.mark.parametrize(("fragments", "calls"), FRAGMENTS.values(), ids=FRAGMENTS)
def test_fragments_in_one_chunk_find_their_call(fragments, calls):
    """How they are spread over chunks makes no difference."""
    assert _of(added_up(chunk(tool_calls=fragments))) == calls


@pytest.mark.parametrize("arguments", ["", "{}", CATS])
def test_two_named_items_of_one_list_are_two_calls(arguments):
    """Without id and index, only the list tells them apart."""
    items = [tool(None, None, "now", arguments)] * 2

    answer = added_up(chunk(tool_calls=items))

    assert [(call.id, call.name) for call in answer.tool_calls] == [
        (MADE[0], "now"),
        (MADE[1], "now"),
    ]


def test_a_name_without_end_is_cut():
    """Whoever adds to it for ever makes nobody write it anew for ever."""
    events = events_of([sse(*(chunk(tool_calls=[tool(0, None, "x" * 90)]) for _ in range(500)))])

    sent = sum(len(call.name or "") for event in events for call in event.tool_calls)
    assert sent < 20_000


@given(st.data())
def test_cuts_make_no_difference(choose):
    """The same bytes in other pieces give the same events."""
    fragments, _ = choose.draw(st.sampled_from(list(FRAGMENTS.values())))
    stream = sse(*(chunk(tool_calls=[fragment]) for fragment in fragments), done=True)

    pieces = choose.draw(partitions(stream))

    assert fed(DIALECT.stream_decoder(CALL), pieces) == events_of([stream])


ARGUMENTS = {"q": "cats"}
LEGACY = {
    "parameters": {"id": "c9", "function": {"name": "search", "parameters": ARGUMENTS}},
    "parameters as text": {"id": "c9", "function": {"name": "search", "parameters": CATS}},
    "input": {"id": "c9", "function": {"name": "search", "input": ARGUMENTS}},
    "input of a flat call": {"id": "c9", "type": "tool_use", "name": "search", "input": ARGUMENTS},
    "empty arguments": {
        "id": "c9",
        "function": {"name": "search", "arguments": "", "parameters": ARGUMENTS},
    },
    "no arguments": {
        "id": "c9",
        "function": {"name": "search", "arguments": None, "parameters": ARGUMENTS},
    },
    "an empty object": {
        "id": "c9",
        "function": {"name": "search", "arguments": {}, "parameters": ARGUMENTS},
    },
    "flat": {"id": "c9", "type": "function", "name": "search", "arguments": CATS},
    "flat, decoded": {"id": "c9", "type": "function", "name": "search", "parameters": ARGUMENTS},
    "function is the name": {"id": "c9", "function": "search", "arguments": ARGUMENTS},
    "decoded": {"id": "c9", "function": {"name": "search", "arguments": ARGUMENTS}},
}


@pytest.mark.parametrize("call", LEGACY.values(), ids=LEGACY)
def test_old_servers_write_calls_in_their_own_way(call):
    """Arguments are found wherever they stand, whole and streamed."""
    assert whole(call) == streamed({"index": 0, **call}) == ONE


@pytest.mark.parametrize("call", LEGACY.values(), ids=LEGACY)
def test_a_single_call_may_stand_outside_a_list(call):
    """Old TGI sends ``tool_calls`` as one object."""
    assert _of(parsed(completion(None, tool_calls=call))) == ONE
    assert _of(added_up(chunk(tool_calls=call))) == ONE


@pytest.mark.parametrize(
    "objects",
    [
        [{"q": "cats"}],
        [{}, {"q": "cats"}],
        [{"q": "c"}, {"q": "cats"}],
        [{"q": "cats"}, {"n": 1}],
        [{"q": "cats"}, {"q": "cats"}],
    ],
)
@pytest.mark.parametrize("id", ["c9", None])
def test_arguments_may_come_as_objects(objects, id):
    """Objects of one call are put together; the newer value counts."""
    first, *rest = [{"index": 0, "function": {"arguments": item}} for item in objects]
    first = {**first, "id": "c9", "function": {"name": "search", **first["function"]}}

    ((_, name, arguments),) = streamed(first, *({"id": id, **fragment} for fragment in rest))

    assert name == "search"
    assert arguments == {k: v for item in objects for k, v in item.items()}


def test_text_may_follow_an_empty_object():
    """It stood for arguments that were still to come."""
    head = {"index": 0, "id": "c9", "function": {"name": "search", "arguments": {}}}

    assert streamed(head, tool(0, None, None, CATS)) == ONE
    assert (
        streamed(head, {"index": 0, "function": {"name": "search", "arguments": ARGUMENTS}}) == ONE
    )


@pytest.mark.parametrize("ids", [(None, None), ("a", "b"), (0, 0)])
def test_whole_calls_with_objects_are_separate(ids):
    """A name again, or another id, begins the next call."""
    for index in (0, 1):
        fragments = [
            {"index": place, "id": id, "function": {"name": "search", "arguments": {"n": n}}}
            for n, (id, place) in enumerate(zip(ids, (0, index), strict=True))
        ]
        if ids == (0, 0) and index == 0:
            continue  # nothing tells these apart
        assert [arguments for _, _, arguments in streamed(*fragments)] == [{"n": 0}, {"n": 1}]


def test_objects_are_shown_at_the_end():
    """Only the finish reason shows that no more of the object comes."""
    call = {"index": 0, "id": "c9", "function": {"name": "search", "arguments": ARGUMENTS}}

    events = events_of([sse(chunk(tool_calls=[call]), chunk(finish="tool_calls"))])

    texts = [c.arguments_text for e in events if isinstance(e, Delta) for c in e.tool_calls]
    assert texts == ["", json.dumps(ARGUMENTS)]


def test_a_whole_call_without_function_is_none():
    """What names nothing cannot be called; an empty function is shown as it is."""
    assert whole({"id": "a"}, {"id": "b", "function": None}) == []
    assert whole({"id": "c", "function": {}}) == [("c", "", {})]


def test_an_identical_id_in_a_whole_answer_is_made_new():
    """A result must be able to answer each call by itself."""
    calls = [tool(None, 0, "search", CATS), tool(None, 0, "search", DOGS)]

    assert [id for id, _, _ in whole(*calls)] == ["0", MADE[1]]


@pytest.mark.parametrize("raw", ["tool_calls", "tool_use", "TOOL_CALLS", "function_call"])
@pytest.mark.parametrize("nothing", [None, []])
def test_a_call_that_is_missing_is_told_of(raw, nothing):
    """An answer that ends to call a tool and holds no call warns, whole and streamed."""
    body = completion("Blue.", tool_calls=nothing)
    body["choices"][0]["finish_reason"] = raw

    for response in (parsed(body), added_up(chunk("Blue.", tool_calls=nothing), chunk(finish=raw))):
        assert response.finish_reason == "tool_calls"
        assert response.warnings == ("the answer ends with a call of a tool, and holds none",)


def test_an_answer_with_its_calls_warns_of_nothing():
    """Neither does one that ends otherwise."""
    for response in (
        added_up(chunk(tool_calls=[tool(0, "c1", "now", "{}")]), chunk(finish="tool_calls")),
        added_up(chunk("Blue.", finish="stop")),
    ):
        assert response.warnings == ()


def test_a_legacy_function_call_in_a_stream_is_told_of():
    """It comes in fragments, and one warning is enough."""
    response = added_up(
        chunk(function_call={"name": "search", "arguments": ""}),
        chunk(function_call={"arguments": CATS}),
        chunk(finish="function_call"),
    )

    assert response.tool_calls == ()
    assert "outside the contract" in response.warnings[0]
    assert len(response.warnings) == 2


def test_calls_that_share_an_id_are_told_apart_by_index_and_name():
    """A server that gives every call the same id still numbers them."""
    fragments = [
        {"index": 0, "id": "call", "function": {"name": "f", "arguments": '{"x":'}},
        {"index": 1, "id": "call", "function": {"name": "g", "arguments": '{"y":'}},
        {"index": 0, "function": {"arguments": "1}"}},
        {"index": 1, "function": {"arguments": "2}"}},
    ]
    response = added_up(*(chunk(tool_calls=[fragment]) for fragment in fragments))

    found = [(call.name, call.arguments) for call in response.tool_calls]
    assert found == [("f", {"x": 1}), ("g", {"y": 2})]
    assert len({call.id for call in response.tool_calls}) == 2
