"""Parquet, Arrow and Feather as inputs of bulk runs."""

import datetime
import sys
from decimal import Decimal
from uuid import UUID

import pyarrow
import pytest
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, fingerprint, read_rows, survey
from provider_sdk.bulk.shards import Shard
from pyarrow import feather, ipc, parquet

from ._bulk_rows import all_rows, prompts, refusal, written

ROWS = [{"id": f"r{n}", "prompt": f"What\nis {n}?", "n": n} for n in range(1000)]


def _parquet(folder, table, name="in.parquet"):
    path = folder / name
    parquet.write_table(table, path, row_group_size=300)
    return path


def _arrow(folder, table, name="in.arrow", *, stream=False):
    path = folder / name
    make = ipc.new_stream if stream else ipc.new_file
    with pyarrow.OSFile(str(path), "wb") as file, make(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=300)
    return path


def _feather(folder, table):
    path = folder / "in.feather"
    feather.write_feather(table, str(path), chunksize=300)
    return path


def _stream(folder, table):
    return _arrow(folder, table, stream=True)


KINDS = [_parquet, _arrow, _stream, _feather]


@pytest.mark.parametrize("write", KINDS)
def test_rows_of_a_table(tmp_path, write):
    """They are those of the same rows as JSON Lines, hashes too."""
    path = write(tmp_path, pyarrow.Table.from_pylist(ROWS))

    assert all_rows(path) == all_rows(written(tmp_path, ROWS))


@pytest.mark.parametrize("write", KINDS)
def test_a_survey_of_a_table(tmp_path, write):
    """It has columns, rows and fingerprint as of any input."""
    path = write(tmp_path, pyarrow.Table.from_pylist(ROWS))

    found = survey(path, Form())

    assert (found.rows, found.columns) == (1000, ("id", "prompt", "n"))
    assert (found.size, found.digest) == fingerprint(path)


@pytest.mark.parametrize("write", KINDS)
def test_shards_of_a_table(tmp_path, write):
    """A shard may begin anywhere in a row group or a batch, and go on into the next."""
    path = write(tmp_path, pyarrow.Table.from_pylist(ROWS))
    found = survey(path, Form())
    whole = all_rows(path)

    for row in (0, 1, 255, 256, 299, 300, 599, 999):
        offset = found.marks[row][1]
        rows = list(read_rows(path, found.form, Shard(0, row, min(350, 1000 - row), offset)))
        assert rows == whole[row : row + 350]


def test_conversations_and_options(tmp_path):
    """Fields of a struct that are null count as absent, as in JSON Lines."""
    rows = [
        {"messages": [{"role": "user", "content": "a"}], "options": {"seed": 1, "stop": None}},
        {
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "tool", "content": "b", "tool_call_id": "1"},
            ],
            "options": None,
        },
    ]
    path = _parquet(tmp_path, pyarrow.Table.from_pylist(rows))

    first, second = all_rows(path)

    assert first.messages == [{"role": "user", "content": "a"}]
    assert first.options == {"seed": 1}
    assert second.messages == rows[1]["messages"]


@pytest.mark.parametrize(
    ("value", "type", "text"),
    [
        (5, pyarrow.int64(), "5"),
        (0.5, pyarrow.float64(), "0.5"),
        (True, pyarrow.bool_(), "true"),
        (Decimal("1.50"), pyarrow.decimal128(5, 2), "1.50"),
        (datetime.date(2026, 1, 2), pyarrow.date32(), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3), pyarrow.timestamp("s"), "2026-01-02T03:00:00"),
        (datetime.time(1, 2), pyarrow.time64("us"), "01:02:00"),
        (datetime.timedelta(seconds=90), pyarrow.duration("s"), "90.0"),
        (UUID(int=5).bytes, pyarrow.uuid(), "00000000-0000-0000-0000-000000000005"),
        ([1, 2], pyarrow.list_(pyarrow.int64()), "[1,2]"),
        ([], pyarrow.list_(pyarrow.int64()), "[]"),
        ([("k", 1)], pyarrow.map_(pyarrow.string(), pyarrow.int64()), '{"k":1}'),
        ({"a": None, "b": 1}, None, '{"b":1}'),
        ([float("nan")], pyarrow.list_(pyarrow.float64()), "[null]"),
        ("x", pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), "x"),
        ("x", pyarrow.large_string(), "x"),
    ],
)
def test_values_in_a_template(tmp_path, value, type, text):
    """What JSON does not have becomes text, a number or null."""
    path = _parquet(tmp_path, pyarrow.table({"v": pyarrow.array([value], type)}))

    assert prompts(path, Form(template="{v}")) == [text]


