"""The scripted service rejects what the Gemini API rejects, and reads what it takes."""

import json

import pytest
from provider_conformance import GeminiWire
from provider_conformance.wires import Answer, SeenRequest, Tokens

WIRE = GeminiWire()
USER = {"role": "user", "parts": [{"text": "Look."}]}
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}
OWN_SCHEMA = {
    "type": "OBJECT",
    "properties": {
        "x": {"type": "INTEGER", "nullable": True},
        "y": {"type": "ARRAY", "items": {"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]}},
    },
    "required": ["x"],
}


def request(body, model="m", method="generateContent", query=""):
    """Return a request for an answer."""
    path = f"/v1beta/models/{model}:{method}"
    return SeenRequest("POST", "service.test", path, query, {}, json.dumps(body).encode())


def read(**fields):
    """Return what the wire reads of a request with these fields."""
    return WIRE.read_chat(request({"contents": [USER], **fields}))


def config(**fields):
    """Return fields of a request that configure the answer."""
    return {"generationConfig": fields}


def tools(*declarations, **config):
    """Return fields of a request that offers functions."""
    calling = {"toolConfig": {"functionCallingConfig": config}} if config else {}
    return {"tools": [{"functionDeclarations": list(declarations)}], **calling}


def model(*parts):
    """Return a turn of the model."""
    return {"role": "model", "parts": list(parts)}


def user(*parts):
    """Return a turn of the user."""
    return {"role": "user", "parts": list(parts)}


def call(name="look", signature=None, **fields):
    """Return a part that calls a function."""
    signed = {"thoughtSignature": signature} if signature else {}
    return {"functionCall": {"name": name, "args": {}, **fields}, **signed}


def result(name="look", said="seen", **fields):
    """Return a part that answers a call."""
    return {"functionResponse": {"name": name, "response": {"output": said}, **fields}}


def listing(query):
    """Return a request for a page of the model list."""
    return SeenRequest("GET", "service.test", "/v1beta/models", query, {}, b"")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"contents": []}, "contents is not specified"),
        ({"contents": USER}, "a list is required"),
        ({"contents": [{"role": "user", "parts": []}]}, "parts must not be empty"),
        ({"contents": [{"role": "User", "parts": [{"text": "a"}]}]}, "valid role"),
        ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "valid role"),
        ({"contents": [user({"text": "a", "kind": "text"})]}, "Unknown name 'kind'"),
        ({"contents": [user({})]}, "oneof field 'data' must"),
        ({"contents": [user({"text": "a", "inlineData": {}})]}, "already set"),
        ({"contents": [user({"text": 7})]}, "TYPE_STRING"),
        ({"contents": [user({"inlineData": {"data": "aaaa"}})]}, "mime_type"),
        ({"contents": [user({"inlineData": {"mimeType": "a", "data": "%"}})]}, "base64"),
        ({"contents": [user({"fileData": {"uri": "https://a"}})]}, "Unknown name 'uri'"),
        ({"systemInstruction": {"parts": [{"inlineData": {}}]}}, "only text"),
        ({"systemInstruction": "Be brief."}, "an object is required"),
    ],
)
def test_content_that_the_service_rejects(fields, said):
    """What the service rejects in contents, the scripted service rejects too."""
    with pytest.raises(ValueError, match=said):
        read(**fields)


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ([USER, model(call())], "number of function response parts"),
        ([USER, model(call(), call("find")), user(result())], "number of function response parts"),
        ([USER, model(call()), user({"text": "Go on."})], "number of function response parts"),
        (
            [USER, model(call()), user(result()), user(result())],
            "immediately after a function call",
        ),
        ([USER, user(result())], "immediately after a function call"),
        ([model(call()), user(result())], "immediately after a user turn"),
        ([USER, model({"text": "a"}), model(call()), user(result())], "after a user turn"),
        ([USER, model(call()), model(result())], "of role user"),
        ([USER, model(call()), user(result("find"))], "was not called"),
        ([USER, model(call(id="a")), user(result(id="b"))], "was not called"),
        ([USER, model(call(id="a"), call()), user(result(id="a"), result(id="a"))], "not called"),
        ([USER, model(call()), user(result(""))], "Name cannot be empty"),
        ([USER, model(call()), user(result(response="seen"))], "response': an object"),
        ([USER, model(call(args="{}")), user(result())], "an object of args"),
        ([USER, user(call())], "immediately after a user turn"),
        ([USER, model(call(), call(signature="e30=")), user(result(), result())], "signature"),
        ([USER, model({"text": "", "thoughtSignature": "e30="}, call()), user(result())], "first"),
    ],
)
def test_order_that_the_service_rejects(turns, said):
    """Calls without results, results without calls, and signatures elsewhere are rejected."""
    with pytest.raises(ValueError, match=said):
        read(contents=turns)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (config(max_tokens=7), "Unknown name 'maxTokens'"),
        (config(seed=2**31), "TYPE_INT32"),
        (config(seed=True), "TYPE_INT32"),
        (config(maxOutputTokens=0), "TYPE_INT32"),
        (config(temperature=2.5), "from 0 to 2"),
        (config(topP="0.5"), "from 0 to 1"),
        (config(stopSequences="END"), "a list is required"),
        (config(stopSequences=[""]), "empty text"),
        (config(thinkingConfig={"thinkingBudget": 1, "thinkingLevel": "LOW"}), "only set only one"),
        (config(thinkingConfig={"thinkingLevel": "Low"}), "thinking_level"),
        (config(thinkingConfig={"thinkingBudget": -2}), "thinking_budget"),
        (config(responseMimeType="application/yaml"), "allowed mimetypes"),
        (config(responseJsonSchema=SCHEMA), "only supported with application/json"),
        (
            config(
                responseMimeType="application/json", responseSchema={}, responseJsonSchema=SCHEMA
            ),
            "only one of",
        ),
        (
            config(
                responseMimeType="application/json",
                responseSchema={**OWN_SCHEMA, "additionalProperties": False},
            ),
            "Unknown name 'additionalProperties'",
        ),
    ],
)
def test_settings_that_the_service_rejects(fields, said):
    """What the service rejects in the configuration, the scripted service rejects too."""
    with pytest.raises(ValueError, match=said):
        read(**fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (tools({"name": "7up"}), "Invalid function name"),
        (tools({"name": "a" * 65}), "Invalid function name"),
        (tools({"description": "Looks."}), "name' "),
        (tools({"name": "look"}, {"name": "look"}), "Duplicate function"),
        (tools({"name": "look", "strict": True}), "Unknown name 'strict'"),
        (tools({"type": "function", "name": "look"}), "Unknown name 'type'"),
        (tools({"name": "look", "parameters": {"type": "OBJECT", "properties": {}}}), "non-empty"),
        (tools({"name": "look", "parameters": {"$ref": "#/a"}}), r"Unknown name '\$ref'"),
        (tools({"name": "look", "parameters": {"type": ["string"]}}), "Invalid value at"),
        (tools({"name": "look", "parameters": {"type": "ARRAY"}}), "items: missing field"),
        (tools({"name": "look", "parameters": {"enum": [1]}}), "TYPE_STRING"),
        (
            tools({"name": "look", "parameters": OWN_SCHEMA, "parametersJsonSchema": SCHEMA}),
            "exclude each other",
        ),
        (tools({"name": "look"}, mode="any"), "mode"),
        (tools({"name": "look"}, mode="AUTO", allowedFunctionNames=["look"]), "mode is ANY"),
        (tools({"name": "look"}, mode="ANY", allowedFunctionNames=["find"]), "not declared"),
        (tools(mode="NONE"), "without function_declarations"),
        ({"tools": [{"function": {"name": "look"}}]}, "Unknown name 'function'"),
    ],
)
def test_tools_that_the_service_rejects(fields, said):
    """What the service rejects in tools, the scripted service rejects too."""
    with pytest.raises(ValueError, match=said):
        read(**fields)


