"""Which view shows the chat."""

import json
import time

import pytest

from ._chat_terminal import PROMPT, READY, ChatTerminal
from ._shell import Shell
from ._terminal import Terminal


def is_plain(shell: Shell, *arguments: str, **changes: str | None) -> bool:
    """Open the chat on a terminal, and leave it."""
    with Terminal(shell, "chat", *arguments, **changes) as terminal:
        terminal.read_until(lambda: READY in terminal.written or terminal.text().endswith(PROMPT))
        found = READY not in terminal.written
        terminal.send("\x04")
        assert terminal.finish() == 0
    return found


def test_a_terminal_has_a_screen(chatting: Shell) -> None:
    """If nothing speaks against it."""
    assert not is_plain(chatting)


@pytest.mark.parametrize(
    ("arguments", "setting", "variables", "expected"),
    [
        (("--plain",), None, {}, True),
        (("--plain",), False, {}, True),
        ((), True, {}, True),
        (("--no-plain",), True, {}, False),
        ((), False, {}, False),
        ((), None, {"TERM": "dumb"}, True),
        ((), None, {"TERM": None}, True),
        (("--no-plain",), False, {"TERM": "dumb"}, True),
        ((), None, {"ACCESSIBLE": "1"}, True),
        ((), None, {"ACCESSIBLE": "0"}, False),
        ((), False, {"ACCESSIBLE": "1"}, False),
        (("--no-plain",), None, {"ACCESSIBLE": "1"}, False),
    ],
    ids=str,
)
def test_lines_are_chosen(
    chatting: Shell, tmp_path, arguments, setting, variables, expected
) -> None:
    """By the option, else the setting, else the variable; and where a screen cannot be shown."""
    if setting is not None:
        (tmp_path / "settings").mkdir()
        content = json.dumps({"chat": {"plain": setting}})
        (tmp_path / "settings" / "settings.json").write_text(content)

    assert is_plain(chatting, *arguments, **variables) is expected


def test_keys_may_be_those_of_vi(chatting: Shell, service, tmp_path) -> None:
    """The setting decides: Escape leaves the insertion, and x deletes a character."""
    (tmp_path / "settings").mkdir()
    content = json.dumps({"chat": {"keys": "vi"}})
    (tmp_path / "settings" / "settings.json").write_text(content)
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("Why?!")
        terminal.wait_for("Why?!")
        terminal.send("\x1b")
        time.sleep(0.5)  # together with the next key it would be Alt-X
        terminal.send("x")
        terminal.read_until(lambda: "Why?!" not in terminal.text())
        terminal.send("\r")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert service.asked[0][-1] == ("user", "Why?")


@pytest.mark.parametrize("how", ["--no-session", "setting"])
def test_nothing_of_a_chat_that_is_not_stored_is_kept(chatting: Shell, tmp_path, how) -> None:
    """Neither the conversation nor what was entered."""
    if how == "setting":
        (tmp_path / "settings").mkdir()
        (tmp_path / "settings" / "settings.json").write_text('{"sessions": false}')
    arguments = [how] if how == "--no-session" else []
    with ChatTerminal(chatting, *arguments).ready() as terminal:
        terminal.enter("Why a secret?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    stored = [each.read_bytes() for each in (tmp_path / "data").rglob("*") if each.is_file()]
    assert all(b"Why a secret?" not in content for content in stored)


def test_what_was_entered_is_kept(chatting: Shell, tmp_path) -> None:
    """Otherwise."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("Why a secret?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert "Why a secret?" in (tmp_path / "data" / "chat_history.jsonl").read_text()
