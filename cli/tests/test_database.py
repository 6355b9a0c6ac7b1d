"""The file of the sessions: what may be in its place, and what becomes of it."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from ollama_cli.conversation.changing import delete
from ollama_cli.conversation.database import StoreError
from ollama_cli.conversation.network_folders import is_remote
from ollama_cli.conversation.store import Store
from ollama_cli.conversation.tables import VERSION

from ._conversation import turn

TESTS = Path(__file__).parent
PROGRAM = "from ollama_cli.conversation.store import Store\nfrom tests._conversation import *\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The data folder, which does not exist yet."""
    path = tmp_path / "data"
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(path))
    return path


@pytest.fixture
def file(folder):
    """The file, which does not exist yet, in its folder."""
    folder.mkdir(mode=0o700)
    return folder / "sessions.db"


def refused(*, create=True) -> str:
    """Open the store, which is refused, and return why."""
    with pytest.raises(StoreError) as caught:
        Store.open(create=create)
    assert "\n" not in caught.value.message
    return caught.value.message


def read_all() -> None:
    """Read every turn."""
    with Store.open(create=True) as store:
        for session in store.sessions():
            store.turns(session.id)


def stored() -> Path:
    """Store a turn of 5,000 pages, and return the file, which alone is left."""
    with Store.open(create=True) as store:
        store.begin(turn(answer="x" * 200_000))
        return store.database.path


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_garbage_is_left_as_it_is(file, content, create) -> None:
    """The error names the file and the way out."""
    file.write_bytes(content)
    message = refused(create=create)

    assert message.startswith(f"{file}: it is damaged")
    assert "move the file" in message
    assert file.read_bytes() == content


@pytest.mark.parametrize("create", [True, False])
def test_empty_file_is_a_new_one(file, create) -> None:
    """A process may have been killed right after it made the file."""
    file.touch(0o600)

    with Store.open(create=create) as store:
        assert store.sessions() == []
        store.begin(turn())
    with Store.open(create=False) as store:
        assert len(store.sessions()) == 1


def test_file_without_tables_is_a_new_one(file) -> None:
    """A process may have been killed before it made them."""
    other = sqlite3.connect(file)
    other.execute("PRAGMA journal_mode = WAL")
    other.close()

    with Store.open(create=False) as store:
        assert store.sessions() == []
        store.begin(turn())
        assert store.database.run("PRAGMA user_version") == [(VERSION,)]


def test_file_that_was_cut_is_left_as_it_is(folder) -> None:
    """What is missing is told once it is read; nothing is written over the rest."""
    file = stored()
    content = file.read_bytes()[:20_000]
    file.write_bytes(content)

    with pytest.raises(StoreError, match="it is damaged"):
        read_all()
    assert file.read_bytes() == content


def test_overwritten_pages_are_left_as_they_are(folder) -> None:
    """Reading and writing tell of the damage; neither repairs it by loss."""
    file = stored()
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(os.urandom(12 * 4096))
    before = file.read_bytes()

    for use in (Store.sessions, lambda store: store.begin(turn())):
        with pytest.raises(StoreError, match="damaged"), Store.open(create=True) as store:
            use(store)
    assert file.read_bytes() == before


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"messages": [{"role": "x"}]}', "[" * 9999])
def test_turn_that_is_damaged_is_told(folder, body) -> None:
    """Text that is not a turn is a damage, too."""
    with Store.open(create=True) as store:
        session = store.begin(turn())
        store.database.run("UPDATE turns SET body = ?", body)

        with pytest.raises(StoreError, match="it is damaged"):
            store.turns(session.id)


def test_text_that_is_not_unicode_is_told(folder) -> None:
    """Bytes that no text has are a damage, too."""
    with Store.open(create=True) as store:
        store.begin(turn())
        store.database.run("UPDATE sessions SET title = CAST(x'ff00ff' AS TEXT)")

        with pytest.raises(StoreError, match="it is damaged"):
            store.sessions()


def test_file_of_a_later_version_is_left_as_it_is(folder) -> None:
    """The error says to update."""
    with Store.open(create=True) as store:
        store.begin(turn())
        store.database.run(f"PRAGMA user_version = {VERSION + 1}")
    before = (folder / "sessions.db").read_bytes()

    assert "a later version of ollama-cli made it" in refused()
    assert (folder / "sessions.db").read_bytes() == before