@pytest.mark.parametrize("body", [[], "text", None, 7])
def test_body_that_is_no_object(body):
    """A body of another type is rejected."""
    with pytest.raises(ValueError, match="must be an object"):
        WIRE.read_chat(request(body))


def test_stream_without_events_is_rejected():
    """A stream must be asked for as events: the wire writes no array."""
    with pytest.raises(ValueError, match="alt=sse"):
        WIRE.read_chat(request({"contents": [USER]}, method="streamGenerateContent"))


def test_names_in_snake_case_are_taken():
    """The service takes the names of fields in either case."""
    declaration = {"name": "look", "parameters_json_schema": SCHEMA}
    seen = read(
        system_instruction={"parts": [{"text": "Be brief."}]},
        generation_config={"max_output_tokens": 7},
        tools=[{"function_declarations": [declaration]}],
    )
    assert seen.messages[0].text == "Be brief."
    assert seen.options["max_tokens"] == 7
    assert seen.options["tools"][0]["function"]["parameters"] == SCHEMA
    assert seen.surplus == {}


def test_own_schemas_are_read_as_json_schema():
    """A schema in the protocol's own form says what it says in JSON schema, in its order."""
    seen = read(**config(responseMimeType="application/json", responseSchema=OWN_SCHEMA))
    schema = seen.options["response_format"]["json_schema"]["schema"]
    assert schema == {
        "type": "object",
        "properties": {
            "x": {"type": "integer", "nullable": True},
            "y": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}]}},
        },
        "required": ["x"],
    }
    assert list(schema["properties"]) == ["x", "y"]


