"""``ollama-cli batch``: from a file to answers, and what is said about it."""

import asyncio
import json

import pytest
from provider_sdk import ProviderQuotaError
from provider_sdk.bulk import BulkRun

from ._batch import Rows, answers_of, questions, write_rows
from ._schemas import checked

ASK = ("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "fake")


@pytest.fixture
def rows(fake, tmp_path, monkeypatch):
    """A provider that answers, in a folder with an input of five questions."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    questions(5, tmp_path / "work")
    return fake(Rows())


@pytest.fixture
def work(tmp_path):
    """That folder."""
    return tmp_path / "work"


def test_each_row_is_answered_in_order(invoke, rows, work) -> None:
    """The output has a line per row, and standard output stays empty."""
    result = invoke(*ASK)

    assert (result.exit_code, result.stdout) == (0, "")
    found = answers_of(work / "out.jsonl")
    assert [row["id"] for row in found] == ["q0", "q1", "q2", "q3", "q4"]
    assert [row["index"] for row in found] == [0, 1, 2, 3, 4]
    assert found[3]["text"] == "About Question 3?"
    assert found[3]["error"] is None
    assert found[3]["provider"] == "fake"
    assert sorted(rows.asked) == [f"Question {number}?" for number in range(5)]


def test_the_last_lines_say_what_was_done(invoke, rows) -> None:
    """On standard error: the sums, and where the answers are."""
    first, second = invoke(*ASK).stderr.splitlines()

    assert first.startswith("Done: 5 of 5 rows answered, 25 tokens, cost unknown, ")
    assert second == "Answers: out.jsonl"


def test_the_same_command_again_sends_nothing(invoke, rows, work) -> None:
    """What is answered is never asked again, and the output is written again."""
    invoke(*ASK)
    before = (work / "out.jsonl").read_bytes()
    (work / "out.jsonl").unlink()

    result = invoke(*ASK)

    assert result.exit_code == 0
    assert len(rows.asked) == 5
    assert (work / "out.jsonl").read_bytes() == before
    assert result.stderr.startswith("Goes on: 5 of 5 rows have ended already.\n")


def test_rows_that_fail_end_with_9(invoke, rows, work) -> None:
    """The others are answered, the row says why it is not, and the last line how to ask again."""
    rows.wrong = {"Question 2?"}

    result = invoke(*ASK)

    assert result.exit_code == 9
    found = answers_of(work / "out.jsonl")
    assert [row["error"] is None for row in found] == [True, True, False, True, True]
    assert found[2]["error"] == {
        "type": "ProviderRequestError",
        "message": "it cannot be answered",
        "status": 400,
        "request_id": "req_1",
    }
    assert result.stderr.splitlines()[-1] == (
        "To ask the rows without an answer again: ollama-cli batch retry out.jsonl.run"
    )


def test_retry_asks_what_failed(invoke, rows, work) -> None:
    """And nothing else; afterwards the output is whole."""
    rows.wrong = {"Question 2?"}
    invoke(*ASK)
    rows.wrong, rows.asked = set(), []

    result = invoke("batch", "retry", "out.jsonl.run")

    assert (result.exit_code, rows.asked) == (0, ["Question 2?"])
    assert answers_of(work / "out.jsonl")[2]["text"] == "About Question 2?"


def test_resume_needs_the_folder_alone(invoke, rows, work) -> None:
    """Provider, options and output are those of the command that began the run."""
    rows.spent = {"Question 3?"}
    stopped = invoke(*ASK, "-o", "temperature=0", "--concurrency", "1")
    rows.spent, rows.asked, rows.options = set(), [], []

    result = invoke("batch", "resume", "out.jsonl.run")

    assert (stopped.exit_code, result.exit_code) == (6, 0)
    assert rows.asked == ["Question 3?", "Question 4?"]
    assert [options["temperature"] for options in rows.options] == [0, 0]
    assert len(answers_of(work / "out.jsonl")) == 5


def test_what_a_run_asks_cannot_change_when_it_goes_on(invoke, rows) -> None:
    """An option of the call that decides the answer is refused."""
    invoke(*ASK)

    result = invoke("batch", "retry", "out.jsonl.run", "-o", "temperature=1")

    assert result.exit_code == 2
    assert "-o temperature cannot change in a run that has begun" in result.stderr


def test_a_changed_input_is_refused(invoke, rows, work) -> None:
    """With one sentence that names the difference; nothing is sent."""
    invoke(*ASK)
    questions(6, work)

    result = invoke(*ASK)

    assert result.exit_code == 2
    assert "the input has changed since the run began: 5 rows then, 6 now" in result.stderr
    assert len(rows.asked) == 5


def test_another_question_in_the_same_folder_is_refused(invoke, rows) -> None:
    """A system prompt, a model or an option that differs is named."""
    invoke(*ASK)

    result = invoke(*ASK, "--system", "Be brief.")

    assert result.exit_code == 2
    assert 'the system was not given, and is "Be brief." now' in result.stderr


def test_a_template_fills_columns(invoke, rows, work) -> None:
    """And its columns are data: nothing in a row is expanded."""
    write_rows(work / "in.jsonl", [{"word": "@in.jsonl {word}", "id": "a"}])

    invoke(*ASK, "--template", "Say {word}.", "--system", "Be brief.", "-o", "temperature=0.5")

    assert rows.asked == ["Say @in.jsonl {word}."]
    assert rows.systems == ["Be brief."]
    assert rows.options[0]["temperature"] == 0.5


def test_a_schema_becomes_the_response_format(invoke, rows, work) -> None:
    """Named after its file."""
    (work / "answer v1.json").write_text('{"type": "object"}')

    invoke(*ASK, "--schema", "answer v1.json")

    assert rows.options[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer_v1", "schema": {"type": "object"}},
    }


def test_options_before_the_command_count(invoke, rows) -> None:
    """As for every command."""
    result = invoke("--provider", "fake", "batch", "in.jsonl", "--out", "out.jsonl")

    assert result.exit_code == 0
    assert len(rows.asked) == 5


def test_the_report_is_the_result_with_json(invoke, rows, work) -> None:
    """One object on standard output, which is in the folder of the run too."""
    result = invoke(*ASK, "--format", "json")

    found = checked("batch", result.stdout)
    assert (found["rows"], found["done"], found["failed"], found["tokens"]) == (5, 5, 0, 25)
    assert result.stderr == ""
    assert json.loads((work / "out.jsonl.run" / "report.json").read_text()) == found


def test_events_begin_and_end(invoke, rows) -> None:
    """A start, progress, rows that failed, and a finish, each in its form."""
    rows.wrong = {"Question 2?"}

    result = invoke(*ASK, "--format", "stream-json")

    events = [checked("batch-events", line) for line in result.stdout.splitlines()]
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("start", "finish")
    [failed] = [event for event in events if event["type"] == "row_failed"]
    assert (failed["id"], failed["error"]["status"]) == ("q2", 400)
    assert set(kinds) == {"start", "progress", "row_failed", "finish"}


def test_answers_stream_to_standard_output(invoke, rows, work) -> None:
    """In the order of the input, each once; the folder is named after the input."""
    rows.wrong = {"Question 0?"}

    result = invoke("batch", "in.jsonl", "--out", "-", "--provider", "fake")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["id"] for row in found] == ["q0", "q1", "q2", "q3", "q4"]
    assert (work / "in.jsonl.run").is_dir()
    assert result.exit_code == 9


def test_usage_has_the_run_once(invoke, rows) -> None:
    """A row for the run, not one for each of its rows; the same command again adds nothing."""
    invoke(*ASK)
    invoke(*ASK)

    [row] = json.loads(invoke("usage", "--format", "json").stdout)["rows"]

    assert (row["provider"], row["calls"]) == ("fake", 5)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (15, 10)


def test_a_dry_run_sends_nothing(own, router, tmp_path) -> None:
    """It shows the first request and what it may cost, and makes no folder."""
    questions(5, tmp_path)

    result = own.run(
        "batch", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"),
        "--provider", "hf", "--dry-run",
    )  # fmt: skip

    assert result.returncode == 0
    assert '"content": "Question 0?"' in result.stdout
    assert "Rows: 5, of which 5 would be sent to hf" in result.stderr
    assert "Cost: not known" in result.stderr
    assert router.exchanges == []
    assert not (tmp_path / "out.jsonl.run").exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"how": {"engine": 5, "nothing": 1}},
        {"how": "fast"},
        {"how": {"concurrency": "many", "max_errors": "x%"}},
        {"how": {"max_cost": "much"}},
        {"out_form": "xml"},
    ],
    ids=str,
)
def test_what_the_folder_keeps_is_checked(invoke, rows, work, asked) -> None:
    """Values that no version wrote are refused in one sentence."""
    invoke(*ASK)
    path = work / "out.jsonl.run" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "asked": asked}))

    result = invoke("batch", "resume", "out.jsonl.run")

    assert result.exit_code == 2
    assert "the manifest of this run has values that cannot be used" in result.stderr


def test_a_manifest_that_says_how_to_read_in_another_way_is_refused(invoke, rows, work) -> None:
    """In one sentence, such as one of a later version."""
    invoke(*ASK)
    path = work / "out.jsonl.run" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "form": {**manifest["form"], "language": "en"}}))

    result = invoke("batch", "resume", "out.jsonl.run")

    assert result.exit_code == 2
    assert "the manifest has an unknown setting 'language'" in result.stderr


def test_a_run_begun_in_python_goes_on(invoke, rows, work) -> None:
    """The command asks whom the folder names; without an output, rows go to standard output."""
    run = BulkRun("in.jsonl", directory="kept", provider=rows, provider_name="fake")
    rows.spent = {"Question 3?"}
    with pytest.raises(ProviderQuotaError):
        asyncio.run(run.run())
    rows.spent, rows.asked = set(), []

    result = invoke("batch", "resume", "kept")

    assert result.exit_code == 0, result.stderr
    assert "Question 3?" in rows.asked
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [
        f"q{number}" for number in range(5)
    ]
