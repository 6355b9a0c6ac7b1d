"""``/copy``: answers and code on the clipboard of the terminal."""

import base64
import io
import re

import click
import pytest
from ollama_cli.chat.lines.view import PlainView
from ollama_cli.terminal import clipboard
from provider_sdk import ChatResponse, ToolCall
from provider_sdk.testing import FakeProvider

from ._chat import Pausing

CODE = "Two:\n\n```python\nx = 1\n```\n\n  ~~~\n  y\n  ~~~\n\nDone."
OSC = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


class Terminal(io.StringIO):
    """A terminal that records what is written to it."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No program is between the chat and the terminal."""
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def copied(sequence: str) -> str:
    """Return what a terminal puts on its clipboard."""
    (found,) = {*OSC.findall(sequence)}
    return base64.b64decode(found).decode()


def test_last_answer_is_copied(talk, fake) -> None:
    """``/copy`` takes the whole answer as the model wrote it."""
    fake(FakeProvider("One.", "**Two.**\n"))

    view = talk("a", "b", "/copy")

    assert view.copied == ["**Two.**\n"]
    assert view.last == "copied the last answer: 9 characters\n"


def test_earlier_answer_is_copied_by_its_place(talk, fake) -> None:
    """``/copy 2`` is the answer before the last."""
    fake(FakeProvider("One.", "Two."))

    assert talk("a", "b", "/copy 2").copied == ["One."]


@pytest.mark.parametrize(("entry", "code"), [("/copy code", "x = 1"), ("/copy code 2", "y")])
def test_code_is_copied_alone(talk, fake, entry, code) -> None:
    """``/copy code`` takes a block of the last answer without its fence and indentation."""
    fake(FakeProvider(CODE))

    assert talk("a", entry).copied == [code]


def test_answer_of_an_earlier_chat_is_copied(talk, fake) -> None:
    """A session that goes on has its answers."""
    fake(FakeProvider("One."))

    talk("a")

    assert talk("/copy", newest=True).copied == ["One."]


def test_part_of_an_interrupted_answer_is_copied(talk, fake) -> None:
    """What arrived before Ctrl-C is the last answer."""
    fake(Pausing("Bl", "ue."))

    assert talk("a", "/copy", stop_at="Bl").copied == ["Bl"]


def test_answer_that_is_not_stored_is_copied(talk, fake) -> None:
    """Without a session the last answer is known all the same."""
    fake(FakeProvider("One."))

    assert talk("a", "/copy", no_session=True).copied == ["One."]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("/copy 3", "there are only 2 answers"),
        ("/copy code", "there is no code block to copy in the last answer"),
        ("/copy 0", "write /copy, /copy 2, /copy code or /copy code 2, not '0'"),
        ("/copy all", "write /copy, /copy 2, /copy code or /copy code 2, not 'all'"),
    ],
)
def test_what_cannot_be_copied_is_one_line(talk, fake, entry, message) -> None:
    """A line says why, and the clipboard stays as it is."""
    fake(FakeProvider("One.", "Two."))

    view = talk("a", "b", entry)

    assert view.last == f"Error: {message}\n"
    assert view.copied == []


def test_before_the_first_answer_there_is_nothing_to_copy(talk, fake) -> None:
    """The line says so, and the input stays empty."""
    fake(FakeProvider())

    view = talk("/copy")

    assert view.last == "Error: there is no answer to copy\n"
    assert view.back == []


def test_answer_without_text_is_not_another_one(talk, fake) -> None:
    """After an answer that only calls a tool, the one before it is not taken for it."""
    call = ToolCall("1", "look", {})
    fake(FakeProvider("One.", ChatResponse(tool_calls=[call], finish_reason="tool_calls")))

    view = talk("a", "b", "/copy", "/copy 2")

    assert view.shown[3] == "Error: this answer has no text to copy\n"
    assert view.copied == ["One."]


