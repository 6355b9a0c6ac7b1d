"""``batch`` on a terminal: the bar, and the questions before much is sent."""

import signal
from threading import Event, Lock

import pytest
from ollama_cli.batch.progress import ProgressView
from provider_sdk.bulk import Progress

from ._batch import answers_of, questions
from ._router import PATIENCE_S, Exchange, answer_blue
from ._schemas import checked
from ._settings import write_settings
from ._terminal import Terminal

ASK = ("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "hf")
FREE = {"zai-org/GLM-4.7-Flash": {"input": 0, "output": 0}}


@pytest.fixture
def work(own, tmp_path, monkeypatch):
    """A folder with an input of five questions to a model whose price is known."""
    monkeypatch.chdir(tmp_path / "empty")
    questions(5, tmp_path / "empty")
    write_settings(tmp_path, prices=FREE)
    return tmp_path / "empty"


@pytest.fixture
def released(router):
    """The service answers two questions, and the others when this is set."""
    lock, release, answered = Lock(), Event(), []

    @router.chat
    def answer(exchange: Exchange) -> None:
        with lock:
            waits = len(answered) >= 2
            answered.append(exchange)
        if waits:
            assert release.wait(PATIENCE_S)
        answer_blue(exchange)

    yield release
    release.set()


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_the_bar_is_one_line(own, work, released, columns) -> None:
    """It changes in place, fits, and leaves nothing behind."""
    with Terminal(own, *ASK, "--concurrency", "1", columns=columns) as terminal:
        terminal.wait_for("2/5")
        [bar] = terminal.lines()
        released.set()
        code = terminal.finish()

    assert code == 0
    assert len(bar) < columns
    assert ("█" in bar) == (columns >= 40)
    assert "/5" not in terminal.text()
    assert "Done: 5 of 5" in terminal.text().replace("\n", "")


def test_a_bar_that_no_longer_fits_is_drawn_anew(own, work, released) -> None:
    """A terminal that became narrower shows the old one on two rows, and both go."""
    with Terminal(own, *ASK, "--concurrency", "1", columns=100, reflows=True) as terminal:
        terminal.wait_for("2/5")
        terminal.resize(columns=40)
        terminal.read_until(lambda: len(terminal.lines()) == 1 and len(terminal.lines()[0]) < 40)
        released.set()
        terminal.finish()

    assert "2/5" not in terminal.text()


def test_a_simple_terminal_gets_no_bar(own, work) -> None:
    """One that is called dumb cannot go back in a line."""
    with Terminal(own, *ASK, TERM="dumb") as terminal:
        terminal.finish()

    assert b"\x1b" not in terminal.written
    assert "Done: 5 of 5" in terminal.text()


def test_the_bar_has_no_colors(own, work) -> None:
    """With NO_COLOR and without: only the cursor is moved, and the rest of the line cleared."""
    with Terminal(own, *ASK) as terminal:
        terminal.finish()

    assert b"\x1b[J" in terminal.written
    assert b"m" not in {part[-1:] for part in terminal.written.split(b"\x1b[")[1:] if part}
    assert terminal.written.replace(b"\x1b[J", b"").count(b"\x1b") == 0


def test_a_bar_without_unicode_has_ascii(own, work, released) -> None:
    """In an encoding that lacks the blocks."""
    with Terminal(own, *ASK, "--concurrency", "1", PYTHONIOENCODING="ascii") as terminal:
        terminal.wait_for("2/5")
        [bar] = terminal.lines()
        released.set()
        terminal.finish()

    assert "#" in bar
    assert bar.isascii()


def test_ctrl_c_leaves_the_command_that_goes_on(own, work, released) -> None:
    """In place of the bar."""
    with Terminal(own, *ASK, "--concurrency", "1") as terminal:
        terminal.wait_for("2/5")
        terminal.process.send_signal(signal.SIGINT)
        released.set()
        code = terminal.finish()

    assert code == 130
    assert terminal.lines()[-1] == "To go on: ollama-cli batch resume out.jsonl.run"
    assert "/5" not in terminal.text()


def test_an_unknown_price_is_asked_about(own, router, work, tmp_path) -> None:
    """On a terminal; without a yes nothing is sent, and no folder is made."""
    write_settings(tmp_path)

    with Terminal(own, *ASK) as terminal:
        terminal.wait_for("[y/N]:")
        terminal.send("\n")
        code = terminal.finish()

    assert "Send 5 rows to hf zai-org/GLM-4.7-Flash:novita" in terminal.text()
    assert "the price is not known" in terminal.text().replace("\n", "")
    assert terminal.lines()[-1] == "Error: nothing was sent"
    assert (code, router.exchanges) == (1, [])
    assert not (work / "out.jsonl.run").exists()


@pytest.mark.parametrize("typed", ["y\n", None], ids=["yes", "--yes"])
def test_who_agrees_gets_answers(own, work, tmp_path, typed) -> None:
    """By a word, or by an option before."""
    write_settings(tmp_path)

    with Terminal(own, *ASK, *(() if typed else ("--yes",))) as terminal:
        if typed:
            terminal.wait_for("[y/N]:")
            terminal.send(typed)
        code = terminal.finish()

    assert code == 0
    assert ("[y/N]" in terminal.text()) == bool(typed)
    assert len(answers_of(work / "out.jsonl")) == 5


def test_many_rows_are_asked_about(own, router, work) -> None:
    """More than a thousand, although the price is known."""
    questions(1001, work)

    with Terminal(own, *ASK, columns=120) as terminal:
        terminal.wait_for("Send 1,001 rows to hf")
        terminal.send("n\n")
        code = terminal.finish()

    assert (code, router.exchanges) == (1, [])


def test_ctrl_c_at_the_question_ends_the_command(own, router, work, tmp_path) -> None:
    """Nothing is sent."""
    write_settings(tmp_path)

    with Terminal(own, *ASK) as terminal:
        terminal.wait_for("[y/N]:")
        terminal.send("\x03")
        code = terminal.finish()

    assert (code, router.exchanges) == (130, [])


@pytest.mark.parametrize(("typed", "done"), [("\n", 5), ("n\n", 4)], ids=["again", "left out"])
def test_doubtful_rows_are_asked_about(own, router, work, released, typed, done) -> None:
    """With --on-unknown ask, once for all of them."""
    with own.start(*ASK, "--concurrency", "1") as process:
        while len(router.exchanges) < 3:
            assert process.poll() is None
        process.kill()
    released.set()

    with Terminal(own, *ASK, "--on-unknown", "ask", columns=120) as terminal:
        terminal.wait_for("[Y/n]:")
        terminal.send(typed)
        terminal.finish()

    assert "1 row may have been answered and billed" in terminal.text()
    assert f"Done: {done} of 5" in terminal.text()


def test_without_a_terminal_there_is_a_line_every_ten_seconds(capsys) -> None:
    """Each is one JSON object in the form that is published."""
    clock = iter([0.0, 5.0, 9.9, 10.0, 15.0, 20.0])

    with ProgressView(lambda: next(clock)) as view:
        for done in range(6):
            view.show(Progress(rows=10, done=done))

    lines = [checked("batch-events", line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["type"], line["done"]) for line in lines] == [("progress", 3), ("progress", 5)]
