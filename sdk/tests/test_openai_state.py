"""What thinking models want back with the next turn: kept, stored, and sent to the same alone."""

import copy
import json

import httpx
import pytest
from provider_sdk import Message, ProviderRequestError, StreamInterruptedError
from provider_sdk._messages import normalized

from ._service import (
    USER,
    AcmeProvider,
    Reply,
    Service,
    chunk,
    completion,
    failing,
    sse,
    streamed,
    tool,
)

EXTRA = {"google": {"thought_signature": "sig=="}}
CALL = tool(None, "c1", "now", "{}")
DETAILS = [
    {"type": "reasoning.text", "text": "Hm, so.", "signature": "s1", "index": 0, "format": "x"},
    {"type": "reasoning.encrypted", "data": "abc", "id": "r1", "index": 1},
]


class OtherProvider(AcmeProvider):
    """Speaks the same protocol under another name."""

    name = "other"


async def answered(stream, message, *chunks):
    """The message of an answer, whole or streamed, as it comes back from a session."""
    reply = streamed(sse(*chunks, done=True)) if stream else Reply(completion(**message))
    answer = await Service(reply).provider().chat(USER, "m1", stream=stream)
    response = await answer.collect() if stream else answer
    return json.loads(json.dumps(response.message.to_dict()))


async def sent(*messages, model="m1", kind=AcmeProvider):
    """What reaches the service of these messages."""
    service = Service(Reply(completion()))
    await service.provider(kind).chat([*messages, *USER], model)
    return service.bodies[0]["messages"]


FORMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@FORMS
@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_goes_back_under_its_name(stream, field):
    """The turn after a tool call carries what was thought, in the field of the service."""
    message = await answered(
        stream,
        {"content": None, field: "Hm, so.", "tool_calls": [CALL]},
        chunk(**{field: "Hm,"}),
        chunk(**{field: " so."}),
        chunk(tool_calls=[{**CALL, "index": 0}]),
        chunk(finish="tool_calls"),
    )

    (turn, _) = await sent(message)

    assert turn == {"role": "assistant", "content": None, "tool_calls": [CALL], field: "Hm, so."}


@FORMS
async def test_reasoning_of_an_ordinary_turn_goes_back_too(stream):
    """The services that want it want it in every turn, the others leave it out themselves."""
    message = await answered(
        stream,
        {"content": "Blue.", "reasoning_content": "Hm."},
        chunk(reasoning_content="Hm."),
        chunk("Blue.", finish="stop"),
    )

    (turn, _) = await sent(message)

    assert turn == {"role": "assistant", "content": "Blue.", "reasoning_content": "Hm."}


@FORMS
@pytest.mark.parametrize(("model", "kind"), [("m2", AcmeProvider), ("m1", OtherProvider)])
async def test_another_model_or_provider_gets_none(stream, model, kind):
    """A signature is worth nothing to it, and a field that it does not know is refused."""
    message = await answered(
        stream,
        {"content": "Blue.", "reasoning_content": "Hm.", "reasoning_details": DETAILS},
        chunk(reasoning_content="Hm.", reasoning_details=DETAILS),
        chunk("Blue.", finish="stop"),
    )

    (turn, _) = await sent(message, model=model, kind=kind)

    assert turn == {"role": "assistant", "content": "Blue."}


@FORMS
async def test_details_go_back_as_they_came(stream):
    """Fragments of a block become the block that its signature signs."""
    pieces = [
        [{"type": "reasoning.text", "text": "Hm", "index": 0, "format": "x"}],
        [{"type": "reasoning.text", "text": ", so.", "index": 0, "signature": None}],
        [{"type": "reasoning.text", "signature": "s1", "index": 0}],
        [{"type": "reasoning.text", "signature": None, "index": 0}],
        [DETAILS[1]],
    ]
    message = await answered(
        stream,
        {"content": "Blue.", "reasoning_details": DETAILS},
        *(chunk(reasoning_details=piece) for piece in pieces),
        chunk("Blue.", finish="stop"),
    )

    (turn, _) = await sent(message)

    assert turn["reasoning_details"] == DETAILS