@pytest.mark.parametrize(
    ("columns", "form", "problem"),
    [
        ({"a": ["x"]}, Form(), "{path}: it has neither 'prompt' nor 'messages'"),
        ({"prompt": ["x"], "tools": [1]}, Form(), "{path}: 'tools' is the name of a chat option"),
        ({"a": ["x"]}, Form(template="{b}"), "{path}: there is no column 'b'; known are a"),
        ({"a": ["x", None]}, Form(template="{a}"), "row 1: column 'a' is null, and the template"),
        ({"a": [b"x"]}, Form(template="{a}"), "row 0: column 'a' holds bytes, which JSON does no"),
        ({"prompt": ["x", None]}, Form(), "row 1: 'prompt' must be text, not null"),
        ({"prompt": ["x", "y"], "id": [1, 1]}, Form(), "row 0 and row 1 have the same id '1'"),
        ({"prompt": pyarrow.array([], pyarrow.string())}, Form(), "{path} has no rows"),
    ],
)
def test_a_table_that_cannot_be_asked(tmp_path, columns, form, problem):
    """The row is named, from 0 as in the output."""
    path = _parquet(tmp_path, pyarrow.table(columns))

    assert refusal(path, form).startswith(problem.format(path=path))


def test_a_column_that_occurs_twice(tmp_path):
    """Nobody knows which is meant."""
    table = pyarrow.table([["x"], ["y"]], names=["prompt", "prompt"])
    path = _arrow(tmp_path, table)

    assert refusal(path) == f"{path} names the column 'prompt' twice"


def test_columns_that_are_not_needed(tmp_path):
    """They may hold anything: they are not read."""
    table = pyarrow.table({"prompt": ["a"], "image": [b"\xff"], "id": ["x"]})

    assert prompts(_parquet(tmp_path, table)) == ["a"]


def test_a_name_with_a_dot(tmp_path):
    """It is one column, and no path into another."""
    table = pyarrow.table([["x"], ["y"]], names=["a.b", "a"])

    assert prompts(_parquet(tmp_path, table), Form(template="{a.b}{a}")) == ["xy"]


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow", "in.feather"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"ARROW1\0\0", b"FEA1....FEA1", b"hello\n"])
def test_a_broken_table(tmp_path, name, content):
    """One line says so, whatever pyarrow says."""
    path = written(tmp_path, content, name)

    said = refusal(path)

    assert str(path) in said
    assert "\n" not in said


def test_a_table_that_is_found_by_its_content(tmp_path):
    """A name that says nothing is enough."""
    path = _parquet(tmp_path, pyarrow.table({"prompt": ["a"]}), "data")

    assert survey(path, Form()).form.format == "parquet"


def test_pyarrow_is_not_installed(tmp_path, monkeypatch):
    """One sentence says what to install; other formats do not need it."""
    path = _parquet(tmp_path, pyarrow.table({"prompt": ["a"]}))
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it were not there

    assert refusal(path) == (
        "Parquet and Arrow files need pyarrow. Install it, or the extra 'parquet'."
    )
    assert prompts(written(tmp_path, [{"prompt": "a"}])) == ["a"]


def test_a_table_that_became_another(tmp_path):
    """What pyarrow says of a shard that is gone is one sentence."""
    path = _arrow(tmp_path, pyarrow.Table.from_pylist(ROWS))
    found = survey(path, Form())
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(BulkInputError, match=f"^{path} cannot be read as Arrow: "):
        list(read_rows(path, found.form, Shard(0, 900, 100, found.marks[900][1])))
