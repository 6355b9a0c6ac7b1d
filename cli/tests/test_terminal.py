"""An answer on a terminal, as its screen shows it; and beside it, in a pipe."""

import signal
import time
from threading import Event

import pytest

from ._router import PATIENCE_S, Exchange, Router
from ._shell import Shell
from ._terminal import Terminal

ASK = ("--provider", "hf", "Why?")
TEXT = """# Sorting

Use `sorted()`, which returns a **new** list, or see [the docs](https://example.org/sorting).

1. Install it:
   ```sh
   pip install thing --with-a-long-option-name=1
   ```
2. Call it.

| name | meaning |
|------|--------:|
| one | 1 |
| 二 | 22 |

> A quote, which is long enough to need two lines at least.
"""


@pytest.fixture
def answer(router: Router):
    """Say what the model answers, in small pieces."""

    def say(text: str) -> None:
        @router.chat
        def answer(exchange: Exchange) -> None:
            exchange.begin_stream()
            for place in range(0, len(text), 3):
                exchange.send_text(text[place : place + 3])
            exchange.end_stream()

    return say


def test_screen_of_80_columns(shell: Shell, answer) -> None:
    """Markdown is laid out, with code as it is."""
    answer(TEXT)
    with Terminal(shell, *ASK) as terminal:
        assert terminal.finish() == 0
        assert (
            terminal.text()
            == """\
Sorting

Use sorted(), which returns a new list, or see the docs
(https://example.org/sorting).

1. Install it:
```sh
pip install thing --with-a-long-option-name=1
```
2. Call it.

name  meaning
────  ───────
one         1
二         22

│ A quote, which is long enough to need two lines at least."""
        )
        assert terminal.styled("Sorting").bold
        assert terminal.styled("Sorting").underscore
        assert terminal.styled("sorted()").fg == "cyan"
        assert terminal.styled("new").bold
        assert not terminal.styled("list").bold


def test_screen_of_40_columns(shell: Shell, answer) -> None:
    """Words are whole; only code and addresses go on in the next line."""
    answer(TEXT)
    with Terminal(shell, *ASK, columns=40) as terminal:
        terminal.finish()
        assert terminal.lines()[:10] == [
            "Sorting",
            "",
            "Use sorted(), which returns a new list,",
            "or see the docs",
            "(https://example.org/sorting).",
            "",
            "1. Install it:",
            "```sh",
            "pip install thing --with-a-long-option-n",
            "ame=1",
        ]
        assert terminal.lines()[-2:] == [
            "│ A quote, which is long enough to need",
            "│ two lines at least.",
        ]


def test_no_color_leaves_the_layout(shell: Shell, answer) -> None:
    """With NO_COLOR there is no color; code within text keeps its backticks."""
    answer(TEXT)
    with Terminal(shell, *ASK, NO_COLOR="1") as terminal:
        terminal.finish()
        assert "Use `sorted()`, which" in terminal.text()
        assert b"\x1b[36m" not in terminal.written
        assert terminal.styled("new").bold


@pytest.mark.parametrize("arguments", [("--raw",), ()])
def test_plain_terminal_shows_the_text(shell: Shell, answer, arguments) -> None:
    """With --raw, or on a terminal that understands nothing, the text is as it was written."""
    answer("# a\n**b**\n")
    changes = {} if arguments else {"TERM": "dumb"}
    with Terminal(shell, *ASK, *arguments, **changes) as terminal:
        terminal.finish()
        assert terminal.written == b"# a\r\n**b**\r\n"


def test_without_a_locale_only_ascii_is_drawn(shell: Shell, answer) -> None:
    """What the model wrote is left as it is."""
    answer("- é\n> b\n")
    with Terminal(shell, *ASK, LC_ALL="C") as terminal:
        terminal.finish()
        assert terminal.lines() == ["- é", "| b"]


