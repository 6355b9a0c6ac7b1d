"""How an input is read: templates, columns, formats, ids."""

import os
import pickle

import pytest
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, survey

from ._bulk_rows import all_rows, prompts, refusal, written


def test_a_template(tmp_path):
    """Every key is a column then, those that mean something elsewhere too."""
    path = written(
        tmp_path, [{"prompt": "p", "text": "{prompt} @x", "model": "gpt", "temperature": 2}]
    )

    (row,) = all_rows(path, Form(template="Say {text} {model}", system="S"))

    assert [message["content"] for message in row.messages] == ["S", "Say {prompt} @x gpt"]
    assert (row.model, row.options) == (None, {})


def test_a_prompt_column(tmp_path):
    """It is the user's message, as it stands."""
    path = written(tmp_path, [{"question": "{why}?", "options": 5}])

    assert prompts(path, Form(prompt_column="question")) == ["{why}?"]


def test_an_id_column(tmp_path):
    """It is the id instead of ``id``."""
    path = written(tmp_path, [{"prompt": "a", "id": "x", "key": "y"}])

    assert all_rows(path, Form(id_column="key"))[0].id == "y"


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (Form(template="{txet}"), "line 1: there is no column 'txet'; did you mean 'text'?"),
        (Form(prompt_column="q"), "line 1: there is no column 'q'; known are n, text"),
        (Form(prompt_column="n"), "line 1: 'n' must be text, not null"),
        (Form(template="{text}", id_column="ID"), "line 1: there is no column 'ID'"),
        (Form(template="{text}", id_column="n"), "line 1: 'n' must be text or a whole number"),
    ],
)
def test_a_column_that_is_not_there(tmp_path, form, problem):
    """The line and the nearest column are named."""
    assert refusal(written(tmp_path, [{"text": "a", "n": None}]), form).startswith(problem)


def test_a_template_beside_a_prompt_column():
    """Both would say what to ask."""
    with pytest.raises(BulkInputError, match="a template and a prompt column both say"):
        Form(template="{a}", prompt_column="b")


def test_a_broken_template():
    """It is refused before any file is read."""
    with pytest.raises(BulkInputError, match="a brace without a column"):
        Form(template="{a")


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_without_rows(limit):
    """At least one row is to be read."""
    with pytest.raises(BulkInputError, match="the limit must be at least one row"):
        Form(limit=limit)


def test_a_form_can_be_pickled():
    """Workers get it."""
    form = Form(format="csv", template="{a}", id_column="b", system="c", limit=5)

    assert pickle.loads(pickle.dumps(form)) == form


@pytest.mark.parametrize("name", ["in.jsonl", "in.ndjson", "IN.JSONL", "in.txt", "in"])
def test_json_lines_are_found(tmp_path, name):
    """By the name, or by the first character."""
    path = written(tmp_path, [{"prompt": "a"}], name)

    assert survey(path, Form()).form.format == "jsonl"


def test_a_format_that_is_said(tmp_path):
    """It is believed, whatever the name."""
    path = written(tmp_path, "prompt\na\n", "in.jsonl")

    assert prompts(path, Form(format="csv")) == ["a"]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("in.txt", b"hello", "the format of {path} is not known by its name"),
        ("in.json", b'[{"prompt":"a"}]', "{path} holds a JSON list. Write one object on each"),
        ("in.jsonl.gz", b"\x1f\x8b\x08", "{path} is compressed. Unpack it first."),
        ("in.jsonl", b"\x28\xb5\x2f\xfd", "{path} is compressed. Unpack it first."),
        ("in.jsonl", '{"prompt":"a"}'.encode("utf-16"), "{path} is in UTF-16 or UTF-32"),
        ("in.csv", "prompt\na".encode("utf-16-be"), "{path} is in UTF-16 or UTF-32"),
        ("in.jsonl", b"PAR1....", "{path} is in the format parquet, not jsonl"),
        ("in.csv", b"ARROW1..", "{path} is in the format arrow, not csv"),
    ],
)
def test_a_format_that_cannot_be_read(tmp_path, name, content, problem):
    """One sentence says what is wrong."""
    path = written(tmp_path, content, name)

    assert refusal(path).startswith(problem.format(path=path))


def test_an_input_on_the_hub(tmp_path):
    """It must be downloaded first."""
    assert "is on the Hugging Face Hub" in refusal("hf://datasets/a/b/train.parquet")


def test_an_input_that_does_not_exist(tmp_path):
    """The system's word for it is enough."""
    path = tmp_path / "in.jsonl"

    assert refusal(path) == f"{path} cannot be read: No such file or directory"


def test_a_folder_is_no_input(tmp_path):
    """Nor is a device."""
    assert refusal(tmp_path).startswith(f"{tmp_path} is not a regular file")


def test_a_pipe_is_no_input(tmp_path):
    """Reading it would wait for a writer, and it cannot be read again."""
    path = tmp_path / "in.jsonl"
    os.mkfifo(path)

    assert refusal(path).startswith(f"{path} is not a regular file")


def test_ids_that_occur_twice(tmp_path):
    """Both lines are named, blank lines counted; a number is the text of it."""
    path = written(
        tmp_path, '{"id":"a","prompt":"x"}\n\n{"id":7,"prompt":"x"}\n{"id":"7","prompt":"y"}'
    )

    assert refusal(path).startswith("line 3 and line 4 have the same id '7'.")


def test_an_id_that_is_the_number_of_another_row(tmp_path):
    """A row without an id has its number as one, whether it comes before or after."""
    rows = [{"prompt": "a"}] * 4
    before = written(tmp_path, [{"id": "2", "prompt": "a"}, *rows], "before.jsonl")
    after = written(tmp_path, [*rows, {"id": "2", "prompt": "a"}], "after.jsonl")

    assert refusal(before).startswith("line 1 and line 3 have the same id '2'")
    assert refusal(after).startswith("line 3 and line 5 have the same id '2'")


def test_ids_after_the_limit(tmp_path):
    """They are not read, and so not compared."""
    path = written(tmp_path, [{"id": "a", "prompt": "x"}, {"id": "a", "prompt": "y"}])

    assert survey(path, Form(limit=1)).rows == 1
