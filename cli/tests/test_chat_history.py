"""The history of what was entered in chats."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.chat.history import (
    LARGEST_ENTRY,
    LARGEST_FILE,
    MOST_ENTRIES,
    NAME,
    History,
)
from ollama_cli.settings.own_files import locked


@pytest.fixture
def folder(tmp_path) -> Path:
    """The data folder, which does not exist yet."""
    return tmp_path / "data"


def open_history(folder: Path) -> History:
    """Open the history of a folder; telling anything fails the test."""
    return History(folder, pytest.fail)


def texts(folder: Path) -> list[str]:
    """Return what the next chat finds."""
    return [entry.text for entry in open_history(folder).entries]


def test_the_next_chat_has_the_history(folder) -> None:
    """What was entered is there when the history is opened again, in order."""
    history = open_history(folder)
    for text in ("one", "two\nlines", "漢\x00\u2028"):
        history.add(Entry.of(text))

    assert texts(folder) == ["one", "two\nlines", "漢\x00\u2028"]


@pytest.mark.parametrize("name", ["/model ", "/provider ", "/"])
def test_a_key_after_a_slash_is_not_kept(folder, name) -> None:
    """A key that was entered in the wrong place stays in memory, where it can be corrected."""
    history = open_history(folder)
    history.add(Entry.of(f"{name}sk-ant-api03-AAAABBBBCCCCDDDD"))
    history.add(Entry.of("/model claude-opus-4-20250514"))

    assert len(history.entries) == 2
    assert texts(folder) == ["/model claude-opus-4-20250514"]


def test_what_was_pasted_stays_pasted(folder) -> None:
    """The pieces of an entry are kept, because what was pasted mentions no file."""
    pieces = (Piece("Why? "), Piece("@secret", typed=False))
    open_history(folder).add(Entry(pieces, "Why? [pasted 1]"))

    assert [entry.pieces for entry in open_history(folder).entries] == [pieces]


def test_only_the_user_can_read_it(folder) -> None:
    """The file and its folder are the user's own from their first byte."""
    open_history(folder).add(Entry.of("x"))

    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_written_in_memory(tmp_path, monkeypatch) -> None:
    """Without a folder the history is kept, and no file is made."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path))
    history = History(None, pytest.fail)
    history.add(Entry.of("x"))

    assert [entry.text for entry in history.entries] == ["x"]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_made_by_opening(folder) -> None:
    """Who enters nothing has no file."""
    open_history(folder)

    assert not folder.exists()


def test_a_space_keeps_an_entry_out(folder) -> None:
    """An entry that begins with a space is kept nowhere."""
    history = open_history(folder)
    history.add(Entry.of(" secret"))

    assert not history.entries
    assert texts(folder) == []


def test_an_entry_is_not_repeated(folder) -> None:
    """An entry that is the same as the newest is kept once, also over chats."""
    for text in ("a", "a", "b", "a"):
        open_history(folder).add(Entry.of(text))

    assert texts(folder) == ["a", "b", "a"]


def test_what_was_not_sent_is_kept_for_this_chat(folder) -> None:
    """An entry that was cleared is in no file."""
    history = open_history(folder)
    history.add_here(Entry.of("draft"))

    assert [entry.text for entry in history.entries] == ["draft"]
    assert texts(folder) == []


@pytest.mark.parametrize(
    "line",
    [
        b'"half',
        b"\xff\xfe",
        b"null",
        b"{}",
        b"[]",
        b'[["x"]]',
        b'[["x", 1]]',
        b"[[1, true]]",
        b'["x", true]',
        b"[" * 100_000,
        b"",
        b'"a" "b"',
    ],
)
def test_a_damaged_line_is_passed_over(folder, line) -> None:
    """The lines around one that is damaged are found."""
    open_history(folder).add(Entry.of("before"))
    with (folder / NAME).open("ab") as file:
        file.write(line + b"\n")
    open_history(folder).add(Entry.of("after"))

    assert texts(folder) == ["before", "after"]


def test_a_line_that_was_cut_harms_no_other(folder) -> None:
    """After a chat ended while it wrote, the next entry begins a line of its own."""
    open_history(folder).add(Entry.of("before"))
    with (folder / NAME).open("ab") as file:
        file.write(b'"cut')
    open_history(folder).add(Entry.of("after"))

    assert texts(folder) == ["before", "after"]


def test_the_newest_entries_are_kept(folder) -> None:
    """More entries than the limit push out the oldest."""
    folder.mkdir(mode=0o700)
    lines = [json.dumps(f"entry {number}") for number in range(MOST_ENTRIES + 5)]
    (folder / NAME).write_text("\n".join(lines) + "\n")

    history = open_history(folder)
    assert len(history.entries) == MOST_ENTRIES
    assert history.entries[0].text == "entry 5"
    history.add(Entry.of("newest"))
    assert len(history.entries) == MOST_ENTRIES
    assert history.entries[-1].text == "newest"


def test_the_file_stays_small(folder) -> None:
    """A file that would grow too large loses its oldest half."""
    history = open_history(folder)
    for number in range(60):
        history.add(Entry.of(f"{number} " + "x" * (LARGEST_ENTRY // 2)))
        assert (folder / NAME).stat().st_size < LARGEST_FILE

    found = [int(text.split()[0]) for text in texts(folder)]
    assert found == list(range(found[0], 60))
    assert 10 < len(found) < 40


def test_a_huge_entry_is_kept_for_this_chat(folder) -> None:
    """An entry that is too long for the file is there until the chat ends."""
    history = open_history(folder)
    history.add(Entry.of("x" * LARGEST_ENTRY))

    assert len(history.entries) == 1
    assert texts(folder) == []


def test_the_memory_is_bounded() -> None:
    """Huge entries push out the oldest, and the newest is always kept."""
    history = History(None)
    for number in range(5):
        history.add(Entry.of(f"{number}" * (30 << 20)))

    assert [entry.text[0] for entry in history.entries] == ["3", "4"]


WRITER = """
import sys
from pathlib import Path
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
history = History(Path(sys.argv[1]))
for number in range(60):
    history.add(Entry.of(f"{sys.argv[2]} {number} " + "x" * int(sys.argv[3])))
