"""The input of the chat in the user's own editor."""

import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.screen.editing.folding import MOST_TYPED

from ._chat_input import ENTER, ESC, Typist, pasted, typist

EDIT = "\x18\x05"
LONG = "\n".join(f"line @{number}" for number in range(12))


@pytest.fixture
def editor(tmp_path, monkeypatch) -> Callable[[str], None]:
    """Let the editor be a program in Python, to which ``path`` is the file, ``text`` what is in it.

    What was edited, and how, is in the folder ``seen``.
    """
    monkeypatch.delenv("VISUAL", raising=False)
    (tmp_path / "files").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "files"))

    def use(program: str) -> None:
        script = tmp_path / "my editor.py"
        script.write_text(
            "import os, sys\nfrom pathlib import Path\n"
            "path = Path(sys.argv[-1])\ntext = path.read_bytes().decode()\n"
            f"Path({str(tmp_path / 'seen')!r}).write_text(text)\n{program}\n"
        )
        monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}'")

    return use


def left(tmp_path: Path) -> list[Path]:
    """Return the files for the editor that are left."""
    return list((tmp_path / "files").iterdir())


async def edit(chat: Typist, text: str) -> None:
    """Edit the input, and wait until the input is a text."""
    await chat.type(EDIT)
    await chat.until(lambda: chat.text == text)


async def test_the_input_is_edited(editor, tmp_path) -> None:
    """What the editor leaves is the new input; it is not sent, and its file is gone."""
    editor("path.write_text(text.upper() + '\\n')")
    async with typist() as chat:
        await chat.type("one\\", ENTER, "two")
        await edit(chat, "ONE\nTWO")
        assert (tmp_path / "seen").read_text() == "one\ntwo"
        assert left(tmp_path) == []
        assert not chat.sent
        await chat.type("!", ENTER)

        assert chat.sent == [Entry.of("ONE\nTWO!")]


async def test_pastes_are_unfolded(editor, tmp_path) -> None:
    """The editor gets all of a paste, and what it leaves counts as typed."""
    editor("path.write_text(text + ' more')")
    async with typist() as chat:
        await chat.type("Why? ", pasted(LONG))
        await edit(chat, f"Why? {LONG} more")

        assert (tmp_path / "seen").read_text() == f"Why? {LONG}"
        assert chat.editor.entry == Entry.of(f"Why? {LONG} more")


async def test_a_huge_text_is_folded(editor) -> None:
    """A text that would make typing slow is folded when it comes back, and is sent whole."""
    editor(f"path.write_text('x' * {MOST_TYPED + 1})")
    async with typist() as chat:
        await edit(chat, "x" * (MOST_TYPED + 1))
        assert chat.shown == "[typed 1: 1 line, 10 kB]"
        await chat.type(ENTER)

        assert [entry.text for entry in chat.sent] == ["x" * (MOST_TYPED + 1)]


async def test_nobody_else_can_read_it(editor, tmp_path) -> None:
    """The file is the user's own, in a folder of the user's own."""
    editor("path.write_text(f'{path.stat().st_mode} {path.parent.stat().st_mode}')")
    async with typist() as chat:
        await chat.type(EDIT)
        await chat.until(lambda: chat.text)
        modes = [stat.S_IMODE(int(mode)) for mode in chat.text.split()]

    assert modes == [0o600, 0o700]


async def test_v_is_the_key_in_vi(editor) -> None:
    """With vi keys, v opens the editor from the command mode."""
    editor("path.write_text('edited')")
    async with typist(vi=True) as chat:
        await chat.type("x")
        await chat.send(ESC)
        await chat.until(chat.is_commanding)
        await chat.type("v")
        await chat.until(lambda: chat.text == "edited")


async def test_visual_comes_first(editor, monkeypatch, tmp_path) -> None:
    """VISUAL names the editor if both variables are set."""
    editor("path.write_text('edited')")
    monkeypatch.setenv("VISUAL", os.environ["EDITOR"])
    monkeypatch.setenv("EDITOR", str(tmp_path / "missing"))
    async with typist() as chat:
        await edit(chat, "edited")


async def test_what_is_put_back_meanwhile_stays(editor, tmp_path) -> None:
    """An entry that comes back while the editor is open stands after what was edited."""
    editor(
        f"go = Path({str(tmp_path / 'go')!r})\nimport time\n"
        "while not go.exists(): time.sleep(0.01)\npath.write_text('edited')"
    )
    async with typist() as chat:
        await chat.type(EDIT)
        await chat.until((tmp_path / "seen").exists)
        chat.editor.put(Entry.of("not sent"))
        (tmp_path / "go").touch()
        await chat.until(lambda: chat.text == "edited\nnot sent")


async def test_undo_takes_it_back(editor) -> None:
    """What was there before can be had again."""
    editor("path.write_text('edited')")
    async with typist() as chat:
        await chat.type("before")
        await edit(chat, "edited")
        await chat.type("\x1f")

        assert chat.text == "before"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("sys.exit(3)", "failed (3); the input is as it was"),
        ("path.write_bytes(b'\\xff')", "what the editor left cannot be read: "),
        ("path.unlink()", "what the editor left cannot be read: No such file or directory"),
    ],
)
async def test_an_editor_that_fails_is_one_line(editor, tmp_path, capsys, program, told) -> None:
    """What goes wrong is told in a line, and the input stays as it was."""
    editor(program)
    assert told in await failure(capsys)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/missing/editor --wait", "the editor /missing/editor cannot be started: No such file"),
        ("vi 'quote", "EDITOR is not a command: No closing quotation"),
        ("a\x1b[2Jb", "the editor ab cannot be started: No such file"),
    ],
)
async def test_an_editor_that_is_missing_is_one_line(monkeypatch, capsys, command, told) -> None:
    """An editor that cannot be started is told in a line."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", command)
    assert told in await failure(capsys)


async def test_no_editor_at_all(monkeypatch, capsys) -> None:
    """Without any editor the line says how to name one."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", " ")
    monkeypatch.setenv("PATH", "")
    assert "the variable EDITOR can name one" in await failure(capsys)


async def failure(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is told about an editor that fails."""
    written = ""

    def told() -> bool:
        nonlocal written
        written += capsys.readouterr().err
        return "\n" in written

    async with typist() as chat:
        await chat.type("before", EDIT)
        await chat.until(told)
        assert chat.text == "before"
    assert written.startswith("Error: ")
    assert written.count("\n") == 1
    return written