def test_control_characters_are_not_copied(talk, fake) -> None:
    """A paste into a shell cannot press keys or reorder text."""
    fake(FakeProvider("rm\x1b[2J \u202eevil\x07\n\tok"))

    assert talk("a", "/copy").copied == ["rm evil\n\tok"]


def test_sequence_holds_the_text() -> None:
    """A terminal finds the text in the sequence, whatever characters it has."""
    assert copied(clipboard.sequence("Blau, 蓝 🎨\n", {})) == "Blau, 蓝 🎨\n"


def test_tmux_gets_it_twice() -> None:
    """Once for tmux itself, and once to be passed on, because either may be permitted."""
    sequence = clipboard.sequence("x", {"TMUX": "socket,1,0"})

    plain, passed = sequence.split("\x1bPtmux;")
    assert copied(plain) == "x"
    assert copied(passed.removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b")) == "x"


@pytest.mark.parametrize(("code", "is_told"), [(0, True), (1, False)])
def test_tmux_is_told_first(talk, fake, tmp_path, monkeypatch, code, is_told) -> None:
    """Where tmux itself copies, no sequence is sent; else one is, and a line says what it needs."""
    program = tmp_path / "bin" / "tmux"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n/bin/cat > {tmp_path}/got; echo "$@" >> {tmp_path}/got; exit {code}\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("TMUX", "socket,1,0")
    fake(FakeProvider("Blue"))

    view = talk("a", "/copy")

    assert (tmp_path / "got").read_text() == "Blueload-buffer -w -\n"
    assert view.copied == ([] if is_told else ["Blue"])
    assert ("set-clipboard on" in view.last) is not is_told


@pytest.mark.parametrize(
    ("environment", "is_told"),
    [
        ({"TERM": "xterm"}, False),
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "screen-256color"}, True),
        ({"TERM": "screen", "STY": "1.pts"}, False),
    ],
)
def test_what_tmux_needs_is_told_over_ssh(environment, is_told) -> None:
    """There only the name of the terminal tells that tmux may be between."""
    assert bool(clipboard.hint(environment)) is is_told


def test_tmux_may_be_missing(talk, fake, monkeypatch, tmp_path) -> None:
    """In a container whose terminal is in tmux, the sequence is sent."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TMUX", "socket,1,0")
    fake(FakeProvider("Blue"))

    assert talk("a", "/copy").copied == ["Blue"]


def test_screen_gets_it_in_pieces() -> None:
    """Screen passes on strings that are not long, and joins nothing to them."""
    sequence = clipboard.sequence("x" * 2000, {"STY": "1.pts"})

    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sequence, re.DOTALL)
    assert max(map(len, pieces)) <= 240
    assert copied("".join(pieces)) == "x" * 2000


def test_most_is_what_terminals_take() -> None:
    """The longest text makes a sequence of no more than 100,000 bytes."""
    assert len(clipboard.sequence("x" * clipboard.MOST_BYTES, {})) <= 100_000


def test_longer_text_is_refused(talk, fake) -> None:
    """Nothing is cut off: the line names both sizes."""
    with pytest.raises(click.UsageError, match=r"74,996 bytes, and 74,994 is the most"):
        clipboard.sequence("é" * 37_498, {})


def test_plain_view_writes_to_its_terminal(monkeypatch) -> None:
    """In lines, standard error has the sequence and standard output has nothing."""
    err, out = Terminal(), Terminal()
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("TERM", "xterm")

    PlainView().copy("x")

    assert copied(err.getvalue()) == "x"
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("err", "term", "message"),
    [(io.StringIO(), "xterm", "there is no terminal here"), (Terminal(), "dumb", "TERM says")],
)
def test_without_a_clipboard_it_says_so(monkeypatch, err, term, message) -> None:
    """A file, a pipe or a simple terminal gets no control sequence."""
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("TERM", term)

    with pytest.raises(click.UsageError, match=message):
        PlainView().copy("x")

    assert err.getvalue() == ""
