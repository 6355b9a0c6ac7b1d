"""An input that cannot be asked is refused with one sentence, before anything is sent."""

import json
import os

import pytest
from provider_conformance.wires import Failure

from tests.bulk._refusing import refusal_of


def row(number, **columns):
    """Return a line of the input."""
    return json.dumps({"id": f"r{number}", "prompt": f"[row {number}] Hello", **columns})


def many_with(line, at, number=1_000):
    """Return lines of which one is another."""
    return "\n".join([line if each == at else row(each) for each in range(number)]) + "\n"


INPUTS = {
    "an id twice": (many_with(row(7), 900), [], ["r7", "901"]),
    "a broken line": (many_with('{"id": "r500", "prompt": "He', 500), [], ["501"]),
    "a line that is a list": (many_with("[1, 2]", 500), [], ["501"]),
    "a line that is a number": (many_with("7", 500), [], ["501"]),
    "a column that is missing": (row(1) + "\n", ["--template", "Say {words}"], ["words"]),
    "a column that one row lacks": (
        row(1, words="a") + "\n" + row(2) + "\n",
        ["--template", "Say {words}"],
        ["words", "2"],
    ),
    "a prompt column that is missing": (row(1) + "\n", ["--prompt-column", "ask"], ["ask"]),
    "an id column that is missing": (row(1) + "\n", ["--id-column", "key"], ["key"]),
    "a row that asks nothing": (many_with('{"id": "r500"}', 500), [], ["501", "prompt"]),
    "a prompt that is a number": (many_with(row(500, prompt=7), 500), [], ["501"]),
    "an option that does not exist": (
        many_with(row(500, options={"temprature": 1}), 500),
        [],
        ["501", "temprature"],
    ),
    "bytes that are not UTF-8": (b'{"id":"a","prompt":"\xff"}\n', [], ["1", "UTF-8"]),
    "NaN": (
        many_with('{"id": "r500", "prompt": "x", "options": {"top_p": NaN}}', 500),
        [],
        ["501"],
    ),
    "a block of zeros, as a lost write leaves it": (many_with("\x00" * 500, 500), [], ["501"]),
    "a row that was cut, and another after it": (
        many_with('{"id": "r500", "prom{"id": "r501", "prompt": "x"}', 500),
        [],
        ["501"],
    ),
    "a last row that was cut": (row(1) + '\n{"id": "r2", "pro', [], ["2"]),
    "a bracket too deep": (many_with("[" * 100_000, 500), [], ["501"]),
    "a template that is broken": (row(1) + "\n", ["--template", "Say {prompt"], ["template"]),
}


@pytest.mark.parametrize(("content", "options", "words"), INPUTS.values(), ids=INPUTS)
def test_odd_input_is_refused(serve, content, options, words):
    """What is wrong is named with its line, nothing is sent, and no output is written."""
    batch, service = serve()
    batch.input.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = refusal_of(batch.run(*options))
    assert [word for word in words if word not in told] == [], told
    assert service.counts.requests == 0
    assert not batch.output.exists()


def test_broken_line_in_the_middle_of_many_rows_is_named(serve):
    """One broken line among 100,000 is found before anything is sent."""
    batch, service = serve()
    batch.input.write_text(many_with('{"id": "r50000", "prompt"', 50_000, 100_000))
    assert "50001" in refusal_of(batch.run()).replace(",", "")
    assert service.counts.requests == 0


def make_missing(path):
    """Leave nothing there."""
    path.unlink()


def make_folder(path):
    """Put a folder there."""
    path.unlink()
    path.mkdir()


def make_pipe(path):
    """Put a pipe there that nobody writes."""
    path.unlink()
    os.mkfifo(path)


def make_unreadable(path):
    """Put a file there that fails when it is read, for whatever user."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


def make_endless(path):
    """Put a device there that has no end."""
    path.unlink()
    path.symlink_to("/dev/zero")


PLACES = [make_missing, make_folder, make_pipe, make_unreadable, make_endless]


@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_input_that_is_no_readable_file_is_refused(serve, make):
    """The input is named, whatever stands there instead of a file, and nothing hangs."""
    batch, service = serve()
    make(batch.input)
    told = refusal_of(batch.run())
    assert "in.jsonl" in told or "pipe" in told
    assert service.counts.requests == 0


def test_standard_input_is_refused(serve):
    """Rows cannot come through a pipe, because a run reads them again."""
    batch, service = serve()
    words = [("/dev/stdin" if word == str(batch.input) else word) for word in batch.words()]
    batch = type(batch)(batch.folder, batch.environment, ())
    done = batch.run_words(words, input=row(1))
    assert "pipe" in refusal_of(done)
    assert service.counts.requests == 0


OUTPUTS = {"a folder": "folder", "in a folder that is missing": "missing/out.jsonl"}


@pytest.mark.parametrize("name", OUTPUTS.values(), ids=OUTPUTS)
def test_output_that_cannot_be_written_is_refused(serve, name):
    """An output that could not be written in the end is refused at the start."""
    batch, service = serve()
    (batch.folder / "folder").mkdir()
    told = refusal_of(batch.run("--out", str(batch.folder / name)))
    assert name in told or "folder" in told
    assert service.counts.requests == 0


def test_output_that_is_the_input_is_refused(serve):
    """The rows are not overwritten by their answers."""
    batch, service = serve()
    before = batch.input.read_bytes()
    refusal_of(batch.run("--out", str(batch.input)))
    assert batch.input.read_bytes() == before
    assert service.counts.requests == 0


@pytest.mark.parametrize("make", ["symlink_to", "hardlink_to"])
def test_output_that_leads_to_the_input_is_refused(serve, make):
    """By another name the rows are not overwritten either."""
    batch, service = serve()
    before = batch.input.read_bytes()
    getattr(batch.output, make)(batch.input)
    done = batch.run()
    assert batch.input.read_bytes() == before
    assert (done.returncode, service.counts.requests) in ((2, 0), (0, 3))


def test_same_prompt_may_stand_in_many_rows(serve):
    """Rows are told apart by number and id: each is asked, after a resume too."""
    batch, service = serve()
    same = "".join(row(number, prompt="[row same] Hello") + "\n" for number in range(20))
    batch.input.write_text(same)
    failure = Failure("quota", "no credits are left")
    service.service.reply_next(*[service.service.unscripted_reply] * 5, failure)
    assert batch.run("--concurrency", "1").returncode == 6
    assert batch.run().returncode == 0
    assert [answer["id"] for answer in batch.answers()] == [f"r{number}" for number in range(20)]
    assert service.counts.answered == {"same": 20}


def test_last_row_needs_no_newline(serve):
    """A file that ends without a newline has one row more."""
    batch, service = serve()
    batch.input.write_text(f"{row(0)}\n{row(1)}")
    assert batch.run().returncode == 0
    assert service.counts.received == {"0": 1, "1": 1}


def test_input_of_one_row_is_answered(serve):
    """One row is a run."""
    batch, service = serve(rows=1)
    assert batch.run().returncode == 0
    assert [answer["id"] for answer in batch.answers()] == ["r0"]
    assert service.counts.received == {"0": 1}


def test_row_of_fifty_megabytes_is_answered(serve):
    """A row may be as long as the service takes."""
    batch, service = serve()
    batch.input.write_text(row(0, prompt="[row 0] " + "x" * 50_000_000) + "\n" + row(1) + "\n")
    assert batch.run().returncode == 0
    assert [len(answer["text"]) > 50_000_000 for answer in batch.answers()] == [True, False]
    assert service.counts.received == {"0": 1, "1": 1}
