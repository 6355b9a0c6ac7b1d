"""Disks that fill, files that are damaged or gone: one sentence each, and nothing is lost."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import pytest
from provider_sdk.bulk.errors import JournalError
from provider_sdk.bulk.store import Journal, JournalReader, database

from ._bulk_store import answer, new_journal

LARGE = 300_000


@contextmanager
def files_of_at_most(size):
    """The system refuses to write beyond, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def filled(path, rows=50):
    """A journal with some rows; return their results."""
    results = [answer(row, text="x" * 500) for row in range(rows)]
    async with Journal.open(path) as journal:
        await asyncio.gather(*(journal.record(result) for result in results))
    return results


async def test_a_full_disk_ends_all_writing(tmp_path):
    """The call that waits hears it and every later one, so that nothing more is sent."""
    path = new_journal(tmp_path)
    journal = Journal.open(path)
    kept = set()

    async def fill():
        for row in range(1000):
            await journal.record(answer(row, text="x" * 10_000))
            kept.add(row)

    with files_of_at_most(LARGE):
        with pytest.raises(JournalError, match="cannot be"):
            await fill()
        with pytest.raises(JournalError, match="cannot be"):
            await journal.intend(5000, 1)
    with pytest.raises(JournalError):
        await journal.intend(5001, 1)
    await journal.aclose()

    async with Journal.open(path) as again:
        assert kept
        assert again.ended() == kept
        assert again.attempts() == {}


async def test_all_that_wait_at_a_full_disk_hear_it(tmp_path):
    """Each gets an error of its own; none waits for ever."""
    path = new_journal(tmp_path)
    journal = Journal.open(path)
    with files_of_at_most(LARGE):
        outcomes = await asyncio.gather(
            *(journal.record(answer(row, text="x" * 100_000)) for row in range(20)),
            return_exceptions=True,
        )
        await journal.aclose()

    errors = [each for each in outcomes if each is not None]
    assert errors
    assert {type(each) for each in errors} == {JournalError}
    assert len(set(map(id, errors))) == len(errors)
    with JournalReader.open(path) as reader:
        assert len(reader.ended()) == 20 - len(errors)


async def test_a_disk_that_is_full_at_the_begin_is_told(tmp_path):
    """The journal that was to be made is not there."""
    path = tmp_path / "new.journal"
    with files_of_at_most(1000), pytest.raises(JournalError, match="cannot be"):
        database.create(path)

    assert not path.exists()


async def test_a_number_that_sqlite_cannot_keep_is_told(tmp_path):
    """The thread that writes goes on to answer its callers."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        with pytest.raises(JournalError, match="cannot be read or written"):
            await journal.intend(2**64, 1)


async def test_a_file_removed_under_it_is_told(tmp_path):
    """What is written to a removed file is lost with the process."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        await journal.intend(0, 1)
        path.unlink()
        with pytest.raises(JournalError, match="was removed or replaced"):
            await journal.record(answer(0))


async def test_a_log_removed_under_it_is_told(tmp_path):
    """The newest rows are in the log alone."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        await journal.intend(0, 1)
        path.with_name(f"{path.name}-wal").unlink()
        with pytest.raises(JournalError, match="was removed or replaced"):
            await journal.record(answer(0))


async def test_a_file_replaced_under_it_is_told(tmp_path):
    """As by a copy that is restored while the run goes on."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        await journal.intend(0, 1)
        copy = path.with_name("copy")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
        with pytest.raises(JournalError, match="was removed or replaced"):
            await journal.record(answer(0))


