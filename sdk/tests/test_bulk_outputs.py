"""What bulk runs write: JSON Lines, CSV and Parquet, whole or not at all."""

import csv
import json
import os
import stat
import sys
from decimal import Decimal

import pytest
from provider_sdk import ToolCall, Usage
from provider_sdk.bulk.errors import BulkError, BulkInputError
from provider_sdk.bulk.outputs import check_output, export, output_format, result_line
from provider_sdk.bulk.outputs.columns import COLUMNS
from provider_sdk.bulk.rows import RowError
from pyarrow import parquet

from ._bulk_rows import most_bytes_of_a_file, names_in, result, written

ANSWER = result(
    text="Say \u201chi\u201d,\n\U0001f600",
    reasoning="",
    tool_calls=(ToolCall.parse("1", "f", '{"a": "\u00e9"}'), ToolCall.parse("2", "g", "{cut")),
    finish_reason="tool_calls",
    usage=Usage(5, 7, cached_tokens=1),
    cost_usd=Decimal("0.00000123"),
    provider="hf",
    served_by="novita",
    model="m",
)
FAILURE = result(
    1, state="failed", attempts=3, error=RowError("ProviderRequestError", "no", 400, "q")
)
UNKNOWN = result(2, state="unknown", error=RowError("UnknownOutcome", "it was under way"))
RESULTS = [ANSWER, FAILURE, UNKNOWN]
LINES = [
    {
        "id": "r0",
        "index": 0,
        "text": "Say \u201chi\u201d,\n\U0001f600",
        "reasoning": "",
        "tool_calls": [
            {
                "id": "1",
                "name": "f",
                "arguments": {"a": "\u00e9"},
                "arguments_text": '{"a": "\u00e9"}',
            },
            {"id": "2", "name": "g", "arguments": None, "arguments_text": "{cut"},
        ],
        "finish_reason": "tool_calls",
        "usage": Usage(5, 7, cached_tokens=1).to_dict(),
        "cost_usd": 0.00000123,
        "provider": "hf",
        "served_by": "novita",
        "model": "m",
        "attempts": 1,
        "error": None,
        "input_hash": "0" * 64,
    },
    {
        "id": "r1",
        "index": 1,
        "text": None,
        "reasoning": None,
        "tool_calls": [],
        "finish_reason": None,
        "usage": None,
        "cost_usd": None,
        "provider": None,
        "served_by": None,
        "model": None,
        "attempts": 3,
        "error": {
            "type": "ProviderRequestError",
            "message": "no",
            "status": 400,
            "request_id": "q",
        },
        "input_hash": "0" * 64,
    },
]


def test_json_lines(tmp_path):
    """A line is one result, with every key."""
    path = tmp_path / "out.jsonl"

    assert export(iter(RESULTS), path) == 3

    lines = [json.loads(line) for line in path.read_text().split("\n")[:-1]]
    assert lines[:2] == LINES
    assert lines[2]["error"]["type"] == "UnknownOutcome"


def test_one_line():
    """It is the same as in a file."""
    assert json.loads(result_line(ANSWER)) == LINES[0]


def test_the_price_is_written_as_it_is():
    """Its digits are not those of a binary fraction."""
    assert b'"cost_usd":0.1,' in result_line(result(cost_usd=Decimal("0.1")))


def test_no_control_character_is_written():
    """Each is escaped: readers of lines find one, and a terminal obeys none."""
    controls = [chr(code) for code in (*range(32), *range(127, 160), 0x2028, 0x2029)]
    directions = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    text = "\u200d".join([*controls, *directions])

    line = result_line(result(text=text)).decode()

    assert not set(line.removesuffix("\n")) & {*controls, *directions}
    assert "\u200d" in line
    assert json.loads(line)["text"] == text


@pytest.mark.parametrize("form", ["jsonl", "openai", "csv", "parquet"])
def test_halves_of_surrogate_pairs(tmp_path, form):
    """A model's broken text is written with U+FFFD, and loses nobody's answer."""
    broken = result(
        text="a\ud83d",
        reasoning="\ude00",
        cost_usd=Decimal("0.5"),
        tool_calls=(ToolCall("1", "f\ud83d", {"\ud83d": "\ud83d"}, '{"\ud83d": 1}'),),
        error=None,
    )
    path = tmp_path / "out"

    assert export([broken, ANSWER], path, form) == 2
    assert "a\ufffd".encode() in path.read_bytes()


