"""An answer says the same, whole and streamed."""

import json

import httpx
import pytest
from provider_sdk import ProviderResponseError, StreamInterruptedError, Usage

from ._api import (
    MODEL,
    USER,
    Api,
    ask,
    error,
    events_of,
    function_call,
    message,
    output_text,
    reasoning,
    refusal,
    reply,
    response,
    stream,
)

BOTH = pytest.mark.parametrize("streamed", [False, True])
PARTS = [
    reasoning("Rayleigh.", "**Check** it."),
    message("Let me", " look.", phase="commentary"),
    function_call("call_1", at="sky"),
    function_call("call_2"),
]
CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}


@BOTH
async def test_all_parts(streamed):
    """Summary, text and calls stand in their own fields."""
    found = await ask(response(*PARTS), streamed=streamed)

    assert (found.reasoning, found.text) == ("Rayleigh.\n\n**Check** it.", "Let me look.")
    calls = [(call.id, call.name, call.arguments) for call in found.tool_calls]
    assert calls == [("call_1", "look", {"at": "sky"}), ("call_2", "look", {})]
    assert (found.finish_reason, found.raw_finish_reason) == ("tool_calls", "completed")
    assert found.model == "gpt-6.1-sol-2026-09-01"


@BOTH
async def test_several_messages(streamed):
    """Several messages are one text, with nothing between them."""
    answer = response(message("One", id="msg_1"), message(" and two.", id="msg_2"))

    assert (await ask(answer, streamed=streamed)).text == "One and two."


@BOTH
async def test_several_items_of_reasoning(streamed):
    """All reasoning is one text, with a blank line between its parts."""
    answer = response(
        reasoning("One."), "So.", reasoning("Two.", "Three.", id="rs_2"), reasoning(id="rs_3")
    )

    assert (await ask(answer, streamed=streamed)).reasoning == "One.\n\nTwo.\n\nThree."


@BOTH
async def test_reasoning_in_plain_text(streamed):
    """Open models send the reasoning itself; its summary, if there is one too, says it again."""
    content = [{"type": "reasoning_text", "text": "Hm."}]
    plain = reasoning(sealed=None, content=content)
    both = reasoning("Short.", sealed=None, content=content)

    assert (await ask(response(plain, "So."), streamed=streamed)).reasoning == "Hm."
    assert (await ask(response(both, "So."), streamed=streamed)).reasoning == "Short."


@BOTH
@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("max_output_tokens", "length"),
        ("content_filter", "content_filter"),
        ("a_later_word", "other"),
    ],
)
async def test_incomplete_answers(streamed, reason, finish):
    """Why an answer is incomplete has its word in the contract, and the service's own is kept."""
    answer = response("Blue", status="incomplete", incomplete_details={"reason": reason})
    found = await ask(answer, streamed=streamed)

    assert (found.text, found.finish_reason, found.raw_finish_reason) == ("Blue", finish, reason)


@BOTH
async def test_incomplete_without_a_reason(streamed):
    """An incomplete answer need not say why."""
    found = await ask(response("Blue", status="incomplete"), streamed=streamed)

    assert (found.finish_reason, found.raw_finish_reason) == ("other", "incomplete")


@BOTH
async def test_cut_while_reasoning(streamed):
    """A limit that was used up while the model reasoned leaves no text."""
    found = await ask(response(reasoning("Hm"), **CUT), streamed=streamed)

    assert (found.text, found.reasoning, found.finish_reason) == ("", "Hm", "length")


@BOTH
async def test_cut_within_a_call(streamed):
    """Arguments that were cut stay as they are, and have no meaning."""
    call = {**function_call("call_1"), "arguments": '{"at": "sk'}
    found = await ask(response(call, **CUT), streamed=streamed)

    assert [(c.arguments, c.arguments_text) for c in found.tool_calls] == [(None, '{"at": "sk')]


@BOTH
async def test_refusal(streamed):
    """A refusal is a part of a message that is completed; the text is then empty."""
    answer = response(message("Well: ", refusal("I won't.")))
    found = await ask(answer, streamed=streamed)

    assert (found.refusal, found.text, found.finish_reason) == ("I won't.", "", "stop")
    assert found.provider_data == {}


@BOTH
async def test_usage(streamed):
    """Counts stand in their own fields."""
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "output_tokens": 30,
        "output_tokens_details": {"reasoning_tokens": 20},
        "total_tokens": 40,
    }
    found = await ask(response("Blue.", usage=usage, tool_usage={"x": 9}), streamed=streamed)

    assert found.usage == Usage(10, 30, 40, 4, 20, cache_write_tokens=2)


