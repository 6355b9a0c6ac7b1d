"""Settings, hooks, trust and status lines that change or fail while the chat is on a terminal."""

import json
from pathlib import Path

import pytest

from ._chat_terminal import ChatTerminal
from ._conducted import Conducted
from ._project import hooks, write_project
from ._settings import write_settings
from ._shell import Shell


@pytest.fixture
def project(chatting: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project in which the command runs."""
    made = write_project(tmp_path / "work", {".ollama/prompts/one.md": "One."})
    monkeypatch.chdir(made)
    return made


def status_line(tmp_path: Path, name: str, program: str) -> None:
    """Write an executable of the user that prints a status line."""
    write_settings(tmp_path, status_line=[name])
    folder = tmp_path / "settings" / "status_lines"
    folder.mkdir(mode=0o700)
    (folder / name).write_text(f"#!/bin/sh\n{program}\n")
    (folder / name).chmod(0o700)


def test_status_line_is_shown(chatting: Shell, service: Conducted, tmp_path: Path) -> None:
    """What the user's executable prints stands below the input."""
    status_line(tmp_path, "mine", "cat > /dev/null; echo my own line")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("my own line")
        assert terminal.leave() == 0


def test_status_line_that_hangs(chatting: Shell, service: Conducted, tmp_path: Path) -> None:
    """Neither keys nor answers wait for it."""
    status_line(tmp_path, "slow", f"touch {tmp_path}/started; sleep 60")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.read_until((tmp_path / "started").exists)
        (tmp_path / "started").unlink()
        terminal.send("typed")
        terminal.wait_for("typed")
        answer = service.answer().say("Well.").end()
        terminal.enter(" on")
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard[-1] == ("user", "typed on")


def test_status_line_with_control_codes(
    chatting: Shell, service: Conducted, tmp_path: Path
) -> None:
    """Only its text is shown."""
    codes = r"\033]0;stolen\007\033[2J\033[?1049h\302\2331A\342\200\256left\rright\ttab"
    status_line(tmp_path, "wild", f"cat > /dev/null; printf '{codes}\\nsecond line\\n'")
    with ChatTerminal(chatting, first="stays here\r\n").ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("left")
        assert terminal.leave() == 0

    assert b"stolen" not in terminal.written
    assert b"\x1b[?1049h" not in terminal.written
    assert "\u202e".encode() not in terminal.written
    assert "second line" not in terminal.text()
    assert terminal.lines()[0] == "stays here"


def test_status_line_that_is_very_long(chatting: Shell, service: Conducted, tmp_path: Path) -> None:
    """It takes one line, and the input stays where it was."""
    status_line(tmp_path, "long", "cat > /dev/null; head -c 5000 /dev/zero | tr '\\0' x")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("xxxx")
        terminal.send("typed")
        terminal.wait_for("typed")
        assert len([line for line in terminal.lines() if "xxx" in line]) == 1


def test_settings_that_change(chatting: Shell, service: Conducted, tmp_path: Path) -> None:
    """A new alias counts in the next message."""
    write_settings(tmp_path)
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        write_settings(tmp_path, aliases={"quick": "hf/org/quick"})
        terminal.enter("/model quick")
        terminal.wait_for("org/quick")
        answer = terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.body["model"] == "org/quick"


def test_settings_that_break(chatting: Shell, service: Conducted, tmp_path: Path) -> None:
    """They are told, once; the chat goes on with the old ones, and with the mended ones."""
    file = write_settings(tmp_path)
    with ChatTerminal(chatting, columns=200).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        file.write_text("{ broken")
        terminal.enter("And then?")
        terminal.read_until(lambda: terminal.times("settings.json") == 1)
        terminal.wait_for("Blue.")
        terminal.enter("/model")
        terminal.wait_for("hf answers")
        write_settings(tmp_path, aliases={"quick": "hf/org/quick"})
        terminal.enter("/model quick")
        terminal.wait_for("org/quick")
        assert terminal.leave() == 0
        assert "Traceback" not in terminal.text()


def test_hook_that_appears(chatting: Shell, service: Conducted, tmp_path: Path) -> None:
    """A hook of the user's settings counts from the next message on; a denial is one line."""
    write_settings(tmp_path)
    with ChatTerminal(chatting, columns=200).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        denies = hooks("echo not today >&2; exit 2", "UserPromptSubmit")
        write_settings(tmp_path, hooks=denies)
        terminal.enter("secret")
        terminal.wait_for("not today")
        write_settings(tmp_path)
        terminal.send("\x03")
        answer = terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert len(service.asked) == 2
    assert answer.heard[-1] == ("user", "And then?")


def test_project_that_changes_is_not_trusted_any_more(
    chatting: Shell, service: Conducted, project: Path
) -> None:
    """A hook that somebody adds to a trusted project is not run, and a line says so."""
    assert chatting.run("trust", "--yes").returncode == 0
    with ChatTerminal(chatting, columns=200).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        file = project / ".ollama" / "settings.json"
        file.write_text(json.dumps({"hooks": hooks("touch ran", "UserPromptSubmit")}))
        file.chmod(0o644)
        terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        terminal.wait_for("trust")
        assert terminal.leave() == 0

    assert not (project / "ran").exists()


def test_project_that_becomes_trusted(chatting: Shell, service: Conducted, project: Path) -> None:
    """Its hook runs from the next message on."""
    file = project / ".ollama" / "settings.json"
    file.write_text(json.dumps({"hooks": hooks("touch ran", "UserPromptSubmit")}))
    file.chmod(0o644)
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert not (project / "ran").exists()
        assert chatting.run("trust", "--yes").returncode == 0
        terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert (project / "ran").exists()


def test_hook_that_prints_does_not_spoil_the_screen(
    chatting: Shell, service: Conducted, tmp_path: Path
) -> None:
    """What a hook writes to its own streams is kept from the terminal, or shown as text."""
    noisy = r"printf '\033[2J\033[?1049hnoise\n' >&2; printf '\033]0;stolen\007' > /dev/tty || true"
    write_settings(tmp_path, hooks=hooks(noisy, "UserPromptSubmit"))
    with ChatTerminal(chatting, first="stays here\r\n").ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.leave() == 0

    assert b"\x1b[?1049h" not in terminal.written
    assert b"\x1b[2J" not in terminal.written
    assert b"stolen" not in terminal.written
    assert terminal.lines()[0] == "stays here"


def test_background_process_of_a_hook_cannot_read_the_keys(
    chatting: Shell, service: Conducted, tmp_path: Path
) -> None:
    """What is typed reaches the chat alone."""
    write_settings(tmp_path, hooks=hooks("head -c 3 > /dev/null; exit 0", "UserPromptSubmit"))
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        terminal.send("abcdef")
        terminal.wait_for("abcdef")
        answer.say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.shown().count("abcdef") == 1
