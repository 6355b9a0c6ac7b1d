"""OpenAI's batch form as input and output, and round trips in the shape of ``vllm run-batch``."""

import json

import pytest
from openai.types.chat import ChatCompletion
from provider_sdk import ToolCall, Usage
from provider_sdk.bulk.inputs import Form, survey
from provider_sdk.bulk.outputs import result_line
from provider_sdk.bulk.rows import RowError

from ._bulk_rows import all_rows, refusal, result, written

MESSAGES = [{"role": "user", "content": "Why?"}]


def _line(custom_id="a", url="/v1/chat/completions", method="POST", **body):
    given = {"model": "m", "messages": MESSAGES} | body
    return {"custom_id": custom_id, "method": method, "url": url, "body": given}


def test_a_request(tmp_path):
    """Its id, conversation and model are the row's."""
    path = written(tmp_path, [_line()])

    (row,) = all_rows(path)

    assert survey(path, Form()).form.format == "openai"
    assert (row.id, row.messages, row.model, row.options) == ("a", MESSAGES, "m", {})


def test_fields_of_the_body(tmp_path):
    """Chat options are options; any other field is sent as it is."""
    tool = {"type": "function", "function": {"name": "f"}}
    known = {
        "temperature": 0,
        "top_p": 1,
        "max_tokens": 5,
        "stop": ["x"],
        "seed": 1,
        "tools": [tool],
        "tool_choice": "auto",
        "response_format": {"type": "json_object"},
        "reasoning_effort": "low",
    }
    other = {"logit_bias": {"1": 2}, "timeout": 3, "extra_headers": {"a": "b"}, "user": "u"}

    (row,) = all_rows(written(tmp_path, [_line(**known, **other)]))

    assert row.options == {**known, "extra_body": other}


def test_fields_that_say_nothing(tmp_path):
    """What is null, no stream and one answer are what is asked anyway."""
    body = {"stream": False, "stream_options": None, "n": 1, "seed": None, "user": None}

    (row,) = all_rows(written(tmp_path, [_line(**body)]))

    assert row.options == {}


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"max_completion_tokens": 5, "max_tokens": None}, {"max_tokens": 5}),
        (
            {"max_completion_tokens": 5, "max_tokens": 6},
            {"max_tokens": 6, "extra_body": {"max_completion_tokens": 5}},
        ),
    ],
)
def test_the_new_name_of_max_tokens(tmp_path, body, options):
    """It is the same option, so that it reaches any provider."""
    (row,) = all_rows(written(tmp_path, [_line(**body)]))

    assert row.options == options


def test_a_request_without_method_and_url(tmp_path):
    """They are what they must be."""
    line = {"custom_id": "a", "body": {"messages": MESSAGES}}

    (row,) = all_rows(written(tmp_path, [line]))

    assert (row.messages, row.model) == (MESSAGES, None)


def test_the_system_message_of_the_run(tmp_path):
    """It stands before a conversation without one, as in every format."""
    (row,) = all_rows(written(tmp_path, [_line()]), Form(system="S"))

    assert row.messages == [{"role": "system", "content": "S"}, *MESSAGES]


def test_the_role_developer(tmp_path):
    """It is the system message under another name, and that of the run is not added."""
    messages = [{"role": "developer", "content": "D"}, *MESSAGES]

    (row,) = all_rows(written(tmp_path, [_line(messages=messages)]), Form(system="S"))

    assert row.messages == [{"role": "system", "content": "D"}, *MESSAGES]


def test_the_first_line_says_the_form(tmp_path):
    """Blank lines before it do not count."""
    content = "\n \n" + json.dumps(_line()) + "\n"

    assert survey(written(tmp_path, content), Form()).form.format == "openai"


def test_columns_of_the_same_names(tmp_path):
    """A template makes the lines plain rows, if the format is said."""
    path = written(tmp_path, [{"custom_id": "a", "body": "b"}])

    (row,) = all_rows(path, Form(format="jsonl", template="{body}", id_column="custom_id"))

    assert (row.id, row.messages[0]["content"]) == ("a", "b")