@BOTH
@pytest.mark.parametrize(
    "usage",
    [None, {}, 7, {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}],
)
async def test_no_usage(streamed, usage):
    """No counts are no usage, and neither are the zeros of a service that knows none."""
    assert (await ask(response("Blue.", usage=usage), streamed=streamed)).usage is None


@BOTH
async def test_thinking_written_into_the_text(streamed):
    """A compatible service may write its reasoning into the text."""
    found = await ask(response("<think>Hm.</think>Blue."), streamed=streamed)

    assert (found.reasoning, found.text) == ("Hm.", "Blue.")


@BOTH
async def test_closing_tag_alone(streamed):
    """A template may have written the opening tag: what precedes the closing one is reasoning."""
    found = await ask(response(message("Hm.", " Hm.</think>Blue.")), streamed=streamed)

    assert (found.reasoning, found.text) == ("Hm. Hm.", "Blue.")


@BOTH
async def test_tags_beside_reasoning(streamed):
    """A service that sends reasoning in items of its own writes none into the text."""
    found = await ask(response(reasoning("Hm."), "<think> is a tag."), streamed=streamed)

    assert (found.reasoning, found.text) == ("Hm.", "<think> is a tag.")


@BOTH
async def test_items_of_the_services_own_tools(streamed):
    """Items of tools that the service runs, and unknown ones, take nothing from the text."""
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    later = {"type": "later", "id": "x_1", "text": "x", "content": [output_text("x")]}
    found = await ask(response(search, "Blue", later, message(".", id="m_2")), streamed=streamed)

    assert (found.text, found.tool_calls, found.finish_reason) == ("Blue.", (), "stop")
    assert found.warnings == ()


@BOTH
@pytest.mark.parametrize("kind", ["custom_tool_call", "computer_call", "mcp_approval_request"])
async def test_calls_that_are_not_functions(streamed, kind):
    """What the caller would have to run, and is no function, is no tool call, and is told."""
    item = {"type": kind, "id": "x_1", "call_id": "call_1", "name": "shell", "input": "4 + 4"}
    found = await ask(response(reasoning(), item), streamed=streamed)

    assert (found.tool_calls, found.finish_reason) == ((), "stop")
    assert found.warnings == ("the answer calls a tool in a form outside the contract",)


@BOTH
async def test_unknown_parts(streamed):
    """A part of a message that is still to be invented is no text."""
    later = {"type": "later", "words": "x"}
    found = await ask(response(message("Blue.")), streamed=streamed)
    whole = await ask(response(message(later, "Blue.", 7)))

    assert found.text == whole.text == "Blue."


async def test_parts_that_are_no_parts():
    """What is not text in a summary, or not a part of it, is ignored."""
    summary = [7, {"text": 7}, {"type": "summary_text", "text": "Hm."}]

    found = await ask(response(reasoning() | {"summary": summary}, "So."))

    assert (found.reasoning, found.text) == ("Hm.", "So.")


@BOTH
async def test_content_that_is_text(streamed):
    """Some services send the text of a message without parts."""
    answer = response({**message(), "content": "Blue."})
    answer["output"].append(reasoning(sealed=None, id="rs_9", summary="Hm."))
    events = [e for e in events_of(response()) if e["type"] == "response.created"]
    events += [
        {"type": "response.output_item.done", "output_index": place, "item": item}
        for place, item in enumerate(answer["output"])
    ]
    events.append({"type": "response.completed", "response": answer})

    found = await ask(stream(*events) if streamed else answer, streamed=streamed)

    assert (found.text, found.reasoning) == ("Blue.", "Hm.")


@BOTH
@pytest.mark.parametrize(
    ("fields", "id"),
    [
        ({"call_id": "call_1", "id": "fc_1"}, "call_1"),
        ({"call_id": None, "id": "fc_1"}, "fc_1"),
        ({"call_id": "", "id": None}, "call_resp_1_0"),
    ],
)
async def test_ids_of_calls(streamed, fields, id):
    """A result refers to `call_id`; a service without it has `id`, or none at all."""
    found = await ask(response(function_call("x") | fields), streamed=streamed)

    assert found.tool_calls[0].id == id


@BOTH
async def test_calls_with_one_id(streamed):
    """Calls that share an id get different ones."""
    calls = [function_call("call_0"), {**function_call("call_0", at="sea"), "id": "fc_2"}]
    found = await ask(response(*calls), streamed=streamed)

    assert len({call.id for call in found.tool_calls}) == 2


