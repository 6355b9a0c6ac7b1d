"""A model that prints terminal escapes cannot move the cursor, now or later."""

import json

import pytest

from ._router import Exchange, Router
from ._shell import Shell

SLY = "\x1b]0;title\x07a\x1b[2Jb\x1b]8;;http://e\x1b\\c\x9b1Ad\x90q\x9ce\rf\bg\x1bc\u202eh\0i\x7f"
"""A title, a link, a cleared screen, eight-bit sequences, overwriting, text that turns around."""


@pytest.fixture
def sly(router: Router) -> Router:
    """A service that writes escapes wherever it writes anything."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        call = {"index": 0, "id": SLY, "function": {"name": SLY, "arguments": json.dumps([SLY])}}
        last = {"content": "", "reasoning_content": SLY, "tool_calls": [call]}
        exchange.begin_stream()
        for delta in (*({"content": char} for char in SLY), last):
            chunk = {"id": SLY, "model": SLY, "choices": [{"index": 0, "delta": delta}]}
            exchange.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        exchange.end_stream()

    router.scripts["/v1/models"] = lambda exchange: exchange.reply(200, {"data": [{"id": SLY}]})
    router.scripts["/api/whoami-v2"] = lambda exchange: exchange.reply(401, {"error": SLY})
    return router


def strings(value):
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def is_harmless(text: str) -> bool:
    """Whether a terminal would write nothing but letters, lines and tabs."""
    return text.replace("\n", "").replace("\t", "").isprintable()


def test_nothing_moves_the_cursor(own: Shell, sly: Router) -> None:
    """Neither when it arrives nor from where it is stored; in JSON not even once it is decoded."""
    ask = ("--provider", "hf", "-v", "--usage", "--show-reasoning", "--stream")
    question = f"Why? {SLY}".replace("\0", "")
    own.run(*ask, question)
    (session,) = json.loads(own.run("sessions", "list", "--format", "json").stdout)["sessions"]
    commands = [
        (*ask, "-c", question),
        ("sessions", "list"),
        ("sessions", "show", session["id"]),
        ("sessions", "search", "Why"),
        ("usage",),
        ("models", "--provider", "hf"),
    ]
    for words in commands:
        text = own.run(*words)
        found = own.run(*words, "--format", "json")

        assert is_harmless(text.stdout + text.stderr), words
        assert is_harmless(found.stdout + found.stderr)
        calls = json.dumps(SLY)  # arguments of a tool are JSON for programs
        for each in strings(json.loads(found.stdout)):
            assert is_harmless(each) or calls in each, words
    assert "abcdefghi" in own.run("sessions", "show", session["id"]).stdout


def test_raw_is_only_by_request(own: Shell, sly: Router) -> None:
    """What is stored is what the model wrote, and ``--raw`` shows it."""
    own.run("--provider", "hf", "Why?")
    (session,) = json.loads(own.run("sessions", "list", "--format", "json").stdout)["sessions"]

    assert "\x1b[2J" in own.run("sessions", "show", session["id"], "--raw").stdout


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_standard_output_is_the_answer_byte_by_byte(own, router, output_format) -> None:
    """In a pipe there is no escape, no colour, no blank and no line of our own."""
    text = "# Title\n\n**bold** `code`\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n  end  "

    @router.chat
    def answer(exchange: Exchange) -> None:
        if exchange.body["stream"]:
            exchange.begin_stream()
            for char in text:
                exchange.send_text(char)
            exchange.end_stream()
        else:
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            exchange.reply(200, {"model": "m", "choices": [choice]})

    terminal = {"TERM": "xterm-256color", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    result = own.run("--provider", "hf", "Why?", "--format", output_format, **terminal)

    if output_format == "text":
        assert result.stdout == f"{text}\n"
    else:
        *_, last = result.stdout.splitlines()
        assert json.loads(last)["text"] == text
    assert (result.returncode, result.stderr) == (0, "")
