"""CSV as the input of a bulk run."""

import csv
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, read_rows, survey
from provider_sdk.bulk.inputs.files import LONGEST_LINE
from provider_sdk.bulk.shards import Shard

from ._bulk_rows import all_rows, prompts, refusal, written


def test_columns_of_their_own_names(tmp_path):
    """``id``, ``prompt`` and ``model`` count; an empty model is that of the run."""
    path = written(tmp_path, "id,model,prompt,x\na,m,p,1\nb,,q,2\n", "in.csv")

    rows = all_rows(path)

    assert [(row.id, row.model, row.messages[0]["content"]) for row in rows] == [
        ("a", "m", "p"),
        ("b", None, "q"),
    ]
    assert survey(path, Form()).columns == ("id", "model", "prompt", "x")


@pytest.mark.parametrize(
    "content",
    [
        "id,prompt\n1,a\n2,b\n",
        "id,prompt\r\n1,a\r\n2,b\r\n",
        "id,prompt\n1,a\n2,b",
        "\ufeffid,prompt\n1,a\n2,b\n",
        '"id","prompt"\n"1","a"\n"2","b"\n',
        "\n\nid,prompt\n\n1,a\n\r\n2,b\n\n",
    ],
)
def test_forms_of_lines(tmp_path, content):
    """Line ends, a byte order mark, quotes and blank lines change nothing."""
    assert prompts(written(tmp_path, content, "in.csv")) == ["a", "b"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"a\nb"', "a\nb"),
        ('"a\r\nb\r\n"', "a\r\nb\r\n"),
        ('"say ""hi"", twice"', 'say "hi", twice'),
        ('""', ""),
        ('""""', '"'),
        ('"\n\n""\n"', '\n\n"\n'),
        (" a ", " a "),
        ("\u00e9\u2028", "\u00e9\u2028"),
    ],
)
def test_quoted_fields(tmp_path, field, value):
    """Commas, quotes and line ends within quotes are text."""
    path = written(tmp_path, f"prompt,x\n{field},1\nz,2\n", "in.csv")

    assert prompts(path) == [value, "z"]


def test_a_template(tmp_path):
    """An empty field is empty text."""
    path = written(tmp_path, "a,b\n{b},\n", "in.csv")

    assert prompts(path, Form(template="<{a}|{b}>")) == ["<{b}|>"]


def test_shards_begin_at_rows_and_not_at_lines(tmp_path):
    """A line within quotes does not begin a row, although it looks like one."""
    content = "id,prompt\n" + "".join(f'{n},"x\n{n},y\n"\n' for n in range(30))
    path = written(tmp_path, content, "in.csv")
    found = survey(path, Form())

    for row, offset in found.marks:
        (only,) = read_rows(path, found.form, Shard(0, row, 1, offset))
        assert (only.id, only.messages[0]["content"]) == (str(row), f"x\n{row},y\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("id,prompt\n1,a\n2\n", "line 3: the number of fields is 1, and in the header 2"),
        ("id,prompt\n1,a\n2,b,c\n", "line 3: the number of fields is 3, and in the header 2"),
        ('prompt\n"a\nb\n', "line 2: a quote opens in this row and is never closed"),
        ('prompt\n"a"b\n', "line 2: text follows a closing quote at character 4"),
        ('prompt\na"b"\n', "line 2: a quote stands within a field that does not begin with one"),
        ('prompt,b\n"x\ny",z"w\nu"\n', "line 2: a quote stands within a field that does not"),
        ("prompt\na\x00b\n", "line 2: it holds a NUL byte, which CSV cannot hold"),
        ("prompt\ra\rb", "line 1: a carriage return stands alone"),
        ('prompt,b\n"x",a\rb\n', "line 2: a carriage return stands alone"),
        ("prompt,prompt\na,b\n", "line 1: the header names the column 'prompt' twice"),
        ("id,question\n1,a\n", "line 1: it has neither 'prompt' nor 'messages'"),
        ("promt\na\n", "line 1: it has neither 'prompt' nor 'messages'; did you mean 'promt'?"),
        ("prompt,seed\na,1\n", "line 1: 'seed' is the name of a chat option"),
        ("prompt,options\na,x\n", "line 2: 'options' must be an object of chat options, not text"),
        ("messages\nx\n", "line 2: messages must be a list of messages, not str"),
        ("id,prompt\n,a\n", "line 2: 'id' must have 1 to 1000 characters, not 0"),
        ('id,prompt\na,"x\n\n"\n\na,y\n', "line 2 and line 6 have the same id 'a'"),
        ("id,prompt\n\n", "{path} has no rows"),
        ("", "{path} has no rows"),
    ],
)
def test_what_cannot_be_read(tmp_path, content, problem):
    """The row's first line is named."""
    path = written(tmp_path, content, "in.csv")

    assert refusal(path).startswith(problem.format(path=path))


def test_bytes_that_are_not_utf_8(tmp_path):
    """Of a row over several lines they are counted from its begin."""
    path = written(tmp_path, b'prompt\n"a\n\xe9"\n', "in.csv")

    assert refusal(path) == "line 2: byte 4 of the row is not UTF-8"


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (Form(template="{txet}"), "line 1: there is no column 'txet'; did you mean 'text'?"),
        (Form(prompt_column="q"), "line 1: there is no column 'q'; known are id, text"),
        (Form(prompt_column="text", id_column="key"), "line 1: there is no column 'key'"),
    ],
)
def test_a_missing_column(tmp_path, form, problem):
    """The header says it, before any row does."""
    assert refusal(written(tmp_path, "id,text\n1,a\n", "in.csv"), form).startswith(problem)


def test_a_quote_that_takes_too_much(tmp_path):
    """It is refused by the row in which it opens, and the file is not held whole."""
    path = written(tmp_path, b'prompt\n"' + (b"a" * 2**20 + b"\n") * 66, "in.csv")

    assert refusal(path) == "line 2: a quote opens in this row and is not closed within 64 MiB"


def test_a_line_that_is_too_long(tmp_path):
    """It is refused by its number."""
    path = written(tmp_path, b"prompt\na", "in.csv")
    os.truncate(path, LONGEST_LINE + 1000)

    assert refusal(path) == "line 2: it is longer than 64 MiB"


def test_a_header_with_many_columns(tmp_path):
    """The work grows with their number and not with its square."""
    header = ",".join(f"c{number}" for number in range(200_000))
    path = written(tmp_path, f"{header},c199999\n", "in.csv")

    assert refusal(path) == "line 1: the header names the column 'c199999' twice"


def test_a_file_that_lost_its_header(tmp_path):
    """A shard of it cannot be read."""
    path = written(tmp_path, "prompt\na\nb\n", "in.csv")
    form = survey(path, Form()).form
    path.write_text("")

    with pytest.raises(BulkInputError, match="ends after 1 rows"):
        list(read_rows(path, form, Shard(0, 1, 1, 9)))


FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)


@settings(derandomize=True)
@given(st.lists(st.tuples(FIELDS, FIELDS.filter(bool)), min_size=1, max_size=6), st.booleans())
def test_what_python_writes_is_read(tmp_path_factory, rows, all_quoted):
    """Any text survives, in quotes or without."""
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, quoting=quoting)
    writer.writerow(["prompt", "x"])
    writer.writerows(rows)
    path = written(tmp_path_factory.mktemp("csv"), text.getvalue(), "in.csv")

    assert prompts(path) == [prompt for prompt, _ in rows]