@BOTH
async def test_arguments_that_are_an_object(streamed):
    """Some services send arguments as an object instead of text."""
    call = {**function_call("call_1"), "arguments": {"at": "ü"}}
    events = [event for event in events_of(response()) if event["type"] == "response.created"]
    events.append({"type": "response.output_item.done", "output_index": 0, "item": call})
    events.append({"type": "response.completed", "response": response()})

    found = await ask(stream(*events) if streamed else response(call), streamed=streamed)

    assert found.tool_calls[0].arguments == {"at": "ü"}


@BOTH
async def test_call_without_a_name(streamed):
    """A call that names no tool is of no use: it is dropped, and that is told."""
    found = await ask(response({**function_call("call_1"), "name": None}), streamed=streamed)

    assert found.tool_calls == ()
    assert found.warnings == ("a call of a tool was dropped: the service did not name the tool",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"status": "completed"}',
        b'{"output": "text"}',
        b'{"output": [1]}',
        b'{"output": null, "status": "completed"}',
    ],
)
async def test_bodies_that_are_no_response(body):
    """A successful reply that is not a response is an error."""
    with pytest.raises(ProviderResponseError):
        await ask(reply(body))


@pytest.mark.parametrize("status", ["in_progress", "queued", "cancelled"])
async def test_unfinished_answers(status):
    """An answer that the service has not finished is an error, whatever it holds."""
    with pytest.raises(ProviderResponseError, match=status):
        await ask(response("Bl", status=status))


async def test_whole_answer_to_a_stream():
    """A service that ignores `stream` and answers all at once is read all the same."""
    found = await ask(reply(response(*PARTS)), streamed=True)

    assert (found.text, len(found.tool_calls)) == ("Let me look.", 2)
    assert found.provider_data["codex"][0]["output"][0]["type"] == "reasoning"


async def test_request_id():
    """The id of the exchange comes from the header."""
    assert (await ask(reply(response("Blue."), x_request_id="req_1"))).request_id == "req_1"


async def test_empty_output_at_the_end():
    """Where the end of a stream has no output, the finished items count."""
    *events, last = events_of(response(*PARTS))
    emptied = {**last, "response": {**last["response"], "output": []}}

    found = await ask(stream(*events, emptied), streamed=True)

    assert (found.text, found.finish_reason, len(found.tool_calls)) == (
        "Let me look.",
        "tool_calls",
        2,
    )


async def test_output_at_the_end_alone():
    """A service may send no events but the last."""
    found = await ask(stream(events_of(response(*PARTS))[-1]), streamed=True)

    assert (found.text, len(found.tool_calls)) == ("Let me look.", 2)
    assert found.reasoning == "Rayleigh.\n\n**Check** it."


@pytest.mark.parametrize("kept", ["delta", "text.done", "item.done", "arguments.done", "added"])
async def test_events_that_services_leave_out(kept):
    """Texts come in pieces, or whole at the end of a text, of an item, or of the answer."""
    ends = ("response.created", "response.completed")
    events = [
        event
        for event in events_of(response(*PARTS))
        if event["type"] in ends or event["type"].endswith((kept, "output_item.added"))
    ]

    found = await ask(stream(*events), streamed=True)

    assert (found.text, found.reasoning) == ("Let me look.", "Rayleigh.\n\n**Check** it.")
    assert [call.arguments for call in found.tool_calls] == [{"at": "sky"}, {}]


async def test_items_without_a_beginning():
    """A piece of an item that was not announced is a piece of it all the same."""
    events = [e for e in events_of(response(*PARTS)) if e["type"] != "response.output_item.added"]

    found = await ask(stream(*events), streamed=True)

    assert found.text == "Let me look."
    assert [call.arguments for call in found.tool_calls] == [{"at": "sky"}, {}]


async def test_items_without_a_place():
    """Without `output_index` the id says which item an event belongs to."""
    events = [
        {name: value for name, value in event.items() if name != "output_index"}
        for event in events_of(response(*PARTS))
    ]

    found = await ask(stream(*events), streamed=True)

    assert found.text == "Let me look."
    assert [call.arguments for call in found.tool_calls] == [{"at": "sky"}, {}]