async def test_blocks_without_an_index_grow_while_they_are_the_same():
    """Text continues the text before it; another type, id or a signature ends it."""
    pieces = [
        {"type": "reasoning.text", "text": "Hm"},
        {"type": "reasoning.text", "text": "."},
        {"type": "reasoning.text", "signature": "s"},
        {"type": "reasoning.text", "text": "So."},
        {"type": "reasoning.encrypted", "data": "abc"},
        {"type": "reasoning.encrypted", "data": "def"},
        {"type": "reasoning.summary", "summary": "Blu"},
        {"type": "reasoning.summary", "summary": "e."},
        "nonsense",
    ]
    message = await answered(
        True, {}, *(chunk(reasoning_details=[p]) for p in pieces), chunk("Blue.")
    )

    (turn, _) = await sent(message)

    assert turn["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm.", "signature": "s"},
        {"type": "reasoning.text", "text": "So."},
        {"type": "reasoning.encrypted", "data": "abc"},
        {"type": "reasoning.encrypted", "data": "def"},
        {"type": "reasoning.summary", "summary": "Blue."},
    ]


async def test_blocks_with_one_index_are_told_apart_by_id():
    """A signature that is joined with another is valid for nothing."""
    pieces = [
        {"type": "reasoning.encrypted", "data": "SIG_A==", "id": "call_a", "index": 0},
        {"type": "reasoning.encrypted", "data": "SIG_B==", "id": "call_b", "index": 0},
        {"type": "reasoning.text", "text": "Hm", "id": "t", "index": 0},
        {"type": "reasoning.text", "text": ".", "id": None, "index": 0},
    ]
    message = await answered(
        True, {}, *(chunk(reasoning_details=[p]) for p in pieces), chunk("Blue.")
    )

    (turn, _) = await sent(message)

    assert turn["reasoning_details"] == [*pieces[:2], {**pieces[2], "text": "Hm."}]


async def test_blocks_of_a_whole_answer_are_not_joined():
    """Each is whole, whatever they have in common."""
    blocks = [{"type": "reasoning.text", "text": "Hm."}, {"type": "reasoning.text", "text": "So."}]
    message = await answered(False, {"reasoning_details": blocks})

    (turn, _) = await sent(message)

    assert turn["reasoning_details"] == blocks


@FORMS
async def test_the_extra_content_of_each_call_goes_back_with_it(stream):
    """Thought signatures stand in the calls, and not in every one."""
    calls = [
        {**tool(None, "c1", "now", "{}"), "extra_content": EXTRA},
        tool(None, "c2", "now", "{}"),
        {**tool(None, "c3", "now", "{}"), "extra_content": {"google": {"thought_signature": "3"}}},
    ]
    message = await answered(
        stream,
        {"content": None, "tool_calls": calls},
        *(chunk(tool_calls=[{**call, "index": n}]) for n, call in enumerate(calls)),
        chunk(finish="tool_calls"),
    )

    (turn, _) = await sent(message)
    (elsewhere, _) = await sent(message, model="m2")

    assert turn["tool_calls"] == calls
    assert all("extra_content" not in call for call in elsewhere["tool_calls"])


async def test_extra_content_may_come_in_pieces():
    """The newer value counts, and what is nested is put together."""
    message = await answered(
        True,
        {},
        chunk(
            tool_calls=[{**tool(0, "c1", "now", ""), "extra_content": {"google": {"a": 1, "b": 1}}}]
        ),
        chunk(tool_calls=[{"index": 0, "extra_content": {"google": {"b": 2}, "x": 3}}]),
        chunk(tool_calls=[tool(0, None, None, "{}")], finish="tool_calls"),
    )

    (turn, _) = await sent(message)

    assert turn["tool_calls"][0]["extra_content"] == {"google": {"a": 1, "b": 2}, "x": 3}


@FORMS
async def test_the_same_id_twice_keeps_the_order(stream):
    """Each call gets its own signature, also where the service numbers them badly."""
    calls = [
        {**tool(None, 0, "now", json.dumps({"n": n})), "extra_content": {"n": n}} for n in (0, 1)
    ]
    message = await answered(
        stream,
        {"content": None, "tool_calls": calls},
        *(chunk(tool_calls=[{**call, "index": n}]) for n, call in enumerate(calls)),
    )

    (turn, _) = await sent(message)

    assert [call["extra_content"] for call in turn["tool_calls"]] == [{"n": 0}, {"n": 1}]