def test_numbers_that_json_cannot_hold():
    """They become null."""
    call = ToolCall("1", "f", {"a": float("inf"), "b": 10**600, "c": 10**30, "d": "\ud800"})

    line = json.loads(result_line(result(tool_calls=(call,))))

    assert line["tool_calls"][0]["arguments"] == {"a": None, "b": None, "c": 10**30, "d": "\ufffd"}


def test_csv(tmp_path):
    """A column each, flat; what is not known is empty."""
    path = tmp_path / "out.csv"

    export(RESULTS, path)

    with path.open(newline="") as file:
        first, second, third = csv.DictReader(file)
    assert list(first) == list(COLUMNS)
    assert first["text"] == ANSWER.text
    assert json.loads(first["tool_calls"]) == LINES[0]["tool_calls"]
    assert (first["prompt_tokens"], first["cost_usd"]) == ("5", "1.23e-06")
    assert (second["text"], second["error_type"]) == ("", "ProviderRequestError")
    assert second["error_status"] == "400"
    assert third["error_type"] == "UnknownOutcome"


def test_line_ends_in_csv(tmp_path):
    """A field with any of them is in quotes: readers end a row at each."""
    path = tmp_path / "out.csv"
    texts = ["a\rb", "a\nb", "a\r\nb", "\r"]

    export([result(number, text=text) for number, text in enumerate(texts)], path)

    with path.open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == texts


def test_parquet(tmp_path):
    """A column each, with a type."""
    path = tmp_path / "out.parquet"

    assert export(RESULTS, path) == 3

    first, second, _ = parquet.read_table(path).to_pylist()
    assert list(first) == list(COLUMNS)
    assert first["text"] == ANSWER.text
    assert (first["prompt_tokens"], first["cost_usd"]) == (5, 1.23e-06)
    assert (second["text"], second["error_status"], second["attempts"]) == (None, 400, 3)


def test_parquet_in_row_groups(tmp_path):
    """One is written after many rows or long texts, so that none is held for the end."""
    path = tmp_path / "out.parquet"
    long = result(text="a" * 9 * 2**20)

    export([long] * 3 + [ANSWER] * 10_001, path)

    groups = parquet.ParquetFile(path).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [2, 10_000, 2]


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_without_results(tmp_path, name):
    """The file is there, and holds no row."""
    assert export([], tmp_path / name) == 0
    assert (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.jsonl", "jsonl"),
        ("a", "jsonl"),
        ("a.json", "jsonl"),
        ("a.CSV", "csv"),
        ("a.parquet", "parquet"),
    ],
)
def test_the_format_of_a_name(tmp_path, name, form):
    """CSV and Parquet by their endings, and JSON Lines for all others."""
    assert output_format(tmp_path / name) == form


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.arrow", "a.xlsx"])
def test_a_format_that_is_not_written(tmp_path, name):
    """It is refused before anything is sent."""
    with pytest.raises(BulkInputError, match="results are not written as"):
        check_output(tmp_path / name)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rows_that_are_no_lines(form):
    """A table cannot be streamed."""
    with pytest.raises(BulkInputError, match=f"cannot be written as {form} one by one"):
        result_line(ANSWER, form)