async def test_items_without_place_and_id():
    """Without both, an event belongs to the item that is open."""
    events = [
        {
            name: {**value, "id": None} if name == "item" else value
            for name, value in event.items()
            if name not in ("output_index", "item_id")
        }
        for event in events_of(response(*PARTS))
    ]

    found = await ask(stream(*events), streamed=True)

    assert found.text == "Let me look."
    assert [call.arguments for call in found.tool_calls] == [{"at": "sky"}, {}]


async def test_places_that_count_from_one():
    """A service may count places from 1, and leave the ids out."""
    events = events_of(response(message("One", id=None), message(" and two.", id=None)))
    for event in events:
        event["output_index"] = event.get("output_index", 0) + 1

    assert (await ask(stream(*events), streamed=True)).text == "One and two."


async def test_places_without_kinds():
    """A gateway may use one place for all kinds, new ids for each event, and announce nothing."""
    pieces = [
        ("reasoning_summary_text", "H"),
        ("output_text", "So"),
        ("reasoning_summary_text", "m."),
        ("output_text", " it is."),
    ]
    events = [
        {"type": f"response.{name}.delta", "output_index": 0, "item_id": f"x_{n}", "delta": piece}
        for n, (name, piece) in enumerate(pieces)
    ]
    last = {"type": "response.completed", "response": response(reasoning("Hm."), "So it is.")}

    found = await ask(stream(*events, last), streamed=True)

    assert (found.reasoning, found.text) == ("Hm.", "So it is.")


@pytest.mark.parametrize("ids", ["same", "other", "none"])
async def test_items_that_only_the_end_has(ids):
    """A service may leave out the events of items without text: the end has them, and the order."""
    search = {"type": "web_search_call", "id": "ws_1"}
    output = [reasoning(), search, message("So."), function_call("call_1"), function_call("call_2")]
    created, *events, _ = events_of(response(*output[2:4]))
    renamed = {
        "same": output,
        "other": [{**item, "id": f"z_{n}"} for n, item in enumerate(output)],
        "none": [{**item, "id": None} for item in output],
    }
    last = {"type": "response.completed", "response": response(*renamed[ids])}

    found = await ask(stream(created, *events, last), streamed=True)

    assert (found.text, [call.id for call in found.tool_calls]) == ("So.", ["call_1", "call_2"])
    kinds = [item["type"] for item in found.provider_data["codex"][0]["output"]]
    assert kinds == [item["type"] for item in output]


async def test_items_that_end_too_early():
    """A gateway may end an item after its first piece, and go on with it."""
    created, started, added, first, second, text_done, item_done, last = events_of(
        response("Blue.")
    )
    early = {**item_done, "item": message(first["delta"])}

    found = await ask(
        stream(created, started, added, first, {**text_done, "text": "Bl"}, early, second, last),
        streamed=True,
    )

    assert found.text == "Blue."


async def test_parts_without_text_at_the_end():
    """The end of an item may lack the text of its parts, and the end of the answer its output."""
    created, _, added, *pieces = events_of(response("Blue."))[:5]
    empty = message({"type": "output_text"})
    done = {"type": "response.output_item.done", "output_index": 0, "item": empty}
    last = {"type": "response.completed", "response": {"status": "completed"}, "output": []}

    found = await ask(stream(created, added, *pieces, done, last), streamed=True)

    assert (found.text, found.model) == ("Blue.", "gpt-6.1-sol-2026-09-01")


async def test_all_items_in_one_place():
    """A gateway may number all items alike: a known id says which item is meant."""
    events = [
        {**event, "output_index": 0} if "output_index" in event else event
        for event in events_of(response(*PARTS))
    ]

    found = await ask(stream(*events), streamed=True)

    assert found.text == "Let me look."
    assert [call.arguments for call in found.tool_calls] == [{"at": "sky"}, {}]


async def test_finished_items_in_one_place():
    """The same without beginnings: another id after a finished item is another item."""
    events = [
        {**event, "output_index": 0} if "output_index" in event else event
        for event in events_of(response(function_call("a", x=1), function_call("b", x=2)))
        if event["type"].endswith((".created", "item.done", ".completed"))
    ]

    found = await ask(stream(*events), streamed=True)

    assert [call.arguments for call in found.tool_calls] == [{"x": 1}, {"x": 2}]


async def test_another_id_in_every_event():
    """A service may give each event of an item another id: the place holds them together."""
    events = events_of(response(*PARTS))
    for number, event in enumerate(events):
        if "item_id" in event:
            event["item_id"] = f"x_{number}"
        if "item" in event:
            event["item"] = {**event["item"], "id": f"y_{number}"}

    found = await ask(stream(*events), streamed=True)

    assert found.text == "Let me look."
    assert [call.id for call in found.tool_calls] == ["call_1", "call_2"]