@FORMS
async def test_empty_reasoning_counts_beside_a_call(stream):
    """DeepSeek misses the field even where nothing was thought."""
    message = await answered(
        stream,
        {"content": None, "reasoning_content": "", "tool_calls": [CALL]},
        chunk("", reasoning_content=""),
        chunk(tool_calls=[{**CALL, "index": 0}], finish="tool_calls"),
    )

    (turn, _) = await sent(message)

    assert turn["reasoning_content"] == ""


@FORMS
@pytest.mark.parametrize("field", ["", None])
async def test_an_answer_without_state_keeps_none(stream, field):
    """An empty field beside text is no state."""
    message = await answered(
        stream,
        {"content": "Blue.", "reasoning_content": field, "reasoning_details": []},
        chunk("Blue.", reasoning_content=field, reasoning_details=[], finish="stop"),
    )

    assert "provider_data" not in message


async def test_state_of_a_stream_is_one_item_and_bounded():
    """Thousands of tokens of reasoning are one text."""
    chunks = [
        chunk(
            reasoning_content="Hm. ", reasoning_details=[{"type": "reasoning.text", "text": "Hm. "}]
        )
    ]
    message = await answered(True, {}, *chunks * 3000, chunk("Blue.", finish="stop"))

    (item,) = message["provider_data"]["acme"]

    assert item["reasoning_content"] == "Hm. " * 3000
    assert item["reasoning_details"] == [{"type": "reasoning.text", "text": "Hm. " * 3000}]
    assert item["model"] == "m1"


async def test_what_comes_behind_the_finish_reason_is_state_too():
    """It continues what came before it."""
    message = await answered(
        True,
        {},
        chunk(
            reasoning_content="Hm,", reasoning_details=[{"index": 0, "type": "t", "text": "Hm,"}]
        ),
        chunk("Blue.", finish="stop"),
        chunk(
            reasoning_content=" so.", reasoning_details=[{"index": 0, "type": "t", "text": " so."}]
        ),
    )

    (turn, _) = await sent(message)

    assert len(message["provider_data"]["acme"]) == 2
    assert turn["reasoning_content"] == "Hm, so."
    assert turn["reasoning_details"] == [{"index": 0, "type": "t", "text": "Hm, so."}]


async def test_state_is_there_once_the_answer_is_finished():
    """A connection that breaks behind the finish reason takes nothing of it."""
    pieces = [
        sse(chunk(reasoning_content="Hm."), chunk("Blue.", finish="stop")),
        httpx.ReadError("broke"),
    ]
    service = Service(streamed(*pieces))
    stream = await service.provider().chat(USER, "m1", stream=True)

    response = await stream.collect()

    assert response.provider_data == {"acme": [{"model": "m1", "reasoning_content": "Hm."}]}


async def test_a_cut_answer_keeps_its_state():
    """``partial`` has what was thought."""
    service = Service(streamed(sse(chunk(reasoning_content="Hm."))))
    stream = await service.provider().chat(USER, "m1", stream=True)

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.partial.provider_data == {
        "acme": [{"model": "m1", "reasoning_content": "Hm."}]
    }


async def test_a_whole_answer_to_a_stream_keeps_its_state():
    """A service that ignored ``stream`` loses none."""
    service = Service(Reply(completion(reasoning_content="Hm.")))
    stream = await service.provider().chat(USER, "m1", stream=True)

    assert (await stream.collect()).message.provider_data["acme"][0]["reasoning_content"] == "Hm."


# The caller's own.

OWN = {
    "role": "assistant",
    "content": "Let me see.",
    "reasoning_content": "Hm.",
    "reasoning_details": DETAILS,
    "tool_calls": [{**CALL, "extra_content": EXTRA}],
}


@pytest.mark.parametrize("model", ["m1", "m2"])
@pytest.mark.parametrize("kind", [AcmeProvider, OtherProvider])
@pytest.mark.parametrize("as_object", [False, True])
async def test_the_callers_own_state_reaches_the_service(model, kind, as_object):
    """A dict in a wire's own words is sent on to whoever is called, and not changed."""
    own = copy.deepcopy(OWN)

    (turn, _) = await sent(Message.from_dict(own) if as_object else own, model=model, kind=kind)

    assert turn == own == OWN


def test_own_state_survives_the_round_trip():
    """What a dict says, its ``Message`` says too."""
    assert Message.from_dict(OWN).to_dict() == OWN


