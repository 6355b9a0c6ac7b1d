"""``ollama-cli chat``: when it opens, with what, and what it refuses."""

import gc
import json
from pathlib import Path

import pytest
from ollama_cli.app import cli
from ollama_cli.command_line import options
from ollama_cli.command_line.catalogue import load_builtin
from ollama_cli.processes import garbage

from ._chat_terminal import CTRL_D
from ._conducted import Conducted
from ._shell import Shell
from ._terminal import Terminal

LEAVES = "Ctrl-D or /quit leaves."
OPENING = [
    (),
    ("--provider", "hf"),
    ("-c",),
    ("--plain",),
    ("-v", "--system", "Be brief."),
    ("chat",),
    ("interactive",),
    ("--provider", "hf", "chat"),
]


@pytest.mark.parametrize("arguments", OPENING, ids=" ".join)
def test_it_opens_on_a_terminal(chatting: Shell, arguments) -> None:
    """Without a prompt, or by its name; with options on either side."""
    chatting.run("Why?")
    with Terminal(chatting, *arguments, TERM="dumb") as terminal:
        terminal.wait_for(LEAVES)
        terminal.send(CTRL_D)
        assert terminal.finish() == 0


@pytest.mark.parametrize("arguments", [(), ("--provider", "hf"), ("-c",), ("run",)], ids=" ".join)
def test_without_a_terminal_a_prompt_is_missing(chatting: Shell, arguments) -> None:
    """Nothing is asked."""
    chatting.run("Why?")
    result = chatting.run(*arguments)

    assert result.returncode == 2
    assert result.stderr.startswith("Error: there is no prompt: ")


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("--format", "text"), ("-x",), ("--usage",), ("--dry-run",), ("--raw",)],
    ids=" ".join,
)
def test_a_question_without_a_prompt_stays_one(chatting: Shell, arguments) -> None:
    """``run``, and what only a question takes, want a prompt on a terminal too."""
    with Terminal(chatting, *arguments, TERM="dumb") as terminal:
        assert terminal.finish() == 2
        assert "there is no prompt" in terminal.text()


def test_a_file_alone_is_a_question(chatting: Shell, service: Conducted) -> None:
    """As before there was a chat."""
    Path("ask.txt").write_text("Why?")
    with Terminal(chatting, "-f", "ask.txt", TERM="dumb") as terminal:
        assert terminal.finish() == 0

    assert "Why?" in service.asked[0][-1][1]


def test_what_opens_the_chat_is_what_it_takes() -> None:
    """Each of its options, except files, opens it."""
    taken = {param.name for param in load_builtin("chat").params if param.expose_value}

    assert taken - {"words", "files", "images"} == options.OPENING_CHAT


def test_every_option_of_the_chat_is_one_of_a_question() -> None:
    """So each may stand before the name of the command."""
    shared = {param.name for param in cli.params}

    assert {param.name for param in load_builtin("chat").params} - {"words"} <= shared


def test_words_are_the_first_message(chatting: Shell, service: Conducted) -> None:
    """They are asked before anything is read."""
    result = chatting.run("chat", "Why", "is it?", "--system", "Be brief.")

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert service.asked == [[("system", "Be brief."), ("user", "Why is it?")]]


def test_the_first_message_is_shown(chatting: Shell, service: Conducted) -> None:
    """On a terminal, in its place in the conversation."""
    with Terminal(chatting, "chat", "--plain", "Why?") as terminal:
        terminal.wait_for("> Why?\nBlue.\n>")
        terminal.send(CTRL_D)
        assert terminal.finish() == 0


def test_words_may_be_a_slash_command(chatting: Shell, service: Conducted) -> None:
    """It is not sent."""
    result = chatting.run("chat", "/help")

    assert "/quit" in result.stdout
    assert service.asked == []


@pytest.mark.parametrize("place", ["before", "after"])
def test_files_go_with_the_first_message(chatting: Shell, service: Conducted, place) -> None:
    """And not with the second."""
    Path("note.txt").write_text("a note")
    given = ("-f", "note.txt")
    arguments = (*given, "chat", "Why?") if place == "before" else ("chat", "Why?", *given)
    result = chatting.run(*arguments)
    second = chatting.run("chat", "-c", "So?")

    assert (result.returncode, second.returncode) == (0, 0)
    assert "a note" in service.asked[0][0][1]
    assert "note.txt" in result.stderr
    assert service.asked[1][-1] == ("user", "So?")


def test_a_file_that_is_not_there_is_2(chatting: Shell, service: Conducted) -> None:
    """Before the chat opens."""
    result = chatting.run("chat", "-f", "missing", "Why?")

    assert (result.returncode, service.asked) == (2, [])
    assert result.stderr.count("\n") == 1


