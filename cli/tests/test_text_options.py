"""What an answer as text can look like: its code alone, with reasoning, with its usage."""

import pytest
from provider_sdk import ChatResponse, Usage
from provider_sdk.testing import FakeProvider

from ._full import FULL

CODE = "Here:\n\n```python\nprint(1)\n```\n\nAnd:\n\n```sh\nls\n```\n"


@pytest.fixture
def ask(invoke, fake):
    """Ask a provider that answers with these replies."""

    def ask(reply, *arguments):
        fake(FakeProvider(reply))
        return invoke("--provider", "fake", "Why?", *arguments)

    return ask


def test_code_alone_is_the_first_block(ask) -> None:
    """With -x neither the text, the fences nor a second block is written."""
    result = ask(CODE, "-x")

    assert (result.stdout, result.stderr) == ("print(1)\n", "")


@pytest.mark.parametrize("flag", ["--stream", "--no-stream"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```\na\n\n  b\n```", "a\n\n  b\n"),
        ("~~~~\n~~~\n```\n~~~~\nx", "~~~\n```\n"),
        ("````md\n```py\nx\n```\n````", "```py\nx\n```\n"),
        ("1. Run:\n\n   ```sh\n   ls\n     -l\n   ```\n", "ls\n  -l\n"),
        ("- ```sh\n  ls\n  ```\n", "ls\n"),
        ("> ```sh\n> ls\n>\n> pwd\n> ```\n", "ls\n\npwd\n"),
        ("```py\ncut", "cut\n"),
        ("```py\n", ""),
        ("``` a`b\nx\n```\ny\n```\n", "y\n"),
        ("```\r\na\r\n```\r\n", "a\n"),
        ("```a\n``` b\n```\n", "``` b\n"),
        ('```c++ title="a.cc"\nx\n```\n', "x\n"),
        ("```objective-c\nx\n```\n", "x\n"),
    ],
)
def test_code_is_found_in_every_form(ask, flag, text, code) -> None:
    """Fences of any length, in lists and quotes, cut at the end, and lines that only look so."""
    assert ask(list(text) if flag == "--stream" else text, flag, "-x").stdout == code


def test_code_with_other_line_ends_is_found(ask) -> None:
    """With --raw they stay in the code."""
    result = ask("a\r\n```sh\r\nls\r\n```\r\nb\r\n", "-x", "--raw")

    assert result.stdout_bytes == b"ls\r\n"


def test_without_code_all_is_written(ask) -> None:
    """Models that are asked for code alone often leave the fence out; a line says so."""
    result = ask(["print", "(1)"], "-x")

    assert (result.exit_code, result.stdout) == (0, "print(1)\n")
    assert result.stderr == "Warning: the answer has no code block; all of it is written\n"


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_code_alone_is_text(ask, output_format) -> None:
    """-x is refused with JSON, which has the whole answer."""
    result = ask("x", "-x", "--format", output_format)

    assert result.exit_code == 2
    assert "--extract-code writes text" in result.stderr


def test_reasoning_is_hidden_unless_asked_for(ask) -> None:
    """It is shown on standard error with --show-reasoning or -v, not with --hide-reasoning."""
    assert ask(FULL).stderr.count("Rayleigh.") == 0
    assert ask(FULL, "--show-reasoning").stderr.startswith("Rayleigh.\n")
    assert ask(FULL, "-v").stderr.startswith("Rayleigh.\n")
    assert ask(FULL, "-v", "--hide-reasoning").stderr.count("Rayleigh.") == 0


def test_reasoning_stands_before_the_text(ask) -> None:
    """Each begins on a line of its own."""
    assert ask(FULL, "--show-reasoning").output.startswith("Rayleigh.\nBlue.\n")


def test_reasoning_cannot_steer_the_terminal(ask) -> None:
    """Its escapes are removed."""
    reply = ChatResponse(text="a", reasoning="\x1b[2Jb")

    assert ask(reply, "--show-reasoning").stderr == "b\n"


def test_usage_is_one_line(ask) -> None:
    """It has the tokens and their source, the cost, the time and who answered."""
    line = ask(FULL, "--usage").stderr.splitlines()[-1]

    assert line.startswith(
        "Usage: prompt 3 + completion 2 tokens (reported), cost unknown, 0.0 s, "
    )
    assert line.endswith(" s, fake org/served by novita")


def test_usage_says_what_is_estimated(ask) -> None:
    """What the service did not count is called an estimate."""
    assert " tokens (estimated), cost unknown, " in ask("Blue.", "--usage").stderr


def test_usage_names_where_the_price_comes_from(ask, settings) -> None:
    """A cost by the user's own prices says so."""
    settings(prices={"org/asked": {"input": 1000, "output": 2000}})
    line = ask(FULL, "--usage", "-m", "org/asked").stderr

    assert ", cost $0.007 (the setting 'prices'), " in line


def test_usage_of_an_impossible_count_is_unknown(ask) -> None:
    """A number of thousands of digits is not printed."""
    line = ask(ChatResponse(text="a", usage=Usage(10**5000, 2, 5)), "--usage").stderr

    assert "prompt unknown + completion 2 tokens" in line


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_usage_and_reasoning_change_no_json(ask, output_format) -> None:
    """JSON has them anyway, and standard error stays empty."""
    plain = ask(FULL, "--format", output_format)
    result = ask(FULL, "--format", output_format, "--usage", "--hide-reasoning")

    assert result.stderr == plain.stderr == ""
    assert result.stdout.count("Rayleigh.") == plain.stdout.count("Rayleigh.") > 0


def test_effort_is_an_option_of_the_call(invoke, fake) -> None:
    """--effort is what -o reasoning_effort is."""
    service = fake(FakeProvider("Blue."))
    invoke("--provider", "fake", "Why?", "--effort", "low")

    assert service.calls[0].options["reasoning_effort"] == "low"


def test_effort_is_given_once(invoke, fake) -> None:
    """Both at once exclude each other, and nothing is asked."""
    service = fake(FakeProvider("Blue."))
    result = invoke("--provider", "fake", "Why?", "--effort", "low", "-o", "reasoning_effort=high")

    assert result.exit_code == 2
    assert "use --effort or -o reasoning_effort, not both" in result.stderr
    assert service.calls == []


def test_empty_answer_is_empty(ask) -> None:
    """Without a text there is no line, also with -x."""
    assert ask("").stdout == ask("", "-x").stdout == ""