def refused(path, match, opening=Journal.open):
    """Opening raises one error, and leaves the file as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(JournalError, match=match):
        opening(path)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("opening", [Journal.open, JournalReader.open])
@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is damaged .it is empty"),
        (b"SQLite format 3\0" + bytes(84), "is damaged|not a journal"),
        (b"x" * 5000, "is damaged"),
        (b"SQLi", "is damaged"),
    ],
)
def test_a_file_that_is_not_a_journal_is_refused(tmp_path, opening, content, match):
    """It is left as it is."""
    path = tmp_path / "a.journal"
    path.write_bytes(content)

    refused(path, match, opening)


def test_a_database_of_something_else_is_refused(tmp_path):
    """Nothing is written to it."""
    path = tmp_path / "a.journal"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sent (row)")
    connection.close()

    refused(path, "is not a journal of a bulk run")


def test_a_later_version_is_refused(tmp_path):
    """An older program must not write what a newer one cannot read."""
    path = new_journal(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    refused(path, "later version .format 99, this one knows 1")


def test_a_directory_in_its_place_is_refused(tmp_path):
    """It is told what it is."""
    refused(tmp_path, "is a link, or not a file")


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_link_in_its_place_is_refused(tmp_path, suffix):
    """SQLite would follow it, and write to wherever it leads."""
    path = new_journal(tmp_path)
    target = tmp_path / "target"
    target.write_bytes(path.read_bytes())
    link = path.with_name(f"{path.name}{suffix}")
    link.unlink(missing_ok=True)
    link.symlink_to(target)

    with pytest.raises(JournalError, match="is a link"):
        Journal.open(path)
    assert target.read_bytes().startswith(b"SQLite")


def test_a_missing_journal_is_told(tmp_path):
    """Rows without one would be paid again, so it is not made anew."""
    with pytest.raises(JournalError, match="cannot be opened: No such file") as raised:
        Journal.open(tmp_path / "0.journal")

    assert "estore it from a copy" in str(raised.value)
    assert not (tmp_path / "0.journal").exists()


def test_a_path_longer_than_sqlite_takes_is_told(tmp_path):
    """It ends at 512 characters."""
    folder = tmp_path
    for _ in range(4):
        folder = folder / ("d" * 150)
    folder.mkdir(parents=True)

    with pytest.raises(JournalError, match="cannot be read or written"):
        database.create(folder / "0.journal")
    (folder / "0.journal").write_bytes(new_journal(tmp_path).read_bytes())
    with pytest.raises(JournalError, match="cannot be read or written"):
        Journal.open(folder / "0.journal")


async def test_a_truncated_journal_is_refused(tmp_path):
    """Whatever its length, it is either refused or whole."""
    path = new_journal(tmp_path)
    await filled(path)
    whole = path.read_bytes()
    for length in range(100, len(whole), 3000):
        path.write_bytes(whole[:length])
        with pytest.raises(JournalError, match="is damaged"):
            Journal.open(path)
        assert path.read_bytes() == whole[:length]


async def test_flipped_bytes_never_give_a_wrong_answer(tmp_path):
    """Each is either noticed in one sentence, or was in a place that nothing is read from."""
    path = new_journal(tmp_path)
    results = await filled(path)
    whole = path.read_bytes()
    noticed = 0
    for place in range(0, len(whole), 211):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            async with Journal.open(path) as journal:
                found = list(journal.results())
                journal.totals()
        except JournalError:
            noticed += 1
            continue
        if len(found) == len(results):
            assert found == results
        else:  # only a whole row can be missing, whose number is damaged
            assert {each.index for each in found} < {each.index for each in results}
    assert noticed


async def test_a_damaged_index_is_noticed_before_anything_is_written(tmp_path):
    """Rows that cannot be found would be paid again."""
    path = new_journal(tmp_path)
    await filled(path, 200)
    whole = bytearray(path.read_bytes())
    with sqlite3.connect(path) as connection:
        [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'contents'")
    connection.close()
    start = (page - 1) * 4096
    whole[start + 12 : start + 16] = b"\xff\xf0\xff\xf1"
    path.write_bytes(whole)

    refused(path, "is damaged")


async def test_a_damaged_result_is_named(tmp_path):
    """By its row, so that somebody can decide what to do."""
    path = new_journal(tmp_path)
    await filled(path, 3)
    content = path.read_bytes()
    place = content.index(b'"id":"row-1"')
    path.write_bytes(content[:place] + b'"id":"row-7"' + content[place + 12 :])

    with (
        JournalReader.open(path) as reader,
        pytest.raises(JournalError, match=r"is damaged .the result of row 1"),
    ):
        list(reader.results())


async def test_a_file_damaged_while_it_is_open_is_told(tmp_path):
    """Reading raises the same error as opening."""
    path = new_journal(tmp_path)
    await filled(path, 500)
    with JournalReader.open(path) as reader:
        size = path.stat().st_size
        os.truncate(path, 4096)
        os.truncate(path, size)

        with pytest.raises(JournalError, match="is damaged"):
            reader.ended()
        with pytest.raises(JournalError, match="is damaged"):
            list(reader.results())


def test_a_journal_kept_locked_is_told(tmp_path):
    """By the error that SQLite raises after its patience."""
    path = new_journal(tmp_path)
    one = sqlite3.connect(path, isolation_level=None)
    two = sqlite3.connect(path, isolation_level=None, timeout=0)
    one.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError) as raised:
        two.execute("BEGIN IMMEDIATE")
    one.close()
    two.close()

    assert "another process kept it locked" in str(database.failure(path, raised.value))


def test_a_full_disk_has_its_own_sentence(tmp_path):
    """By the error that SQLite raises when no page is left."""
    path = new_journal(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("INSERT INTO earlier (cost) VALUES (?)", ("x" * 50_000,))
    connection.close()

    assert "the disk is full" in str(database.failure(path, raised.value))


def test_a_new_journal_meets_no_log_of_an_older_one(tmp_path):
    """SQLite would read it as the new one's own."""
    path = new_journal(tmp_path)
    old = path.with_name("older.journal")
    database.create(old)
    connection = database.connect(old)
    connection.execute("INSERT INTO sent (row, attempts, open) VALUES (7, 1, 1)")
    log = old.with_name(f"{old.name}-wal").read_bytes()
    connection.close()
    path.unlink()
    path.with_name(f"{path.name}-wal").write_bytes(log)

    database.create(path)

    with JournalReader.open(path) as reader:
        assert reader.doubtful() == {}


def test_no_other_user_can_read_its_files(tmp_path):
    """From their first byte, whatever the umask; the log and its index too."""
    path = new_journal(tmp_path)

    async def modes():
        async with Journal.open(path) as journal:
            await journal.intend(0, 1)
            return {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}

    before = os.umask(0)
    try:
        found = asyncio.run(modes())
    finally:
        os.umask(before)

    assert len(found) >= 4
    assert set(found.values()) == {0o600}


FORKING = """
import asyncio, os, sys, warnings
from pathlib import Path
from provider_sdk.bulk.errors import JournalError
from provider_sdk.bulk.store import Journal

async def write(path):
    journal = Journal.open(path)
    await journal.intend(0, 1)
    warnings.simplefilter("ignore")
    pid = os.fork()
    if not pid:
        try:
            asyncio.run(journal.intend(1, 1))
        except JournalError as error:
            os._exit(7 if "from another process" in str(error) else 8)
        finally:
            os._exit(9)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    await journal.intend(2, 1)
    print(code, sorted(journal.doubtful()))
    await journal.aclose()

asyncio.run(write(Path(sys.argv[1])))
"""


def test_a_forked_process_cannot_write(tmp_path):
    """It has no thread that would; it hears so, and its parent goes on."""
    result = subprocess.run(
        [sys.executable, "-c", FORKING, str(new_journal(tmp_path))],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (result.stdout, result.stderr) == ("7 [0, 2]\n", "")