@pytest.mark.parametrize(
    ("thinking", "effort"),
    [
        ({"thinkingLevel": "HIGH"}, "high"),
        ({"thinkingLevel": "minimal", "includeThoughts": True}, "minimal"),
        ({"thinkingBudget": 0}, "none"),
        ({"thinkingBudget": 1024}, {"thinkingBudget": 1024}),
        ({"includeThoughts": True}, None),
    ],
)
def test_efforts(thinking, effort):
    """A level is an effort, a budget of 0 is the effort `none`, and other budgets stay as sent."""
    seen = read(**config(thinkingConfig=thinking))
    assert seen.options.get("reasoning_effort") == effort


@pytest.mark.parametrize(
    ("calling", "choice"),
    [
        ({"mode": "AUTO"}, "auto"),
        ({"mode": "NONE"}, "none"),
        ({"mode": "ANY"}, "required"),
        (
            {"mode": "ANY", "allowedFunctionNames": ["look"]},
            {"type": "function", "function": {"name": "look"}},
        ),
    ],
)
def test_choices_of_tools(calling, choice):
    """Each mode is a choice of the contract."""
    seen = read(**tools({"name": "look"}, {"name": "find"}, **calling))
    assert seen.options["tool_choice"] == choice


def test_what_nobody_needs_is_surplus():
    """Fields that no call of the contract needs are named; at the top, unknown ones too."""
    seen = read(safetySettings=[], x_own=1, **config(topK=3, candidateCount=1))
    assert seen.surplus == {
        "safetySettings": [],
        "x_own": 1,
        "generationConfig.topK": 3,
        "generationConfig.candidateCount": 1,
    }


def test_results_find_their_calls():
    """A result belongs to the call of its id, or else to the first of its name without one."""
    turns = [
        USER,
        model(call(id="a"), call("find", id="b"), call(id="c")),
        user(result("find", "1"), result(said="2", id="c"), result(said="3"), {"text": "Well?"}),
    ]
    seen = read(contents=turns).messages
    assert [(m.text, m.answers) for m in seen[2:5]] == [("1", "b"), ("2", "c"), ("3", "a")]
    assert (seen[5].role, seen[5].text) == ("user", "Well?")


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"result": "a \n"}, "a \n"),
        ({"output": ""}, ""),
        ({"at": "ä"}, '{"at": "ä"}'),
        ({"output": 7}, '{"output": 7}'),
    ],
)
def test_texts_of_results(response, text):
    """A text in the usual place is the result; anything else is what it says in JSON."""
    seen = read(contents=[USER, model(call()), user(result(response=response))])
    assert seen.messages[-1].text == text


def test_results_may_hold_images():
    """A result may show an image beside its text."""
    image = {"inlineData": {"mimeType": "image/png", "data": "aaaa"}}
    seen = read(contents=[USER, model(call()), user(result(parts=[image]))])
    assert list(seen.messages[-1].images) == ["data:image/png;base64,aaaa"]
    assert [part.kind for part in seen.messages[-1].parts] == ["text", "image"]


def test_thoughts_of_a_turn_are_no_text():
    """Thoughts that come back are not taken for the answer."""
    seen = read(contents=[USER, model({"text": "Hm.", "thought": True}, {"text": "Yes."}), USER])
    assert seen.messages[1].text == "Yes."


