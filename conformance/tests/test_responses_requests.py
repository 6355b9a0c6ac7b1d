"""The scripted Responses API rejects what the real one rejects, for the same reason."""

import json
import random
import re

import pytest
from provider_conformance import ResponsesWire
from provider_conformance.lab.payload import call
from provider_conformance.lab.refusals import PIXEL
from provider_conformance.wires import Answer, SeenRequest
from provider_conformance.wires._state import sealed

QUESTION = [{"role": "user", "content": "Warum ist der Himmel blau? 🙂"}]
STATELESS = {"store": False, "include": ["reasoning.encrypted_content"]}


def asking(**fields):
    """A request for an answer, changed in these fields."""
    body = {"model": "m", "input": QUESTION, **STATELESS, **fields}
    data = json.dumps(body).encode()
    return SeenRequest("POST", "service.test", "/v1/responses", "", {}, data)


def made(call_id="call_1", **fields):
    """A call."""
    about = {"call_id": call_id, "name": "look", "arguments": "{}"}
    return {"type": "function_call", **about, **fields}


def output(call_id="call_1", **fields):
    """The output of a call."""
    return {"type": "function_call_output", "call_id": call_id, "output": "seen", **fields}


def thought(before="message", **fields):
    """Reasoning with its state, which knows what followed it."""
    content = sealed({"state": 7, "before": before})
    return {"type": "reasoning", "summary": [], "encrypted_content": content, **fields}


def said(kind="output_text", role="assistant", **fields):
    """A message with one part."""
    return {"role": role, "content": [{"type": kind, "text": "So.", **fields}]}


def given(*items):
    """The field of a request that holds these items."""
    return {"input": list(items)}


NESTED = {"type": "function", "function": {"name": "look"}}
IMAGE = {"type": "input_image", "image_url": {"url": PIXEL}}
REASONING = {"type": "reasoning", "id": "rs_1"}
REJECTED = [
    ("required parameter: 'model'", {"model": None}),
    ("must be provided", {"input": []}),
    ("must be provided", {"input": None}),
    ("moved to 'input'", {"messages": QUESTION}),
    ("Unknown parameter: 'stop'", {"stop": ["END"]}),
    ("Unknown parameter: 'seed'", {"seed": 1}),
    ("moved to 'max_output_tokens'", {"max_tokens": 64}),
    ("moved to 'reasoning.effort'", {"reasoning_effort": "low"}),
    ("moved to 'text.format'", {"response_format": {"type": "json_object"}}),
    (">= 16, but got 15", {"max_output_tokens": 15}),
    ("expected an integer", {"max_output_tokens": True}),
    ("from 0 to 2, got -1", {"temperature": -1}),
    ("from 0 to 1, got 1.5", {"top_p": 1.5}),
    ("'reasoning.effort': 'most'", {"reasoning": {"effort": "most"}}),
    ("'reasoning.summary': None", {"reasoning": {"summary": None}}),
    ("options.include_usage", {"stream": True, "stream_options": {"include_usage": True}}),
    ("only allowed when 'stream'", {"stream_options": {"include_obfuscation": False}}),
    ("'resp_1' not found", {"previous_response_id": "resp_1"}),
    ("Unknown parameter: 'tools[0].function'", {"tools": [NESTED]}),
    ("required parameter: 'tools[0].name'", {"tools": [{"type": "function"}]}),
    ("to match", {"tools": [{"type": "function", "name": "a.b"}]}),
    ("not found in 'tools'", {"tool_choice": {"type": "function", "name": "look"}}),
    ("must be specified with 'tools'", {"tool_choice": "required"}),
    ("Unknown parameter: 'tool_choice.function'", {"tool_choice": NESTED}),
    ("format.json_schema", {"text": {"format": {"type": "json_schema", "json_schema": {}}}}),
    ("'text.format.name'", {"text": {"format": {"type": "json_schema", "schema": {}}}}),
    ("'text.format.schema'", {"text": {"format": {"type": "json_schema", "name": "a"}}}),
    ("No tool call found for function call output", given(output())),
    ("No tool call found for function call output", given(output(), made())),
    ("No tool output found for function call call_1", given(made(), *QUESTION)),
    ("Duplicate", given(made(), made(), output(), output())),
    ("maximum length 64, but got a string with length 65", given(made("c" * 65))),
    ("not empty", given(made(""), output(""))),
    ("'msg_1' not found", given({"type": "item_reference", "id": "msg_1"})),
    ("Invalid value: 'tool'", given({"type": "tool", "content": "a"})),
    ("expected an object", given("a")),
    ("Unknown parameter: 'input[0].name'", given({**QUESTION[0], "name": "Ann"})),
    ("parsed", given(said(parsed=None), *QUESTION)),
    ("Invalid value: 'tool'", given({"role": "tool", "content": "a"})),
    ("Invalid value: 'input_text'", given(said("input_text"))),
    ("Invalid value: 'output_text'", given(said(role="user"))),
    ("Invalid value: 'text'", given(said("text", role="user"))),
    ("an image URL", given({"role": "user", "content": [IMAGE]})),
    ("a text or a list of parts", given({"role": "user", "content": None})),
    ("required parameter: 'input[0].summary'", given(REASONING)),
    ("'rs_1' not found", given({**REASONING, "summary": []})),
    ("could not be verified", given(thought(encrypted_content="x"), said())),
    ("without its required following item", given(*QUESTION, thought())),
    ("without its required following item", given(thought(), *QUESTION)),
    ("without its required following item", given(said(), thought(), *QUESTION)),
    ("without its required following item", given(thought("function_call"), said())),
]