def test_file_of_another_program_is_left_as_it_is(file) -> None:
    """Even if it is a database."""
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE sessions (x)")
    other.close()
    before = file.read_bytes()

    assert "another program made it" in refused()
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["sessions.db", "sessions.db-wal", "sessions.db-shm"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe"])
def test_what_is_no_file_is_refused(folder, tmp_path, name, kind) -> None:
    """Nothing is written where a link leads, and nothing waits for a pipe."""
    stored()
    place, target = folder / name, tmp_path / "target"
    place.unlink(missing_ok=True)
    if kind == "link":
        target.write_bytes(b"mine")
    if "link" in kind:
        place.symlink_to(target)
    elif kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)

    assert f"because {name} is a link or not a file" in refused()
    assert f"because {name} is a link or not a file" in refused(create=False)
    assert not target.exists() or target.read_bytes() == b"mine"


def test_link_in_place_of_the_folder_is_refused(folder, tmp_path) -> None:
    """Nothing is written where somebody else may have led."""
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")

    assert "its folder is a link" in refused()
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_folder_of_others_is_refused(file, create) -> None:
    """Others could have put a file there."""
    file.touch(0o600)
    file.parent.chmod(0o777)

    assert "others can write to its folder" in refused(create=create)


def test_file_of_others_is_refused(file) -> None:
    """Others could have written it."""
    file.touch()
    file.chmod(0o666)

    assert "others can write to sessions.db" in refused()


def test_file_that_others_can_read_is_closed_to_them(folder) -> None:
    """For example after it was copied."""
    stored().chmod(0o644)
    with Store.open(create=False) as store:
        store.begin(turn())
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {0o600}


def test_data_folder_that_is_a_file_is_told(folder) -> None:
    """It is not taken for a folder without sessions."""
    folder.write_text("a file")

    assert "its folder is a link or a file" in refused()
    assert "Not a directory" in refused(create=False)
    assert folder.read_text() == "a file"


def test_without_a_home_folder_the_variable_is_named(monkeypatch) -> None:
    """In one sentence."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", "~no-such-user/data")

    assert "set OLLAMA_CLI_DATA_DIR" in refused()


@pytest.mark.parametrize("name", ["a b", "a?b#c", "a%20b", "ü", "\udcff"])
def test_folder_may_have_any_name(tmp_path, monkeypatch, name) -> None:
    """Also one that means something in an address."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / name))
    stored()

    assert (tmp_path / name / "sessions.db").is_file()


def test_log_of_a_dead_process_is_read(folder, tmp_path) -> None:
    """What only the write-ahead log has is not lost."""
    with Store.open(create=True) as store:
        session = store.begin(turn())
        copy = tmp_path / "copy"
        copy.mkdir(mode=0o700)
        for name in ("sessions.db", "sessions.db-wal"):
            shutil.copyfile(folder / name, copy / name)
            (copy / name).chmod(0o600)
    shutil.rmtree(folder)
    copy.rename(folder)

    with Store.open(create=False) as store:
        assert store.turns(session.id) == [turn()]


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /nfs rw - nfs4 server:/nfs rw
31 30 8:2 / /nfs/local rw shared:2 - xfs /dev/sdb rw
32 22 0:41 / /with\040space rw - fuse.sshfs me@server:/ rw
33 22 0:42 / /twice rw - cifs //server/x rw
34 22 0:43 / /twice rw - tmpfs tmpfs rw
broken
"""


@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/", False),
        ("/nfsstead", False),
        ("/nfs/me/share", True),
        ("/nfs/local/me", False),
        ("/with space/me", True),
        ("/twice", False),
    ],
)
def test_folder_of_another_computer_is_known(tmp_path, folder, remote) -> None:
    """By the file system that is mounted nearest to it."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)

    assert is_remote(Path(folder), mounts) is remote
    assert not is_remote(Path(folder), tmp_path / "missing")
    assert not is_remote(tmp_path)


def test_file_without_a_write_ahead_log_works(folder) -> None:
    """As on a network folder: turns are stored and erased, and no other user can read them."""
    stored()
    with Store.open(create=True) as store:
        [(mode,)] = store.database.run("PRAGMA journal_mode = DELETE")
        session = store.begin(turn("canary"))
        with store.database.transaction():
            store.database.run("UPDATE sessions SET title = 'x'")
            modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
            names = {path.name for path in folder.iterdir()}
        assert delete(store, [session.id])

    assert mode == "delete"
    assert names == {"sessions.db", "sessions.db-journal"}
    assert modes == {0o600}
    assert b"canary" not in (folder / "sessions.db").read_bytes()


