"""JSON Lines as the input of a bulk run."""

import hashlib
import json
import os

import pytest
from provider_sdk.bulk.inputs import Form, fingerprint, survey
from provider_sdk.bulk.inputs.files import LONGEST_LINE

from ._bulk_rows import all_rows, prompts, refusal, written


def test_a_prompt_becomes_a_message_of_the_user(tmp_path):
    """Without an id, the row's number is the id."""
    (row,) = all_rows(written(tmp_path, [{"prompt": "Why?"}]))

    assert row.messages == [{"role": "user", "content": "Why?"}]
    assert (row.index, row.id, row.model, row.options) == (0, "0", None, {})


def test_a_conversation_is_passed_on(tmp_path):
    """Roles, parts, tool calls and what a wire keeps of earlier turns."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Hm",
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "tool_call_id": "1", "content": "2"},
    ]

    (row,) = all_rows(written(tmp_path, [{"messages": messages}]))

    assert row.messages == messages


def test_a_row_may_name_its_model_and_options(tmp_path):
    """The survey says which models and options rows name."""
    path = written(
        tmp_path,
        [
            {"id": 7, "prompt": "a", "model": "m", "options": {"temperature": 0, "seed": None}},
            {"id": "x", "prompt": "b", "model": None, "options": None},
        ],
    )

    first, second = all_rows(path)
    found = survey(path, Form())

    assert (first.id, first.model, first.options) == ("7", "m", {"temperature": 0})
    assert (second.id, second.model, second.options) == ("x", None, {})
    assert (found.models, found.options) == ({"m"}, {"temperature"})


def test_other_columns_are_ignored(tmp_path):
    """A row may hold anything else."""
    assert prompts(written(tmp_path, [{"prompt": "a", "label": {"x": [1]}}])) == ["a"]


def test_the_system_message_of_the_run(tmp_path):
    """It stands before conversations that have none of their own."""
    own = [{"role": "system", "content": "mine"}, {"role": "user", "content": "c"}]
    other = [{"role": "user", "content": "b"}]
    path = written(tmp_path, [{"prompt": "a"}, {"messages": other}, {"messages": own}])

    rows = all_rows(path, Form(system="Be brief."))

    assert [row.messages[0]["content"] for row in rows] == ["Be brief.", "Be brief.", "mine"]
    assert [len(row.messages) for row in rows] == [2, 2, 2]


@pytest.mark.parametrize(
    "content",
    [
        b'{"prompt":"a"}\n{"prompt":"b"}\n',
        b'{"prompt":"a"}\n{"prompt":"b"}',
        b'{"prompt":"a"}\r\n{"prompt":"b"}\r\n',
        b'\xef\xbb\xbf{"prompt":"a"}\n{"prompt":"b"}\n',
        b'\n \n{"prompt":"a"}\n\t\r\n\n{"prompt":"b"}\n\n',
        b'  {"prompt" : "a"}  \n{\t"prompt"\t:"b"}',
    ],
)
def test_forms_of_lines(tmp_path, content):
    """Line ends, a byte order mark, blank lines and spaces change nothing."""
    assert prompts(written(tmp_path, content)) == ["a", "b"]


def test_characters_that_break_lines_elsewhere(tmp_path):
    """Only a newline ends a line."""
    text = "a\u2028b\u2029c\x85d"
    content = json.dumps({"prompt": text}, ensure_ascii=False)

    assert prompts(written(tmp_path, content)) == [text]


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"\ud83d\ude00", "\U0001f600"),
        (r"a\ud83d", "a\ufffd"),
        (r"\ude00b", "\ufffdb"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
    ],
)
def test_halves_of_surrogate_pairs(tmp_path, escaped, text):
    """Half of a pair becomes U+FFFD, in keys and ids too: no service takes it."""
    line = f'{{"id":"{escaped}","prompt":"{escaped}","{escaped}":1}}'

    (row,) = all_rows(written(tmp_path, line))

    assert (row.id, row.messages[0]["content"]) == (text, text)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "it is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ('{"prompt":"a"', "it is not JSON: Expecting ',' delimiter at character 14"),
        ('{"prompt":"a"} x', "it is not JSON: Extra data at character 16"),
        ("{'prompt':'a'}", "it is not JSON"),
        ('{"prompt":"a\tb"}', "it is not JSON: Invalid control character at character 13"),
        ('{"prompt":NaN}', "NaN is not JSON; write null for a value that is missing"),
        ('{"prompt":"a","x":-Infinity}', "-Infinity is not JSON"),
        ('{"prompt":"a","x":1e999}', "the number 1e999 is beyond all floats"),
        ('{"prompt":"a","x":' + "9" * 5000 + "}", "the number 99999999999999999999 is beyond all"),
        ('{"prompt":"a","prompt":"b"}', "the key 'prompt' occurs twice in an object"),
        ('{"prompt":"a","x":{"y":[{"z":1,"z":1}]}}', "the key 'z' occurs twice in an object"),
        ('{"a" : 1, "a": 2, "prompt":"a"}', "the key 'a' occurs twice in an object"),
        ('{"prompt":"a","x":' + "[" * 300 + "]" * 300 + "}", "the JSON is nested more than 200"),
        ('["a"]', "the line holds a list, not a JSON object"),
        ('"a"', "the line holds text, not a JSON object"),
        ("null", "the line holds null, not a JSON object"),
        ("true", "the line holds true or false, not a JSON object"),
        ("17", "the line holds a number, not a JSON object"),
        ("{}", "it has neither 'prompt' nor 'messages'"),
        ('{"promt":"a"}', "it has neither 'prompt' nor 'messages'; did you mean 'promt'?"),
        ('{"prompt":null}', "'prompt' must be text, not null"),
        ('{"prompt":5}', "'prompt' must be text, not a number"),
        ('{"prompt":["a"]}', "'prompt' must be text, not a list"),
        ('{"prompt":"a","messages":[]}', "it has both 'prompt' and 'messages'"),
        ('{"messages":[]}', "messages is empty"),
        ('{"messages":"a"}', "messages must be a list of messages, not str"),
        ('{"messages":["a"]}', "messages[0] must be a dict or a Message, not str"),
        ('{"messages":[{"role":"use","content":"a"}]}', "messages[0]: role 'use' is unknown"),
        ('{"messages":[{"role":["user"],"content":"a"}]}', "messages[0]: role ['user'] is"),
        ('{"messages":[{"role":"user","content":5}]}', "messages[0]: content must be text or"),
        (
            '{"messages":[{"role":"user","content":"a","nam":"b"}]}',
            "messages[0]: unknown key 'nam'",
        ),
        ('{"prompt":"a","id":1.5}', "'id' must be text or a whole number, and is a number"),
        ('{"prompt":"a","id":true}', "'id' must be text or a whole number, and is true or false"),
        ('{"prompt":"a","id":{}}', "'id' must be text or a whole number, and is an object"),
        ('{"prompt":"a","id":""}', "'id' must have 1 to 1000 characters, not 0"),
        ('{"prompt":"a","id":"' + "x" * 1001 + '"}', "'id' must have 1 to 1000 characters"),
        ('{"prompt":"a","model":5}', "'model' must be the name of a model, not a number"),
        ('{"prompt":"a","options":5}', "'options' must be an object of chat options, not a num"),
        ('{"prompt":"a","options":{"seeed":1}}', "unknown option 'seeed'; did you mean 'seed'?"),
        ('{"prompt":"a","options":{"seed":"x"}}', "seed must be a whole number, not str"),
        ('{"prompt":"a","options":{"tools":[{}]}}', "tools[0].type is missing"),
        (
            '{"prompt":"a","options":{"extra_headers":{"a":"b"}}}',
            "'options' must not hold 'extra_headers'; set it for the whole run",
        ),
        (
            '{"prompt":"a","options":{"extra_body":{"stream":true}}}',
            "'extra_body' must not hold 'stream'",
        ),
        (
            '{"prompt":"a","temperature":0}',
            "'temperature' is the name of a chat option; write it within 'options'",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, problem):
    """The line after a blank one, and what is wrong with it; never the whole of a huge line."""
    said = refusal(written(tmp_path, '{"prompt":"ok"}\n\n' + line + '\n{"prompt":"ok"}\n'))

    assert said.startswith(f"line 3: {problem}")
    assert len(said) < 500


def test_bytes_that_are_not_utf_8(tmp_path):
    """The message names line and byte."""
    path = written(tmp_path, b'{"prompt":"a"}\n{"prompt":"\xe9t\xe9"}\n')

    assert refusal(path) == "line 2: byte 12 of the line is not UTF-8"


def test_half_characters_in_utf_8(tmp_path):
    """Bytes that encode half of a pair are not UTF-8."""
    path = written(tmp_path, b'{"prompt":"\xed\xa0\xbd"}\n')

    assert refusal(path) == "line 1: byte 12 of the line is not UTF-8"


def test_a_broken_line_in_the_middle_of_many(tmp_path):
    """It is found wherever it is."""
    lines = ['{"prompt":"a"}\n'] * 20_000
    lines[12_344] = '{"prompt":"a}\n'

    assert refusal(written(tmp_path, "".join(lines))).startswith("line 12345: it is not JSON")


def test_a_line_that_is_too_long(tmp_path):
    """It is refused by its number, and never held whole."""
    path = written(tmp_path, b'{"prompt":"a"}\n{"prompt":"')
    os.truncate(path, LONGEST_LINE + 1000)

    assert refusal(path) == "line 2: it is longer than 64 MiB"


def test_the_longest_line(tmp_path):
    """It is read like any other."""
    line = b'{"prompt":"' + b"a" * (LONGEST_LINE - 14) + b'"}\n'

    assert survey(written(tmp_path, line), Form()).characters == LONGEST_LINE - 14


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n"])
def test_an_input_without_rows(tmp_path, content):
    """It is refused."""
    path = written(tmp_path, content)

    assert refusal(path) == f"{path} has no rows"


def test_a_limit(tmp_path):
    """Rows after it are hashed, and neither checked nor read."""
    path = written(tmp_path, b'{"prompt":"a"}\n{"prompt":"b"}\n{broken\n')

    found = survey(path, Form(limit=2))

    assert found.rows == 2
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_fingerprint_of_an_input(tmp_path):
    """The cheap look at an input gives the size and digest of the survey."""
    path = written(tmp_path, [{"prompt": "x" * 100}] * 30_000)

    found = survey(path, Form())

    assert fingerprint(path) == (found.size, found.digest)
    assert found.size == path.stat().st_size
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_characters_are_counted(tmp_path):
    """Of all texts in all conversations, for an estimate of tokens."""
    parts = [
        {"type": "text", "text": "four"},
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}, "text": None},
    ]
    call = {"id": "1", "function": {"name": "f"}}
    path = written(
        tmp_path,
        [
            {"prompt": "three"},
            {
                "messages": [
                    {"role": "user", "content": parts},
                    {"role": "assistant", "content": None, "tool_calls": [call]},
                ]
            },
        ],
    )

    assert survey(path, Form(system="12")).characters == 2 + 5 + 2 + 4


def test_models_are_named_up_to_a_hundred(tmp_path):
    """More need more memory, and help nobody."""
    path = written(tmp_path, [{"prompt": "a", "model": f"m{n}"} for n in range(150)])

    assert len(survey(path, Form()).models) == 100


def test_columns_are_those_of_the_first_row(tmp_path):
    """For messages and templates."""
    path = written(tmp_path, [{"prompt": "a", "x": 1}, {"prompt": "b", "y": 1}])

    assert survey(path, Form()).columns == ("prompt", "x")


def test_a_row_with_many_keys(tmp_path):
    """The work grows with their number and not with its square, also to name one."""
    keys = ",".join(f'"k{number}":1' for number in range(200_000))
    missing = written(tmp_path, "{" + keys + "}", "missing.jsonl")
    twice = written(tmp_path, "{" + keys + ',"k199999":1}', "twice.jsonl")

    assert refusal(missing) == "line 1: it has neither 'prompt' nor 'messages'"
    assert refusal(missing, Form(template="{x}")) == "line 1: there is no column 'x'"
    assert refusal(twice) == "line 1: the key 'k199999' occurs twice in an object"