REFUSED = {
    "--format": ("--format", "json"),
    "--extract-code": ("-x",),
    "--out": ("--out", "answer.txt"),
    "--template": ("-t", "review"),
    "--param": ("-p", "a=b"),
    "--dry-run": ("--dry-run",),
    "--raw": ("--raw",),
    "--usage": ("--usage",),
}


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_only_a_question_takes_is_2(chatting: Shell, service: Conducted, name, place) -> None:
    """One sentence says so, and nothing is sent."""
    given = REFUSED[name]
    result = (
        chatting.run(*given, "chat", "Why?")
        if place == "before"
        else chatting.run("chat", *given, "Why?")
    )

    sentence = (
        f"the chat does not take {name}; it is for a single question, which 'ollama-cli run' asks"
    )
    shown = result.stderr
    assert result.returncode == 2
    assert (json.loads(shown)["error"]["message"] if name == "--format" else shown) == (
        sentence if name == "--format" else f"Error: {sentence}\n"
    )
    assert service.asked == []


def test_all_that_it_does_not_take_is_known() -> None:
    """Each option of a question is taken, or refused by its name."""
    taken = {param.name for param in load_builtin("chat").params}
    names = {
        max(param.opts, key=len) for param in cli.params if param.name not in taken | {"version"}
    }

    assert names == set(REFUSED)


def test_an_option_that_nobody_knows_is_2(chatting: Shell) -> None:
    """As for every command."""
    result = chatting.run("chat", "--bogus")

    assert result.returncode == 2
    assert "No such option '--bogus'" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--provider", "nobody"),
        ("-o", "temperature=hot"),
        ("--session", "zzz"),
        ("-c",),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_2_before_it_opens(chatting: Shell, arguments) -> None:
    """On a terminal, too."""
    with Terminal(chatting, "chat", "--plain", *arguments) as terminal:
        assert terminal.finish() == 2
        assert terminal.text().startswith("Error: ")
        assert LEAVES not in terminal.text()


def test_broken_settings_are_2_before_it_opens(chatting: Shell, tmp_path) -> None:
    """They are not a chat without settings."""
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "settings.json").write_text("{")
    with Terminal(chatting, "chat", "--plain") as terminal:
        assert terminal.finish() == 2
        assert LEAVES not in terminal.text()


def greeting(shell: Shell, *arguments: str, **changes: str | None) -> list[str]:
    """Return the lines before the first prompt."""
    with Terminal(shell, "chat", "--plain", *arguments, **changes) as terminal:
        terminal.read_until(lambda: terminal.text().endswith("\n>"))
        lines = terminal.lines()[:-1]
        terminal.send(CTRL_D)
        assert terminal.finish() == 0
    return lines


def test_it_says_who_answers(chatting: Shell) -> None:
    """With the model."""
    lines = greeting(chatting, "-m", "org/one")

    assert lines == ["Answers: hf, org/one", f"/help shows the commands. {LEAVES}"]


def test_it_says_who_answers_next(chatting: Shell) -> None:
    """If nobody is named, the chain is told, in order."""
    lines = greeting(chatting, OLLAMA_CLI_PROVIDER=None, OLLAMA_HOST="127.0.0.1:9")

    assert lines[0].startswith("Answers: ollama; then ")
    assert lines[0].endswith(", hf")


def test_it_says_what_is_continued(chatting: Shell) -> None:
    """The session's title, and how long it is."""
    chatting.run("Why is the sky blue?")

    assert "Session: Why is the sky blue? (1 turn)" in greeting(chatting, "-c")


def test_a_missing_key_is_a_line(chatting: Shell, service: Conducted) -> None:
    """The chat opens all the same."""
    lines = greeting(chatting, HF_TOKEN=None)

    assert lines[0] == f"/help shows the commands. {LEAVES}"
    assert lines[1].startswith("Error: HF_TOKEN is not set")
    assert service.exchanges == []


def test_nothing_is_sent_before_the_first_message(chatting: Shell, service: Conducted) -> None:
    """Neither to look who is there, nor to warm up."""
    greeting(chatting)

    assert service.exchanges == []


def test_garbage_is_looked_for_as_usual_after_the_start() -> None:
    """A chat may run for days."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        garbage.expect_start()
        assert gc.get_threshold()[0] > before[0]
        garbage.expect_long_run()
        assert gc.get_threshold() == before
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


@pytest.mark.parametrize(
    ("arguments", "usual"), [(("chat", "Why?"), True), (("Why?",), False)], ids=["chat", "question"]
)
def test_only_a_chat_expects_a_long_run(chatting: Shell, tmp_path, arguments, usual) -> None:
    """At its end, the thresholds are Python's own; those of a question never are."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, gc, sys\n"
        "before = gc.get_threshold()\n"
        "atexit.register(lambda: print(gc.get_threshold() == before, file=sys.stderr))\n"
    )
    result = chatting.run(*arguments, PYTHONPATH=str(tmp_path))

    assert result.stderr == f"{usual}\n"