@pytest.mark.parametrize("form", [Form(template="{body}"), Form(prompt_column="body")])
def test_a_template_for_whole_requests(tmp_path, form):
    """It is refused; the rows say already what is asked."""
    assert "is in OpenAI's batch form" in refusal(written(tmp_path, [_line()]), form)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            _line(url="/v1/embeddings"),
            "only requests to '/v1/chat/completions' can be asked, not to '/v1/embeddings'",
        ),
        (_line(url=None), "only requests to '/v1/chat/completions' can be asked, not to None"),
        (_line(method="GET"), "the method must be 'POST', not 'GET'"),
        (_line(stream=True), "the body asks for a stream; leave 'stream' out"),
        (_line(n=2), "the body asks for several answers; leave 'n' out"),
        (_line(messages=[]), "messages is empty"),
        (_line(messages=None), "messages must be a list of messages"),
        (_line(temperature="hot"), "temperature must be a finite number, not str"),
        (_line(model=5), "'model' must be the name of a model, not a number"),
        (_line(custom_id=None), "'custom_id' must be text or a whole number, and is null"),
        ({"custom_id": "a", "body": "x"}, "the body must be an object"),
        ({"custom_id": "a", "body": {"message": []}}, "in the body there is no column 'messages'"),
        ({"prompt": "a"}, "the body must be an object"),
        ({"body": {"messages": MESSAGES}}, "there is no column 'custom_id'; known are body"),
    ],
)
def test_a_request_that_cannot_be_asked(tmp_path, line, problem):
    """The line is named."""
    said = refusal(written(tmp_path, [_line("first"), line]))

    assert said.startswith(f"line 2: {problem}")


def _written(**values):
    return json.loads(result_line(result(3, **values), "openai"))


ANSWER = {
    "text": "Because.",
    "reasoning": "Hm",
    "finish_reason": "stop",
    "usage": Usage(5, 7, cached_tokens=2, reasoning_tokens=3),
    "model": "m-1",
    "ended_at": 1_800_000_000.5,
}


def test_an_answer():
    """It is a chat completion as a client library reads it."""
    line = _written(**ANSWER)

    assert {key: line[key] for key in ("id", "custom_id", "error")} == {
        "id": "batch_req_3",
        "custom_id": "r3",
        "error": None,
    }
    assert line["response"]["status_code"] == 200
    completion = ChatCompletion.model_validate(line["response"]["body"], strict=True)
    assert completion.choices[0].message.content == "Because."
    assert completion.choices[0].message.model_extra == {"reasoning_content": "Hm"}
    assert (completion.model, completion.created) == ("m-1", 1_800_000_000)
    assert completion.usage.total_tokens == 12
    assert completion.usage.prompt_tokens_details.cached_tokens == 2
    assert completion.usage.completion_tokens_details.reasoning_tokens == 3


def test_an_answer_that_calls_tools():
    """Arguments are text, as the model wrote them."""
    call = ToolCall.parse("c1", "f", '{"a": 1}')

    body = _written(tool_calls=(call,), text="", finish_reason="tool_calls")["response"]["body"]

    choice = ChatCompletion.model_validate(body, strict=True).choices[0]
    assert choice.message.content is None
    assert choice.message.tool_calls[0].function.arguments == '{"a": 1}'
    assert choice.finish_reason == "tool_calls"


def test_a_refusal():
    """Its words are where the form has them."""
    body = _written(text="No.", finish_reason="refusal")["response"]["body"]

    choice = ChatCompletion.model_validate(body, strict=True).choices[0]
    assert (choice.message.content, choice.message.refusal) == (None, "No.")
    assert choice.finish_reason == "stop"


def test_an_answer_of_which_little_is_known():
    """What the form demands is there."""
    body = _written(text="a", usage=Usage(None, 5))["response"]["body"]

    completion = ChatCompletion.model_validate(body, strict=True)
    assert completion.model == ""
    assert completion.usage.prompt_tokens == 0


def test_a_failure_that_the_service_answered():
    """Status and words of the service are the response; the error says it too."""
    error = RowError("ProviderRequestError", "too long", 400, "req-1")

    line = _written(state="failed", error=error)

    assert line["response"] == {
        "status_code": 400,
        "request_id": "req-1",
        "body": {
            "error": {
                "message": "too long",
                "type": "ProviderRequestError",
                "param": None,
                "code": None,
            }
        },
    }
    assert line["error"] == {"code": "ProviderRequestError", "message": "too long"}


def test_a_failure_without_an_answer():
    """There is no response."""
    line = _written(state="failed", error=RowError("ProviderTimeoutError", "no answer"))

    assert line["response"] is None
    assert line["error"] == {"code": "ProviderTimeoutError", "message": "no answer"}


def test_an_answer_goes_on_as_a_conversation(tmp_path):
    """The message of an output is taken as a turn of the next input."""
    call = ToolCall.parse("c1", "f", '{"a": 1}')
    body = _written(**{**ANSWER, "tool_calls": (call,)})["response"]["body"]
    turn = {key: value for key, value in body["choices"][0]["message"].items() if value is not None}
    messages = [*MESSAGES, turn, {"role": "tool", "tool_call_id": "c1", "content": "2"}]

    (row,) = all_rows(written(tmp_path, [_line(messages=messages)]))

    assert row.messages == messages