def test_call_without_signature_may_say_so():
    """A call of another service says in place of a signature that it has none."""
    signature = "skip_thought_signature_validator"
    seen = read(contents=[USER, model(call(signature=signature)), user(result())])
    assert seen.messages[1].state is None


def test_several_signatures_are_all_seen():
    """A turn that brings several signatures does not pass for one that brings the right one."""
    signed = {"text": "a", "thoughtSignature": "e30="}
    seen = read(contents=[USER, model(signed, signed), USER])
    assert seen.messages[1].state == [{}, {}]


@pytest.mark.parametrize(
    ("path", "model"),
    [("org%2Fm:7", "org/m:7"), ("a%20b%25", "a b%"), ("org/m", "org/m"), ("%E6%A8%A1", "模")],
)
def test_models_stand_in_the_path(path, model):
    """The model is read from the path, in whatever way it is written there."""
    seen = request({"contents": [USER]}, path)
    assert WIRE.route(seen) == "chat"
    assert WIRE.read_chat(seen).model == model


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1beta/models/m:countTokens"),
        ("GET", "/v1beta/models/m"),
        ("POST", "/v2/models/m:generateContent"),
        ("POST", "/v1beta/models/:generateContent"),
    ],
)
def test_other_paths(method, path):
    """What is no chat and no list is neither."""
    assert WIRE.route(SeenRequest(method, "service.test", path, "", {}, b"")) == "other"


@pytest.mark.parametrize(
    ("headers", "query", "credential"),
    [
        ({"x-goog-api-key": "a"}, "", "a"),
        ({}, "key=b", "b"),
        ({"authorization": "Bearer c"}, "alt=sse", "c"),
        ({}, "", None),
    ],
)
def test_credentials(headers, query, credential):
    """A credential is found wherever the service takes it."""
    seen = SeenRequest("GET", "service.test", "/v1beta/models", query, headers, b"")
    assert WIRE.credential_of(seen) == credential


def test_pages_lead_to_each_other():
    """Each page names the next one, and the last names none."""
    ids = [f"m{n}" for n in range(250)]
    found, query = [], "pageSize=1000"
    for _ in range(3):
        page = json.loads(WIRE.models(ids, listing(query)).body)
        found += [entry["name"] for entry in page["models"]]
        query = f"pageToken={page.get('nextPageToken')}&pageSize=1000"
    assert found == [f"models/{id}" for id in ids]
    assert "nextPageToken" not in page


def test_usual_page_holds_fifty():
    """Without a size, a page holds fifty models."""
    page = json.loads(WIRE.models([f"m{n}" for n in range(60)], listing("")).body)
    assert len(page["models"]) == 50


def test_list_without_models_is_an_empty_object():
    """What is empty is left out."""
    assert json.loads(WIRE.models([], listing("")).body) == {}


@pytest.mark.parametrize(
    "query",
    [
        *(f"pageSize={size}" for size in ("abc", "-1", "1.5", "²", "9" * 5000)),
        *(f"pageToken={token}" for token in ("abc", "7", "YWZ0ZXI6LTE=", "YWZ0ZXI6")),
    ],
)
def test_page_that_does_not_exist(query):
    """A size or a token that is not valid is a bad request."""
    reply = WIRE.models(["a"], listing(query))
    assert (reply.status, json.loads(reply.body)["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_values_of_every_form_of_a_body():
    """Whole answers, arrays of them, events, and a status after events are all found."""
    answer = Answer(["a"], "m", usage=Tokens(prompt=1))
    one = json.loads(WIRE.whole(answer).body)
    status = json.dumps({"error": {"code": 503}}, indent=2).encode()
    events = b"data: " + json.dumps(one).encode() + b"\r\n\r\n"
    bodies = {
        "whole": json.dumps(one, indent=2).encode(),
        "array": json.dumps([one, one], indent=2).encode(),
        "events": events * 2,
        "status": events + status,
    }
    found = {name: list(WIRE.values(body)) for name, body in bodies.items()}
    assert found == {
        "whole": [one],
        "array": [one, one],
        "events": [one, one],
        "status": [one, json.loads(status)],
    }