def child(code: str, *arguments: str, **extra) -> subprocess.CompletedProcess[str]:
    """Run Python code in another process, beside these tests."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + code, *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=TESTS.parent,
        timeout=60,
        **extra,
    )


FILL = """
import sys, resource
from ollama_cli.conversation.changing import delete
from ollama_cli.conversation.database import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
with Store.open(create=True) as store:
    session, stored = store.begin(turn()).id, 1
    try:
        while True:
            store.append(session, turn(answer="x" * 30_000), calls=[CALL])
            stored += 1
    except StoreError as error:
        print(stored, error.message)
"""


def test_full_disk_loses_nothing_that_was_stored(folder) -> None:
    """The turn that does not fit is told, and no part of it is stored."""
    result = child(FILL)
    stored, _, message = result.stdout.partition(" ")

    assert "space" in message or "full" in message, result
    with Store.open(create=False) as store:
        [session] = store.sessions()
        assert session.turns == int(stored) == 1 + len(list(store.calls()))
        assert store.database.run("PRAGMA integrity_check") == [("ok",)]
        store.append(session.id, turn())


READ_ONLY = """
import os, sys
from ollama_cli.conversation.changing import delete
from ollama_cli.conversation.database import StoreError
if os.geteuid() == 0:  # permissions are for others
    os.setgid(65534)
    os.setuid(65534)
try:
    with Store.open(create=True) as store:
        store.begin(turn())
except StoreError as error:
    print(error.message)
"""


@pytest.mark.parametrize("is_there", [True, False])
def test_folder_that_may_not_be_written_is_told(monkeypatch, is_there) -> None:
    """In one sentence, with the name of the file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", name)
        if is_there:
            stored()
        for path in (*folder.iterdir(), folder):
            path.chmod(0o500)
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534)
        result = child(READ_ONLY)
        folder.chmod(0o700)

    assert result.stdout.startswith(f"{folder}/sessions.db: it ca"), result
    assert result.stdout.count("\n") == 1


WITHOUT_SQLITE = """
import sys
sys.modules["sqlite3"] = None
from ollama_cli.app import cli
cli.main(["sessions"])
"""


def test_python_without_sqlite_is_told() -> None:
    """In one sentence, which is no traceback."""
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_SQLITE], capture_output=True, encoding="utf-8", timeout=60
    )

    assert result.returncode == 1
    assert result.stderr.startswith("Error: sessions.db: this Python was built without SQLite")
    assert result.stderr.count("\n") == 1


WRITE = """
import sys
session = sys.argv[1]
with Store.open(create=True) as store:
    for number in range(200):
        store.append(session, turn(f"{sys.argv[2]} {number}"), calls=[CALL])
"""


def test_two_processes_at_once_lose_nothing(folder) -> None:
    """Each stores two hundred turns of the same session."""
    with Store.open(create=True) as store:
        session = store.begin(turn()).id
    writers = [
        subprocess.Popen([sys.executable, "-c", PROGRAM + WRITE, session, name], cwd=TESTS.parent)
        for name in "ab"
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]

    with Store.open(create=False) as store:
        questions = [each.messages[0].text for each in store.turns(session)][1:]
        assert len(list(store.calls())) == 400
    for name in "ab":
        mine = [question for question in questions if question.startswith(name)]
        assert mine == [f"{name} {number}" for number in range(200)]


BEGIN = """
with Store.open(create=True) as store:
    print(store.begin(turn()).id)
"""


def test_processes_that_make_the_file_at_once_agree(folder) -> None:
    """Eight begin with no file, and each stores its session."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM + BEGIN],
            cwd=TESTS.parent,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(8)
    ]
    ids = [writer.communicate(timeout=120)[0].strip() for writer in writers]

    with Store.open(create=False) as store:
        assert {session.id for session in store.sessions()} == set(ids)
    assert len(set(ids)) == 8


def test_locked_file_is_told(folder) -> None:
    """After some seconds, in one sentence."""
    with Store.open(create=True) as store, Store.open(create=True) as other:
        store.database.run("BEGIN IMMEDIATE")
        other.database.run("PRAGMA busy_timeout = 10")
        with pytest.raises(StoreError, match="another process kept it locked"):
            other.begin(turn())
        store.database.run("ROLLBACK")
        other.begin(turn())


def test_killed_writers_lose_nothing(tmp_path) -> None:
    """What was stored before a kill at any instant is there afterwards."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.kills", "--count", "15"],
        cwd=TESTS.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )

    assert result.returncode == 0, result
    assert "none lost" in result.stdout