def test_a_file_is_replaced(tmp_path):
    """Its permissions stay, and nothing is left beside it."""
    path = written(tmp_path, "old", "out.jsonl")
    path.chmod(0o640)

    export([ANSWER], path)

    assert path.read_bytes() == result_line(ANSWER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names_in(tmp_path) == ["out.jsonl"]


def test_a_link_is_followed(tmp_path):
    """What it leads to is replaced, and the link stays."""
    target = written(tmp_path, "old", "target.jsonl")
    link = tmp_path / "out.jsonl"
    link.symlink_to(target)

    export([ANSWER], link)

    assert link.is_symlink()
    assert target.read_bytes() == result_line(ANSWER)


def test_what_a_killed_process_left(tmp_path):
    """Its unfinished file is removed by the next export; that of a living process stays."""
    path = tmp_path / "out.jsonl"
    seen = []

    def looking():
        seen.append(names_in(tmp_path))
        export([ANSWER], path)  # another process may do the same
        seen.append(names_in(tmp_path))
        yield FAILURE

    written(tmp_path, "half", ".out.jsonl.0123456789abcdef.exporting.tmp")
    os.mkfifo(tmp_path / ".out.jsonl.pipe.exporting.tmp")
    written(tmp_path, "x", ".other.jsonl.0123456789abcdef.exporting.tmp")

    export(looking(), path)

    (own,) = {*seen[0]} - {".other.jsonl.0123456789abcdef.exporting.tmp"}
    assert own.startswith(".out.jsonl.")
    assert own in seen[1]
    assert path.read_bytes() == result_line(FAILURE)
    assert names_in(tmp_path) == [".other.jsonl.0123456789abcdef.exporting.tmp", "out.jsonl"]


def test_results_that_end_early(tmp_path):
    """What stood there stays, and nothing is left beside it."""

    def broken():
        yield ANSWER
        raise RuntimeError("the journal is gone")

    path = written(tmp_path, "old", "out.jsonl")

    for form in ("jsonl", "csv", "parquet"):
        with pytest.raises(RuntimeError, match="the journal is gone"):
            export(broken(), path, form)

    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["out.jsonl"]


@pytest.mark.parametrize("form", ["jsonl", "openai", "csv", "parquet"])
def test_a_full_disk(tmp_path, form):
    """What stood there stays, and one sentence says what to do."""
    path = written(tmp_path, "old", "out.jsonl")
    results = [result(n, text=os.urandom(500).hex()) for n in range(500)]

    with (
        most_bytes_of_a_file(100_000),
        pytest.raises(BulkError, match="cannot be written: File too large") as caught,
    ):
        export(results, path, form)

    assert "The answers are in the run directory" in str(caught.value)
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["out.jsonl"]


def test_an_output_in_the_folder_of_the_run_is_refused(tmp_path):
    """It could replace the manifest, or a journal with all answers."""
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "link").symlink_to(run)

    for path in (run / "000000.journal", tmp_path / "link" / "new.jsonl"):
        with pytest.raises(BulkInputError, match="it is in the folder of the run"):
            check_output(path, run=run)

    check_output(tmp_path / "run.jsonl", run=run)


def test_an_output_that_can_be_written(tmp_path):
    """Looking leaves nothing behind."""
    source = written(tmp_path, "x", "in.jsonl")
    written(tmp_path, "y", "out.jsonl")

    check_output(tmp_path / "out.jsonl", source)
    check_output(tmp_path / "new.parquet", source)

    assert names_in(tmp_path) == ["in.jsonl", "out.jsonl"]


def _folder(folder):
    return folder


def _in_no_folder(folder):
    return folder / "missing" / "out.jsonl"


def _in_a_file(folder):
    return written(folder, "x", "file") / "out.jsonl"


def _too_long(folder):
    return folder / ("x" * 300)


def _device(_):
    return os.devnull


def _input(folder):
    return written(folder, "x")


def _link_to_the_input(folder):
    (folder / "link").symlink_to(written(folder, "x"))
    return folder / "link"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_folder, "it is a folder; name a file in it"),
        (_in_no_folder, "the folder .*missing does not exist"),
        (_in_a_file, "Not a directory"),
        (_too_long, "File name too long"),
        (_device, "it is not a regular file"),
        (_input, "it is the input; name another file"),
        (_link_to_the_input, "it is the input; name another file"),
    ],
)
def test_an_output_that_cannot_be_written(tmp_path, make, problem):
    """It is refused before anything is sent."""
    path = tmp_path / make(tmp_path)

    with pytest.raises(BulkInputError, match=f"^{path} cannot be written: {problem}$"):
        check_output(path, tmp_path / "in.jsonl")


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    """It is refused before anything is sent."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it were not there

    with pytest.raises(BulkInputError, match="need pyarrow"):
        check_output(tmp_path / "out.parquet")