async def test_interleaved_items():
    """Pieces belong to the item that they name, in whatever order they come."""
    created, _, *events, completed = events_of(
        response(message("One", id="a"), function_call("b", x=1), message("two", id="c"))
    )
    by_item = [[e for e in events if e["output_index"] == place] for place in range(3)]
    turns = [event for turn in zip(*by_item, strict=True) for event in turn]

    found = await ask(stream(created, *turns, completed), streamed=True)

    assert sorted(found.text) == sorted("Onetwo")
    assert found.tool_calls[0].arguments == {"x": 1}


async def test_later_events_are_ignored():
    """Events of the service's own tools, and kinds still to be invented, change nothing."""
    created, started, *events = events_of(response("Blue."))
    later = [
        {"type": "keepalive", "sequence_number": 3},
        {"type": "response.web_search_call.searching", "output_index": 0, "item_id": "ws_1"},
        {"type": "response.image_generation_call.partial_image", "partial_image_b64": "eA=="},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "delta": "x"},
        {"type": "response.later", "response": {"model": "x"}, "delta": {"text": "x"}},
        {"type": "response.output_text.delta", "output_index": 0, "delta": {"text": "x"}},
        {"type": "response.output_text.done", "output_index": 0, "text": 7},
    ]

    found = await ask(stream(created, started, *later, *events), streamed=True)

    assert (found.text, found.model) == ("Blue.", "gpt-6.1-sol-2026-09-01")


async def test_stream_that_ends_early():
    """A stream without its last event is an error, even if its items are finished."""
    events = events_of(response("Blue."))[:-1]
    async with Api(stream(*events)).provider() as provider:
        answer = await provider.chat(USER, MODEL, stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            await answer.collect()

    assert caught.value.partial.text == "Blue."


async def test_terminator_of_another_protocol():
    """`[DONE]` without the last event is no end; after it, it says nothing."""
    events = events_of(response("Blue."))
    done = b"data: [DONE]\n\n"
    whole, cut = (stream(*found).content + done for found in (events, events[:-1]))

    kind = {"content-type": "text/event-stream"}
    found = await ask(httpx.Response(200, headers=kind, content=whole), streamed=True)
    with pytest.raises(StreamInterruptedError):
        await ask(httpx.Response(200, headers=kind, content=cut), streamed=True)

    assert found.text == "Blue."


async def test_cancelled_stream():
    """An answer that the service cancelled is an error, with what had arrived."""
    with pytest.raises(StreamInterruptedError, match="cancelled") as caught:
        await ask(response("Blue", status="cancelled"), streamed=True)

    assert caught.value.partial.text == "Blue"


async def test_error_inside_a_stream():
    """An error inside a stream is raised with the service's words and what had arrived."""
    events = events_of(response("Blue."))[:4]
    failed = {"type": "error", **error("x", "it broke", "later_error")}
    async with Api(stream(*events, failed)).provider() as provider:
        answer = await provider.chat(USER, MODEL, stream=True)
        with pytest.raises(ProviderResponseError, match="it broke") as caught:
            await answer.collect()

    assert caught.value.partial.text == "Bl"


async def test_characters_that_are_cut():
    """Halves of a character in two events are joined, in text and in reasoning."""
    place = {"output_index": 0, "item_id": "rs_1", "summary_index": 0}
    text = {"output_index": 1, "item_id": "msg_1", "content_index": 0}
    events = [
        {"type": f"response.{name}.delta", **where, "delta": half}
        for name, where in (("reasoning_summary_text", place), ("output_text", text))
        for half in ("\ud83d", "\ude42!", "\ud83d")
    ]
    last = {"type": "response.completed", "response": response()}
    body = b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in [*events, last])
    kind = {"content-type": "text/event-stream"}

    found = await ask(httpx.Response(200, headers=kind, content=body), streamed=True)

    assert (found.reasoning, found.text) == ("🙂!\ufffd", "🙂!\ufffd")


async def test_huge_numbers_of_pieces():
    """A stream of very many pieces is read in time, and to the letter."""
    created, started, added, delta, *_ = events_of(response("x"))
    pieces = [{**delta, "delta": "ab"}] * 50_000
    last = {"type": "response.completed", "response": response("ab" * 50_000)}

    found = await ask(stream(created, started, added, *pieces, last), streamed=True)

    assert found.text == "ab" * 50_000
