"""Inputs and results of any shape: what is written is read, and what is broken is refused."""

import csv
import io
import json
from decimal import Decimal

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk import ToolCall, Usage
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, read_rows, survey
from provider_sdk.bulk.outputs import export, result_line
from provider_sdk.bulk.rows import RowError
from provider_sdk.bulk.shards import Shard
from pyarrow import ipc, parquet

from ._bulk_rows import all_rows, result, written

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
BROKEN_TEXT = st.text(st.characters(), max_size=12)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXT, values, max_size=3),
    max_leaves=6,
)
MESSAGES = [
    {"role": "user", "content": [{"type": "text", "text": "\u00e9"}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f"}}],
    },
]
ROWS = [{"id": f"r{n}", "prompt": f'Say "hi",\n{n} \u00e9\U0001f600'} for n in range(12)]


def _json_lines():
    options = {"temperature": 0.5, "tools": [{"type": "function", "function": {"name": "f"}}]}
    rows = [{**row, "model": "m", "options": options} for row in ROWS]
    return "".join(json.dumps(row) + "\n" for row in [*rows, {"messages": MESSAGES}]).encode()


def _batch():
    body = {"model": "m", "messages": MESSAGES, "max_tokens": 5, "n": 1}
    line = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    return "".join(json.dumps({"custom_id": row["id"], **line}) + "\n" for row in ROWS).encode()


def _csv():
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["id", "prompt"])
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue().encode()


def _parquet():
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), sink, row_group_size=5)
    return sink.getvalue().to_pybytes()


def _arrow(make=ipc.new_file):
    table = pyarrow.Table.from_pylist(ROWS)
    sink = pyarrow.BufferOutputStream()
    with make(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)
    return sink.getvalue().to_pybytes()


INPUTS = {
    "in.jsonl": _json_lines(),
    "batch.jsonl": _batch(),
    "in.csv": _csv(),
    "in.parquet": _parquet(),
    "in.arrow": _arrow(),
    "stream.arrow": _arrow(ipc.new_stream),
}


@st.composite
def corrupted(draw, data):
    """The bytes with a few of them changed, left out, repeated or put in."""
    broken = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(broken) - 1)))
        end = place + draw(st.integers(0, 20))
        put_in = draw(st.binary(max_size=8) | st.just(bytes(broken[place : place + 30])))
        broken[place:end] = put_in
    return bytes(broken)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for all examples of a test."""
    return tmp_path_factory.mktemp("inputs")


@pytest.mark.parametrize("name", INPUTS)
def test_broken_bytes_are_read_or_refused(folder, name):
    """Nothing but ``BulkInputError`` is raised, with one line of text."""

    @settings(derandomize=True, max_examples=150)
    @given(corrupted(INPUTS[name]), st.sampled_from([Form(), Form(template="{prompt}{id}")]))
    def check(data, form):
        path = written(folder, data, name)
        try:
            found = survey(path, form)
            rows = list(read_rows(path, found.form, Shard(0, 0, found.rows, 0)))
            assert len(rows) == found.rows
        except BulkInputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right

    check()


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.dictionaries(TEXT, JSON, max_size=3), min_size=1, max_size=5), st.booleans())
def test_any_columns_beside_a_prompt(folder, rows, ascii):
    """Values of every kind fill a template as text or compact JSON, in either way of writing."""
    rows = [{**row, "x": number} for number, row in enumerate(rows)]
    lines = [json.dumps(row, ensure_ascii=ascii) + "\n" for row in rows]
    path = written(folder, "".join(lines))

    got = [row.messages[0]["content"] for row in all_rows(path, Form(template="{x}!"))]

    assert got == [f"{number}!" for number in range(len(rows))]


@settings(derandomize=True, max_examples=60)
@given(
    st.dictionaries(TEXT.filter(lambda name: name and not set(name) & set("{}")), JSON, min_size=1)
)
def test_a_template_with_any_column(folder, row):
    """A column is found by any name that has no brace."""
    name, value = next(iter(row.items()))
    path = written(folder, [row])
    shown = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )

    form = Form(template=f"<{{{name}}}>", id_column=None, format="jsonl")
    try:
        (got,) = all_rows(path, form)
    except BulkInputError:
        bad = row.get("id")
        assert value is None or not isinstance(bad, str | int) or bad == ""
    else:
        assert got.messages == [{"role": "user", "content": f"<{shown}>"}]


@settings(derandomize=True, max_examples=60)
@given(st.lists(TEXT.map(lambda text: {"prompt": text}), min_size=1, max_size=20), st.data())
def test_any_cut_into_shards(folder, rows, choose):
    """Shards that begin at any marks are together all rows."""
    path = written(folder, rows)
    found = survey(path, Form())
    starts = sorted({0, *choose.draw(st.sets(st.integers(0, len(rows) - 1)))})
    ends = [*starts[1:], len(rows)]

    got = [
        row
        for first, end in zip(starts, ends, strict=True)
        for row in read_rows(path, found.form, Shard(0, first, end - first, found.marks[first][1]))
    ]

    assert [row.messages[0]["content"] for row in got] == [row["prompt"] for row in rows]
    assert [row.index for row in got] == list(range(len(rows)))


COUNTS = st.none() | st.integers(0, 2**40)
RESULTS = st.builds(
    result,
    index=st.integers(0, 2**40),
    id=BROKEN_TEXT.filter(bool),
    state=st.sampled_from(["done", "failed", "unknown"]),
    text=st.none() | BROKEN_TEXT,
    reasoning=st.none() | BROKEN_TEXT,
    tool_calls=st.lists(
        st.builds(
            ToolCall,
            BROKEN_TEXT,
            BROKEN_TEXT,
            st.none() | st.dictionaries(BROKEN_TEXT, JSON | st.floats() | BROKEN_TEXT, max_size=3),
            BROKEN_TEXT,
        ),
        max_size=2,
    ).map(tuple),
    finish_reason=st.none() | st.sampled_from(["stop", "length", "tool_calls", "refusal", "other"]),
    usage=st.none() | st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    cost_usd=st.none() | st.decimals(0, 10**6, allow_nan=False, places=9),
    served_by=st.none() | BROKEN_TEXT,
    model=st.none() | BROKEN_TEXT,
    error=st.none()
    | st.builds(RowError, TEXT, BROKEN_TEXT, st.none() | st.integers(100, 599), st.none() | TEXT),
)


@settings(derandomize=True, max_examples=150)
@given(RESULTS, st.sampled_from(["jsonl", "openai"]))
def test_any_result_is_one_line_of_json(given_result, form):
    """Whatever a model wrote can be written, on a line of its own."""
    line = result_line(given_result, form)

    text = line.decode()
    assert text.splitlines(keepends=True) == [text]
    assert json.loads(text, parse_constant=pytest.fail)


@settings(derandomize=True, max_examples=60)
@given(st.lists(RESULTS, max_size=3), st.sampled_from(["csv", "parquet"]))
def test_any_results_are_a_table(folder, results, form):
    """Whatever a model wrote can be written, a row each."""
    path = folder / "out"

    assert export(results, path, form) == len(results)

    if form == "parquet":
        rows = parquet.read_table(path).to_pylist()
    else:
        rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert [int(row["index"]) for row in rows] == [given.index for given in results]


@settings(derandomize=True)
@given(st.decimals(0, 10**6, allow_nan=False, places=9))
def test_any_price_is_exact(cost):
    """The number in the line is the price, digit by digit."""
    line = json.loads(result_line(result(cost_usd=cost)), parse_float=Decimal, parse_int=Decimal)

    assert line["cost_usd"] == cost