"""


def written_at_once(folder: Path, length: int) -> dict[str, list[int]]:
    """Return the numbers of entries that are found of each of three chats that write at once."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    writers = [subprocess.Popen([*command, name, str(length)]) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]

    found = [text.split()[:2] for text in texts(folder)]
    return {name: [int(number) for of, number in found if of == name] for name in "abc"}


def test_several_chats_write_at_once(folder) -> None:
    """No entry of chats that run at the same time is lost or damaged."""
    assert written_at_once(folder, 300) == {name: list(range(60)) for name in "abc"}
    assert len((folder / NAME).read_bytes().splitlines()) == 180


def test_several_chats_cut_the_file_at_once(folder) -> None:
    """While one chat cuts the file, no entry of another is lost but the oldest."""
    found = written_at_once(folder, LARGEST_ENTRY - 100)

    for numbers in found.values():
        assert numbers == list(range(60))[len(range(60)) - len(numbers) :]
    assert sum(map(len, found.values())) > 6


def spoil_with_link(folder: Path) -> None:
    """Put a link to somebody else's file in its place."""
    target = folder.parent / "target"
    target.write_text('"foreign"\n')
    (folder / NAME).symlink_to(target)


def spoil_with_folder(folder: Path) -> None:
    """Put a folder in its place."""
    (folder / NAME).mkdir()


def spoil_with_mode(folder: Path) -> None:
    """Let others write to it."""
    (folder / NAME).write_text('"foreign"\n')
    (folder / NAME).chmod(0o666)


def spoil_with_pipe(folder: Path) -> None:
    """Put a pipe in its place, which nobody writes to."""
    os.mkfifo(folder / NAME)


@pytest.mark.parametrize(
    "spoil", [spoil_with_link, spoil_with_folder, spoil_with_mode, spoil_with_pipe]
)
def test_what_is_not_the_users_own_is_not_used(folder, spoil) -> None:
    """A file that others could have written is neither read nor written, which is told once."""
    folder.mkdir(mode=0o700)
    spoil(folder)
    told: list[str] = []
    history = History(folder, told.append)
    history.add(Entry.of("a"))
    history.add(Entry.of("b"))

    assert [entry.text for entry in history.entries] == ["a", "b"]
    assert len(told) == 1
    assert told[0].startswith("what you enter is not kept for the next chat: ")
    if spoil in (spoil_with_link, spoil_with_mode):
        assert (folder / NAME).read_text() == '"foreign"\n'


def test_a_lock_that_is_never_released_disturbs_nothing(folder) -> None:
    """A process that was stopped keeps its lock: the entries stay in memory, which is told once."""
    told = []
    history = History(folder, told.append)
    with locked(folder / NAME):
        history.add(Entry.of("one"))
        history.add(Entry.of("two"))

    assert [entry.text for entry in history.entries] == ["one", "two"]
    assert told == ["what you enter is not kept for the next chat: another process keeps it locked"]
    history.add(Entry.of("three"))
    assert texts(folder) == ["three"]


def test_a_folder_that_cannot_be_made_disturbs_nothing(tmp_path) -> None:
    """The history goes on in memory, and says so once."""
    (tmp_path / "file").write_text("")
    told: list[str] = []
    history = History(tmp_path / "file" / "data", told.append)
    history.add(Entry.of("a"))
    history.add(Entry.of("b"))

    assert [entry.text for entry in history.entries] == ["a", "b"]
    assert len(told) == 1


FULL = """
import resource, signal, sys
from pathlib import Path
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (105, 105))
history = History(Path(sys.argv[1]))
for number in range(30):
    history.add(Entry.of(f"entry {number}"))
print(len(history.entries))
"""


def test_a_full_disk_disturbs_nothing(folder) -> None:
    """When nothing more can be written, whole entries are in the file, and it is told once."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "30\n"
    assert len(done.stderr.splitlines()) == 1
    assert (folder / NAME).read_bytes().endswith(b'"\n')
    assert texts(folder) == [f"entry {number}" for number in range(len(texts(folder)))]
    assert texts(folder)


PIECES = st.lists(st.builds(Piece, st.text(), st.booleans()), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(PIECES, max_size=4))
def test_any_text_comes_back(tmp_path_factory, entries) -> None:
    """Whatever was entered is found again, piece by piece."""
    folder = tmp_path_factory.mktemp("history") / "data"
    history = open_history(folder)
    for pieces in entries:
        history.add(Entry(tuple(pieces), ""))

    kept = [entry.text for entry in history.entries]
    assert texts(folder) == kept