def test_own_state_becomes_provider_data_of_who_is_called():
    """There the dialect finds it, beside what was there."""
    message = {**OWN, "provider_data": {"acme": [{"model": "m1"}], "else": 1}}

    (found,) = normalized([message], "acme")

    assert found.own_state == {}
    assert found.provider_data["else"] == 1
    assert found.provider_data["acme"][0] == {"model": "m1"}
    assert found.provider_data["acme"][1]["reasoning_content"] == "Hm."


@pytest.mark.parametrize("state", [None, {"a": 1}, "opaque"])
def test_own_state_joins_state_of_any_shape(state):
    """Nothing of it is lost."""
    message = {**OWN, "provider_data": {} if state is None else {"acme": state}}

    (found,) = normalized([message], "acme")

    assert found.provider_data["acme"][:-1] == ([] if state is None else [state])


async def test_the_callers_own_counts_before_what_is_stored():
    """Whoever changes an answer means it."""
    stored = await answered(
        False, {"reasoning_content": "Hm.", "tool_calls": [{**CALL, "extra_content": EXTRA}]}
    )
    stored["reasoning_content"] = "Ah."
    stored["tool_calls"][0]["extra_content"] = {"mine": 1}

    (turn, _) = await sent(stored)

    assert turn["reasoning_content"] == "Ah."
    assert turn["tool_calls"][0]["extra_content"] == {"mine": 1}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("reasoning_content", 5, "reasoning_content must be text, not int"),
        ("reasoning_details", "Hm.", "reasoning_details must be a list, not str"),
        (
            "tool_calls",
            [{**CALL, "extra_content": 5}],
            "extra_content of a tool call must be a dict",
        ),
    ],
)
async def test_own_state_of_a_wrong_form_is_refused(field, value, problem):
    """Nothing is sent, and the position is named."""
    service = Service(Reply(completion()))

    with pytest.raises(ProviderRequestError, match=rf"messages\[0\]: {problem}"):
        await service.provider().chat([{"role": "assistant", "content": "a", field: value}])

    assert service.requests == []


@pytest.mark.parametrize(
    "state",
    [
        5,
        "x",
        [5],
        {"a": 1},
        [{"model": "m1", "reasoning_content": 5, "tool_calls": 5}],
        [{"model": "m1", "reasoning_details": "x", "tool_calls": [5, {"id": 1}]}],
    ],
)
async def test_state_of_another_make_is_ignored(state):
    """A session may hold what an older version left there."""
    message = {"role": "assistant", "content": "Blue.", "provider_data": {"acme": state}}

    (turn, _) = await sent(message)

    assert turn == {"role": "assistant", "content": "Blue."}


# Services that refuse it.

REFUSALS = [
    "'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property "
    "'reasoning_content' is unsupported)]",
    "messages.2.assistant.reasoning: property 'messages.2.assistant.reasoning' is unsupported",
    "Extra inputs are not permitted: reasoning_details",
    "Unknown name extra_content at messages[1].tool_calls[0]",
]


@pytest.mark.parametrize("said", REFUSALS)
@pytest.mark.parametrize("status", [400, 422])
async def test_state_that_a_service_refuses_is_left_out(said, status):
    """Groq and Cerebras send reasoning and do not take it back; the turn is sent without."""
    message = await answered(False, {"reasoning_content": "Hm."})
    service = Service(failing(status, said), Reply(completion("Green.")))

    response = await service.provider().chat([message, *USER], "m1")

    assert response.text == "Green."
    assert "reasoning_content" in service.bodies[0]["messages"][0]
    assert service.bodies[1]["messages"][0] == {"role": "assistant", "content": "Blue."}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"role": "assistant", "content": "a", "reasoning_content": "Hm."}, REFUSALS[0]),
        ({"role": "assistant", "content": "a"}, REFUSALS[0]),
    ],
)
async def test_the_callers_own_is_never_left_out(message, said):
    """The service's refusal is the caller's to read."""
    service = Service(failing(400, said), Reply(completion()))

    with pytest.raises(ProviderRequestError, match="unsupported"):
        await service.provider().chat([message, *USER])

    assert len(service.requests) == 1


async def test_another_rejection_is_no_reason_to_leave_it_out():
    """A service that misses the state says so in other words."""
    message = await answered(False, {"reasoning_content": "Hm."})
    service = Service(failing(400, "The `reasoning_content` must be passed back to the API."))

    with pytest.raises(ProviderRequestError, match="must be passed back"):
        await service.provider().chat([message, *USER], "m1")

    assert len(service.requests) == 1