def test_pipe_gets_the_bytes(shell: Shell, answer) -> None:
    """Nothing is laid out in a pipe, whatever the variables say."""
    answer(TEXT)

    assert shell.run(*ASK, TERM="xterm-256color", FORCE_COLOR="1").stdout == TEXT


def test_terminal_may_change_its_width(shell: Shell, router: Router) -> None:
    """What is out stays, and what follows is laid out for the new width."""
    resized = Event()

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("one two three four five six seven eight nine ten\n")
        resized.wait(PATIENCE_S)
        exchange.send_text("one two three four five six seven eight nine ten\n")
        exchange.end_stream()

    with Terminal(shell, *ASK, columns=60) as terminal:
        terminal.read_until(lambda: "ten" in terminal.text())
        terminal.resize(30)
        resized.set()
        terminal.finish()
        assert terminal.lines()[-2:] == ["one two three four five six", "seven eight nine ten"]


@pytest.mark.parametrize("text", ["**bold and more", "`code and more", "# title", "```\ncode"])
def test_interrupt_keeps_what_arrived(shell: Shell, router: Router, text: str) -> None:
    """Ctrl-C ends the line and all styles, closes the connection and exits with 130."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text(f"Bl\n\n{text}")
        exchange.wait_until_closed()

    with Terminal(shell, *ASK) as terminal:
        terminal.read_until(lambda: "Bl" in terminal.text())
        time.sleep(0.3)  # the rest is held back, so that no screen tells that it arrived
        terminal.process.send_signal(signal.SIGINT)
        code = terminal.finish()

    assert code == 130
    assert router.closed.wait(PATIENCE_S)
    assert text.lstrip("# ").split("\n")[-1].rstrip("`") in terminal.text()
    assert terminal.written.endswith(b"\r\n")
    assert terminal.written.count(b"\x1b[0m") * 2 == terminal.written.count(b"\x1b[")


def test_model_cannot_steer_the_terminal(shell: Shell, answer) -> None:
    """Its sequences are gone, also cut into pieces, within code, and in addresses."""
    code = "```\n\x1b]0;title\x07c\x9b1A\n```\n"
    answer(f"a\x1b[2Jb\n{code}[d](http://x\x1b[8m.y) \u202ee\x1b[?1049h\r\x08")
    with Terminal(shell, *ASK, NO_COLOR="1") as terminal:
        terminal.finish()
        assert terminal.lines() == ["ab", "```", "c", "```", "d (http://x.y) e"]


def test_reasoning_is_dim_and_apart(shell: Shell, router: Router) -> None:
    """It is shown as it comes, on lines of its own, before the text."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_reasoning("Rayl")
        exchange.send_reasoning("eigh.")
        exchange.send_text("Blue.")
        exchange.end_stream()

    with Terminal(shell, *ASK, "--show-reasoning") as terminal:
        terminal.finish()
        assert terminal.lines() == ["Rayleigh.", "Blue."]
        assert terminal.written.startswith(b"\x1b[2mRayl\x1b[0m\x1b[2meigh.\x1b[0m\r\nBlue.")


@pytest.mark.parametrize("place", ["before", "after"])
def test_plain_lines_have_no_styles(shell: Shell, router: Router, place) -> None:
    """With ``--plain`` each line comes whole, as the model wrote it, reasoning too."""
    go_on = Event()

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_reasoning("I think.")
        exchange.send_text("# Why\n\n**Be")
        go_on.wait(PATIENCE_S)
        exchange.send_text("cause**")
        exchange.end_stream()

    given = (*ASK, "--show-reasoning")
    arguments = ("--plain", *given) if place == "before" else (*given, "--plain")
    with Terminal(shell, *arguments) as terminal:
        terminal.wait_for("# Why")
        assert "**Be" not in terminal.text()
        go_on.set()
        assert terminal.finish() == 0
        assert terminal.text() == "I think.\n# Why\n\n**Because**"
        assert b"\x1b" not in terminal.written
