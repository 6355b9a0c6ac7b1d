"""``batch`` as a process: signals, hooks, budgets, and what is refused before anything is sent."""

import json
import signal
from pathlib import Path
from threading import Event, Lock

import pytest

from ._batch import answers_of, questions
from ._hooks import hook, says, setting
from ._router import PATIENCE_S, Exchange, answer_blue
from ._schemas import checked
from ._settings import write_settings
from ._shell import TOKEN, finish

ASK = ("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "hf")


@pytest.fixture
def work(own, tmp_path, monkeypatch):
    """A folder with an input of five questions, in which the command runs."""
    monkeypatch.chdir(tmp_path / "empty")
    questions(5, tmp_path / "empty")
    return tmp_path / "empty"


@pytest.fixture
def held(router):
    """The service answers two questions, and then holds each until its client leaves."""
    lock, holding, answered = Lock(), Event(), []

    @router.chat
    def answer(exchange: Exchange) -> None:
        with lock:
            is_first = len(answered) < 2
            if is_first:
                answered.append(exchange)
        if is_first:
            answer_blue(exchange)
        else:
            holding.set()
            exchange.wait_until_closed()

    return holding


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_a_signal_stops_a_run_that_can_go_on(own, router, work, held, number, code) -> None:
    """It says how far it came and how it goes on; that command asks what is left, and no more."""
    with own.start(*ASK, "--concurrency", "1") as process:
        assert held.wait(PATIENCE_S)
        process.send_signal(number)
        result = finish(process)
    asked = len(router.exchanges)
    router.chat(answer_blue)

    resumed = own.run("batch", "resume", "out.jsonl.run")

    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr == (
        "Stopped: 2 of 5 rows answered.\nTo go on: ollama-cli batch resume out.jsonl.run\n"
    )
    assert resumed.returncode == 0
    assert len(router.exchanges) - asked == 3
    assert [row["text"] for row in answers_of(work / "out.jsonl")] == ["Blue."] * 5


def test_a_second_ctrl_c_ends_at_once(own, work, held) -> None:
    """It does not wait for what is in flight."""
    with own.start(*ASK, "--concurrency", "1") as process:
        assert held.wait(PATIENCE_S)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        result = finish(process)

    assert result.returncode == 130


def test_an_interrupted_run_says_so_as_json(own, work, held) -> None:
    """How it goes on stands before the error."""
    with own.start(*ASK, "--concurrency", "1", "--format", "json") as process:
        assert held.wait(PATIENCE_S)
        process.send_signal(signal.SIGINT)
        result = finish(process)

    stopped, error = result.stderr.splitlines()
    found = checked("batch-events", stopped)
    assert (found["type"], found["done"], found["left"]) == ("stopped", 2, 3)
    assert found["resume"] == "ollama-cli batch resume out.jsonl.run"
    assert checked("error", error)["error"]["type"] == "Interrupted"
    assert result.stdout == ""


def test_cancel_stops_the_process_at_a_run(own, work, held) -> None:
    """From another process, which says which it is."""
    with own.start(*ASK, "--concurrency", "1") as process:
        assert held.wait(PATIENCE_S)
        status = own.run("batch", "status", "out.jsonl.run", "--format", "json")
        cancelled = own.run("batch", "cancel", "out.jsonl.run", "--format", "json")
        result = finish(process)

    found = checked("batch-status", status.stdout)
    assert (found["state"], found["pid"]) == ("running", process.pid)
    assert checked("batch-cancel", cancelled.stdout)["pid"] == process.pid
    assert result.returncode == 130
    assert "To go on: ollama-cli batch resume out.jsonl.run" in result.stderr


def test_a_second_process_at_a_run_is_refused(own, work, held) -> None:
    """With the process that is at it; the first is not disturbed."""
    with own.start(*ASK, "--concurrency", "1") as process:
        assert held.wait(PATIENCE_S)
        second = own.run(*ASK)
        assert process.poll() is None
        process.kill()

    assert second.returncode == 2
    assert f"process {process.pid} on " in second.stderr


def test_a_run_whose_process_was_killed_goes_on(own, router, work, held) -> None:
    """Its state says that nobody is at it, and the rows in flight are asked again."""
    with own.start(*ASK, "--concurrency", "1") as process:
        assert held.wait(PATIENCE_S)
        process.kill()
    router.chat(answer_blue)

    status = own.run("batch", "status", "out.jsonl.run", "--format", "json")
    again = own.run(*ASK, "--format", "json")

    assert checked("batch-status", status.stdout)["state"] == "stopped"
    report = checked("batch", again.stdout)
    assert (report["done"], report["sent_twice"]) == (5, ["q2"])
    assert report["sent_twice_attempts"] == {"q2": 2}
    [used] = json.loads(own.run("usage", "--format", "json").stdout)["rows"]
    assert used["calls"] == 5  # those of the process that was killed too


def test_doubtful_rows_can_be_left_out(own, router, work, held) -> None:
    """With --on-unknown skip nothing is paid twice; the exit code says that a row is missing."""
    with own.start(*ASK, "--concurrency", "1") as process:
        assert held.wait(PATIENCE_S)
        process.kill()
    router.chat(answer_blue)

    result = own.run(*ASK, "--on-unknown", "skip", "--format", "json")

    report = checked("batch", result.stdout)
    assert (result.returncode, report["done"], report["unknown"]) == (9, 4, 1)


def test_a_run_that_a_service_refuses_stops(own, router, work) -> None:
    """With the exit code of its error, and the credential is nowhere in the folder."""
    router.chat(lambda exchange: exchange.reply(401, {"error": {"message": f"bad {TOKEN}"}}))

    result = own.run(*ASK)

    assert result.returncode == 3
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    folder = work / "out.jsonl.run"
    assert [path.name for path in folder.iterdir() if TOKEN.encode() in path.read_bytes()] == []


def test_a_reader_that_has_seen_enough_ends_the_run(own, router, work) -> None:
    """The exit code is 0 and nothing is said; rows that nobody would read are not asked."""
    questions(2000, work)

    with own.start(*ASK[:2], "--out", "-", *ASK[4:], "--concurrency", "1") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        result = finish(process)

    assert (result.returncode, result.stderr) == (0, "")
    assert len(router.exchanges) < 2000


def test_answers_that_cannot_be_written_stop_the_run(own, work) -> None:
    """On a full disk, with the command that goes on."""
    with Path("/dev/full").open("w") as full:
        result = own.run(*ASK[:2], "--out", "-", *ASK[4:], stdout=full)

    assert result.returncode == 1
    assert "To go on: ollama-cli batch resume in.jsonl.run" in result.stderr
    assert result.stderr.endswith("Error: the result cannot be written: No space left on device\n")


# Hooks.


def logged(file) -> dict:
    """Return a hook of every event that appends what it is told to a file."""
    return {
        event: found
        for name in ("SessionStart", "UserPromptSubmit", "PreRequest", "PostResponse",
                     "Error", "SessionEnd")
        for event, found in setting(name, hook(f"cat >>{file}")).items()
    }  # fmt: skip


def test_hooks_are_told_once_a_run(own, work, tmp_path) -> None:
    """However many rows it has; of the prompts they see the first."""
    write_settings(tmp_path, hooks=logged(tmp_path / "told"))

    own.run(*ASK)

    told = [checked("hook-input", line) for line in (tmp_path / "told").read_text().splitlines()]
    assert [each["event"] for each in told] == [
        "SessionStart",
        "UserPromptSubmit",
        "PreRequest",
        "PostResponse",
        "SessionEnd",
    ]
    assert told[1]["prompt"] == "5 rows of in.jsonl; the first:\n\nQuestion 0?"
    assert told[2]["messages"] == [{"role": "user", "content": "Question 0?"}]
    assert (told[3]["usage"]["prompt_tokens"], told[3]["text"]) == (15, None)
    assert told[4]["exit_code"] == 0


def test_hooks_are_told_of_failures_once(own, router, work, tmp_path) -> None:
    """Not once a row."""
    write_settings(tmp_path, hooks=logged(tmp_path / "told"))
    router.chat(lambda exchange: exchange.reply(400, {"error": {"message": "no"}}))

    result = own.run(*ASK)

    told = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    errors = [each["error"] for each in told if each["event"] == "Error"]
    assert errors == [
        {"type": "RowsFailedError", "message": "5 of 5 rows have no answer", "status": None}
    ]
    assert (result.returncode, told[-1]["exit_code"]) == (9, 9)


@pytest.mark.parametrize(
    ("event", "reply"),
    [
        ("SessionStart", '{"decision": "deny", "reason": "not today"}'),
        ("UserPromptSubmit", '{"decision": "deny", "reason": "not today"}'),
        ("PreRequest", '{"decision": "deny", "reason": "not today"}'),
        ("UserPromptSubmit", '{"updated_prompt": "not today"}'),
    ],
)
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_hook_denies_a_run(own, router, work, tmp_path, event, reply, more) -> None:
    """With exit code 7, before anything is sent; one that would change prompts cannot."""
    write_settings(tmp_path, hooks=setting(event, hook(says(reply))))

    result = own.run(*ASK, *more)

    assert result.returncode == 7
    assert result.stderr.splitlines()[-1].startswith("Error: denied by a hook: ")
    assert router.exchanges == []


def test_names_of_files_bring_no_escapes_to_the_terminal(own, router, work) -> None:
    """A file may be called anything; what is shown of it is visible."""
    name = "e\x1b[31mv.jsonl"

    asked = own.run("batch", "in.jsonl", "--out", name, "--provider", "hf", "--max-errors", "1")
    exported = own.run("batch", "export", f"{name}.run", "--out", f"{name}.csv")
    reported = own.run("batch", "report", f"{name}.run", "--html", f"{name}.html")

    assert asked.stderr.endswith("Answers: e\\x1b[31mv.jsonl\n")
    assert exported.stderr == "Answers: e\\x1b[31mv.jsonl.csv (5 rows of 5)\n"
    assert reported.stderr == "Report: e\\x1b[31mv.jsonl.html\n"


# Budgets.

PRICES = {"zai-org/GLM-4.7-Flash": {"input": 100_000, "output": 100_000}}


def test_a_budget_of_the_settings_is_a_cap(own, router, work, tmp_path) -> None:
    """The run stops with 6 when it has spent what the user allows a day."""
    write_settings(tmp_path, budgets={"day_usd": 1}, prices=PRICES)

    result = own.run(*ASK, "--concurrency", "1")

    assert result.returncode == 6
    assert len(router.exchanges) < 5
    assert "Raise budgets in your settings" in result.stderr
    assert "--max-cost" not in result.stderr
    again = own.run(*ASK, "--concurrency", "1")
    assert again.returncode == 6
    assert "the budget of 1 USD for the day is used up" in again.stderr


def test_a_budget_refuses_an_unknown_price(own, router, work, tmp_path) -> None:
    """If the settings say so."""
    write_settings(tmp_path, budgets={"session_usd": 1, "unpriced": "refuse"})

    result = own.run(*ASK)

    assert (result.returncode, router.exchanges) == (6, [])
    assert not (work / "out.jsonl.run").exists()


def test_a_cap_on_cost_needs_a_price(own, router, work) -> None:
    """Or a cap on tokens."""
    result = own.run(*ASK, "--max-cost", "1")

    assert (result.returncode, router.exchanges) == (2, [])
    assert "price" in result.stderr


# What is refused.


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("batch",), "name the file with the prompts and where the answers go"),
        (("batch", "in.jsonl"), "name the file for the answers with --out"),
        (("batch", "in.jsonl", "--out", "."), ". is a folder; name a file with --out"),
        ((*ASK, "--api", "batch"), "batch services of providers are not built"),
        ((*ASK, "--engine", "dask"), "the engine 'dask' is not built; rows are asked by"),
        ((*ASK, "--engine", "ray"), "needs Ray, which is not installed"),  # nor is it here
        ((*ASK, "--on-unknown", "ask"), "--on-unknown ask needs a terminal"),
        (("batch", "-", "--out", "x"), "it cannot come from a pipe; save it to a file"),
        (("batch", "nothing.jsonl", "--out", "x", "--provider", "hf"), "nothing.jsonl"),
        ((*ASK[:2], "--out", "-", "--format", "json"), "so leave out --format"),
        ((*ASK, "--schema", "nothing.json"), "the schema nothing.json cannot be used"),
        ((*ASK, "--schema", "in.jsonl"), "the schema in.jsonl cannot be used: it is not JSON"),
        ((*ASK, "-o", 'response_format={"type": "text"}', "--schema", "x"), "not both"),
        ((*ASK, "-o", "temprature=1"), "-o knows no option 'temprature'."),
        ((*ASK, "--template", "{nothing"), "template"),
        ((*ASK, "--template", "{x}", "--prompt-column", "y"), "both say what to ask"),
        ((*ASK, "--prompt-column", "y"), "y"),
        ((*ASK, "--concurrency", "0"), "neither 'auto' nor a number"),
        ((*ASK, "--max-errors", "x"), "neither a number of rows nor a share"),
        ((*ASK, "--provider", "nobody"), "nobody"),
        ((*ASK[:2], "--out", "x" * 300), "File name too long"),
        (("batch", "x" * 300, "--out", "x", "--provider", "hf"), "File name too long"),
        ((*ASK, "--run", "x" * 300), "File name too long"),
        (("batch", "status", "x" * 300), "is not the folder of a run"),
        (("batch", "status", "nothing"), "nothing is not the folder of a run"),
        (("batch", "status", "."), "is not the directory of a run"),
        (("batch", "export", "out.jsonl.run"), "Missing option '--out'"),
        (("batch", "in.jsonl", "more", "--out", "x"), "'batch' takes one word"),
        (("batch", "jobs", "explained"), "write: ollama-cli run batch jobs explained"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_is_one_sentence(own, router, work, arguments, problem) -> None:
    """With exit code 2, before anything is sent; and no folder is left behind."""
    result = own.run(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1
    assert router.exchanges == []
    assert [path.name for path in work.iterdir() if path.name.endswith(".run")] == []


def test_a_file_that_is_called_like_a_verb_is_an_input(own, work) -> None:
    """With its folder before it."""
    (work / "in.jsonl").rename("status")

    result = own.run("batch", "./status", "--out", "out.jsonl", "--provider", "hf")

    assert result.returncode == 0


def test_headers_are_not_kept(own, router, work) -> None:
    """A run that was begun with some needs them again to go on."""
    router.chat(lambda exchange: exchange.reply(402, {"error": {"message": "no credit"}}))
    own.run(*ASK, "-o", 'extra_headers={"x-secret": "canary"}')
    router.chat(answer_blue)

    without = own.run("batch", "resume", "out.jsonl.run")
    given = own.run("batch", "resume", "out.jsonl.run", "-o", 'extra_headers={"x-secret": "b"}')

    assert without.returncode == 2
    assert "this run was begun with -o extra_headers, which is not kept" in without.stderr
    assert given.returncode == 0
    found = [path.read_bytes() for path in (work / "out.jsonl.run").iterdir()]
    assert [content for content in found if b"canary" in content] == []


def test_a_provider_that_is_named_is_not_replaced(own, router, work) -> None:
    """Although others of the chain could answer."""
    router.chat(lambda exchange: exchange.reply(503, {"error": {"message": "busy"}}))

    result = own.run(*ASK[:-2], "--provider", "claude", ANTHROPIC_API_KEY=None)

    assert result.returncode == 3
    assert router.exchanges == []


def test_the_chain_answers_if_nobody_is_named(own, work) -> None:
    """Each row says who did."""
    result = own.run(*ASK[:-2])

    assert result.returncode == 0
    assert {row["provider"] for row in answers_of(work / "out.jsonl")} == {"hf"}


def test_processes_ask_with_a_provider_of_their_own(own, work) -> None:
    """They read settings and credentials themselves."""
    result = own.run(*ASK, "--processes", "2")

    assert result.returncode == 0, result.stderr
    assert [row["text"] for row in answers_of(work / "out.jsonl")] == ["Blue."] * 5