@pytest.mark.parametrize(("words", "fields"), REJECTED)
def test_requests_that_the_service_rejects(words, fields):
    """What the service rejects, the scripted service rejects too."""
    with pytest.raises(ValueError, match=re.escape(words)):
        ResponsesWire().read_chat(asking(**fields))


PLAIN = thought(encrypted_content=None, content=[{"type": "reasoning_text", "text": "Hm."}])
ACCEPTED = [
    {"input": "Why?"},
    {"max_output_tokens": 16},
    {"temperature": 2, "top_p": 0},
    {"stream": True, "stream_options": {"include_obfuscation": False}},
    {"parallel_tool_calls": True, "truncation": "disabled", "text": {"verbosity": "medium"}},
    given(made(id="fc_1"), output(status="completed")),
    given(*QUESTION, {"role": "assistant", "content": ""}, *QUESTION),
    given(made(), output(), made(), output()),
    given(made("c" * 64), output("c" * 64)),
    given(PLAIN, said()),
    given({"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, *QUESTION),
]


@pytest.mark.parametrize("fields", ACCEPTED)
def test_requests_that_the_service_accepts(fields):
    """What the service accepts is read, and nothing of it is left over."""
    chat = ResponsesWire().read_chat(asking(**fields))
    assert (chat.model, chat.surplus) == ("m", {})


@pytest.mark.parametrize("fields", [{"store": True}, {"store": None}, {"user": "ann"}])
def test_what_nobody_asked_for_is_surplus(fields):
    """A conversation that is stored, and other fields beyond a call, are left over."""
    (name,) = fields
    assert list(ResponsesWire().read_chat(asking(**fields)).surplus) == [name]


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/v1/responses", "chat"),
        ("GET", "/v1/models", "models"),
        ("POST", "/responses", "other"),
        ("GET", "/v1/responses", "other"),
        ("POST", "/v1/chat/completions", "other"),
    ],
)
def test_places_of_the_service(method, path, route):
    """Answers and models have one place each, below the path of the service."""
    request = SeenRequest(method, "service.test", path, "", {}, b"")
    assert ResponsesWire().route(request) == route


def test_models_without_sampling_reject_it():
    """A service whose models reason rejects a temperature in the service's words."""
    with pytest.raises(ValueError, match="Unsupported parameter: 'temperature' is not supported"):
        ResponsesWire(sampling=False).read_chat(asking(temperature=0.5))


def test_turns_stay_apart():
    """Turns that follow each other stay apart; a call belongs to the message before it."""
    items = [said(), said(), made(), output(), made("call_2"), output("call_2")]

    seen = ResponsesWire().read_chat(asking(input=items)).messages

    assert [m.role for m in seen] == ["assistant", "assistant", "tool", "assistant", "tool"]
    assert [[id for id, *_ in m.calls] for m in seen] == [[], ["call_1"], [], ["call_2"], []]


def test_results_hold_images():
    """The output of a call may be text and images in parts."""
    image = {"type": "input_image", "image_url": PIXEL}
    items = [made(), output(output=[{"type": "input_text", "text": "a"}, image])]

    (_, result) = ResponsesWire().read_chat(asking(input=items)).messages

    assert (result.text, list(result.images), result.answers) == ("a", [PIXEL], "call_1")


@pytest.mark.parametrize(
    ("spoil", "is_kept"),
    [
        (lambda items: items, True),
        (lambda items: items[1:], False),
        (lambda items: [{n: v for n, v in i.items() if n != "phase"} for i in items], False),
        (lambda items: [i for n, i in enumerate(items) if n != 2], False),
    ],
    ids=["as they came", "without reasoning", "without phases", "without later reasoning"],
)
def test_state_is_whole_or_shown(spoil, is_kept):
    """State is whole only if every item of the turn came back as it was."""
    calls = [call(random.Random(7))]
    body = json.loads(ResponsesWire().whole(Answer(["a"], "m", ["b"], calls=calls, state=7)).body)
    items = [*spoil(body["output"]), output(calls[0].id)]

    turn = ResponsesWire().read_chat(asking(input=items)).messages[0]

    assert (turn.state == 7) is is_kept
