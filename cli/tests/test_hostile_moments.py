"""Other processes and signals at the worst moment: nothing is lost, and nothing is invented."""

import json
import signal
import subprocess
from threading import Event

import pytest

from ._router import PATIENCE_S, Exchange, Router
from ._shell import Shell, finish

ASK = ("--provider", "hf")
AT_ONCE = 4


def sessions(own: Shell) -> list[dict]:
    """Return the sessions that are stored."""
    found: list[dict] = json.loads(own.run("sessions", "--format", "json").stdout)["sessions"]
    return found


def contents(own: Shell, id: str) -> list[str]:
    """Return the texts of a session."""
    shown = own.run("sessions", "show", id, "--format", "json").stdout
    return [each["content"] for each in json.loads(shown)["messages"]]


def test_many_continue_one_session(own) -> None:
    """Each turn is stored once, question beside answer; the same with a session per process."""
    own.run(*ASK, "Why?")
    started = [own.start(*ASK, "-c", f"Question {number}") for number in range(AT_ONCE)]
    results = [finish(process) for process in started]

    assert {(each.returncode, each.stdout, each.stderr) for each in results} == {(0, "Blue.\n", "")}
    (session,) = sessions(own)
    texts = contents(own, session["id"])
    assert sorted(texts[2::2]) == [f"Question {number}" for number in range(AT_ONCE)]
    assert set(texts[1::2]) == {"Blue."}


def test_first_questions_at_once(own) -> None:
    """None of them meets a file that another has only half made."""
    started = [own.start(*ASK, f"Question {number}") for number in range(AT_ONCE)]
    results = [finish(process) for process in started]

    assert {(each.returncode, each.stderr) for each in results} == {(0, "")}
    assert len(sessions(own)) == AT_ONCE


def test_session_is_deleted_while_it_is_continued(own, router) -> None:
    """The answer is given with a line, the session stays deleted, and its tokens count."""
    asked, deleted = Event(), Event()
    own.run(*ASK, "Why?")

    @router.chat
    def wait(exchange: Exchange) -> None:
        exchange.begin_stream()
        asked.set()
        deleted.wait(PATIENCE_S)
        exchange.send_text("Late.")
        exchange.end_stream()

    with own.start(*ASK, "-c", "And?") as process:
        assert asked.wait(PATIENCE_S)
        own.run("sessions", "delete", "--all", "--yes")
        deleted.set()
        result = finish(process)

    assert (result.returncode, result.stdout) == (0, "Late.\n")
    assert "deleted meanwhile" in result.stderr
    assert sessions(own) == []
    (row,) = json.loads(own.run("usage", "--format", "json").stdout)["rows"]
    assert row["calls"] == 2


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_signal_in_the_midst_of_an_answer(own, router: Router, number, code) -> None:
    """What was stored before is whole; what arrived is kept if the process could."""
    own.run(*ASK, "Why?")

    @router.chat
    def write_on(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Begun\n")
        exchange.wait_until_closed()

    with own.start(*ASK, "-c", "And?") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        result = finish(process)

    assert result.returncode == code
    (session,) = sessions(own)
    texts = contents(own, session["id"])
    assert texts[:2] == ["Why?", "Blue."]
    assert texts[2:] in ([], ["And?", "Begun\n"])
    assert texts[2:] or number == signal.SIGKILL


def test_reader_that_goes_away_does_not_lose_the_turn(own, router: Router) -> None:
    """With a closed pipe, what the model had said by then is stored as interrupted."""
    gone = Event()

    @router.chat
    def write_on(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("first\n")
        gone.wait(PATIENCE_S)
        exchange.send_text("second\n")
        exchange.wait_until_closed()

    with own.start(*ASK, "Why?") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        gone.set()
        _, stderr = process.communicate(timeout=PATIENCE_S)

    assert (process.returncode, stderr) == (0, "")
    (session,) = sessions(own)
    assert contents(own, session["id"]) == ["Why?", "first\nsecond\n"]


ODD = {
    "no locale or home": {"LC_ALL": "C", "LANG": None, "HOME": None},
    "odd zone": {"TZ": "Nowhere/Land:::", "HOME": ""},
    "no terminal": {"TERM": "dumb", "COLUMNS": "-1", "LINES": "0", "PATH": None},
    "proxy": {"HTTP_PROXY": "::::", "NO_PROXY": "127.0.0.1"},
}


@pytest.mark.parametrize("how", ODD)
def test_odd_environment(own, how) -> None:
    """The answer, and what is listed of it, do not depend on it."""
    asked = own.run(*ASK, "Wäre es blau? 空", **ODD[how])

    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "Blue.\n", "")
    listed = own.run("sessions", "list", **ODD[how])
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "空" in listed.stdout


def test_clock_that_went_back(own, tmp_path) -> None:
    """Sessions of the future are listed and continued, and a new one is the newest all the same."""
    line = own.run(*ASK, "Why?", "--format", "json").stdout
    id = json.loads(line)["session_id"]
    exported = own.run("sessions", "export", id).stdout
    own.run("sessions", "delete", id, "--yes")
    later = tmp_path / "later.jsonl"
    later.write_text(exported.replace('"2026-', '"2126-'))
    assert own.run("sessions", "import", str(later)).returncode == 0

    own.run(*ASK, "Now?")
    own.run(*ASK, "-c", "And?")

    turns = {each["title"]: each["turns"] for each in sessions(own)}
    assert turns == {"Why?": 1, "Now?": 2}


@pytest.mark.parametrize("redirections", ["<&- 2>&-"])
def test_closed_streams(own, redirections) -> None:
    """Without standard input or error the answer is the same, and stored."""
    command = own.command(*ASK, "Why?")
    result = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", *command],
        env=dict(own.environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\n", "")
    assert len(sessions(own)) == 1
