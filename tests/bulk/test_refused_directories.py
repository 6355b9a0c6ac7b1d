"""A run directory that is not this run's own is refused, and what is in it stays."""

import json
import os
import shutil
import signal
import time

import pytest
from provider_conformance.traffic import Traffic, parse_latency

from tests.bulk._killing import JOURNALS
from tests.bulk._refusing import refusal_of


def state_of(folder):
    """Return every file below a folder with its content."""
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def begun(serve):
    """Return a batch that was killed when some of its rows were answered, and its service."""
    batch, service = serve(Traffic(latency=parse_latency("20ms")), 200, ("--concurrency", "4"))
    process = batch.start()
    while service.counts.requests < 20 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    service.settled()
    return batch, service


def ends_whole(batch, service):
    """Whether the run ends now, with at most the four rows that were in flight sent twice."""
    assert batch.run().returncode == 0
    answers = batch.answers()
    twice = sum(times > 1 for times in service.counts.received.values())
    return [answer["error"] for answer in answers] == [None] * 200 and twice <= 4


CHANGES = {
    "another model": (["-m", "other"], "model"),
    "a system message": (["--system", "Be brief"], "system"),
    "another template": (["--template", "{prompt}!"], "template"),
    "an option": (["-o", "temperature=0.5"], "temperature"),
    "another id column": (["--id-column", "prompt"], "id"),
    "fewer rows": (["--limit", "100"], "rows"),
}


@pytest.mark.parametrize(("options", "word"), CHANGES.values(), ids=CHANGES)
def test_run_that_asks_something_else_is_refused(begun, options, word):
    """What differs is named, nothing is sent, and the run as it was still ends whole."""
    batch, service = begun
    sent = service.counts.requests
    assert word in refusal_of(batch.run(*options))
    assert service.counts.requests == sent
    assert ends_whole(batch, service)


def append_row(path):
    """Add a row at the end."""
    with path.open("a") as file:
        file.write('{"id": "new", "prompt": "hello"}\n')


def change_letter(path):
    """Change one letter: the size stays."""
    path.write_text(path.read_text().replace("Hello", "Hullo", 1))


def swap_rows(path):
    """Swap two rows: size and lines stay."""
    first, second, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([second, first, *rest]))


@pytest.mark.parametrize("change", [append_row, change_letter, swap_rows])
def test_changed_input_is_refused(begun, change):
    """An input that is not what it was is named, and as it was the run ends whole."""
    batch, service = begun
    before, sent = batch.input.read_bytes(), service.counts.requests
    change(batch.input)
    told = refusal_of(batch.run())
    assert "input" in told
    assert service.counts.requests == sent
    batch.input.write_bytes(before)
    assert ends_whole(batch, service)


def test_deleted_input_is_refused_and_loses_nothing(begun):
    """Without its input a run does not go on; with it, it ends whole."""
    batch, service = begun
    hidden = batch.input.rename(batch.folder / "hidden")
    assert "in.jsonl" in refusal_of(batch.run())
    assert "in.jsonl" in refusal_of(batch.verb("resume"))
    hidden.rename(batch.input)
    assert ends_whole(batch, service)


def damage_manifest(directory):
    """Cut the manifest in the middle."""
    path = directory / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])


def empty_manifest(directory):
    """Leave JSON that says nothing."""
    (directory / "manifest.json").write_text("{}")


def edit_manifest(directory):
    """Say that another model was asked."""
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["model"] = "other"
    path.write_text(json.dumps(manifest))


def overwrite_journal(directory):
    """Put text in the place of the journal."""
    for path in directory.glob(JOURNALS):
        path.write_text("nothing " * 1000)


def delete_journal(directory):
    """Remove the journal, and what SQLite keeps beside it."""
    for path in directory.glob(f"{JOURNALS}*"):
        path.unlink()


DAMAGES = [damage_manifest, empty_manifest, edit_manifest, overwrite_journal, delete_journal]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_directory_is_refused_and_not_paid_again(begun, damage):
    """A directory whose files were changed by another hand is refused; nothing is sent anew."""
    batch, service = begun
    kept = batch.folder / "kept"
    shutil.copytree(batch.directory, kept)
    damage(batch.directory)
    sent = service.counts.requests
    done = batch.run()
    refusal_of(done, done.returncode or 2)
    assert service.counts.requests == sent
    shutil.rmtree(batch.directory)
    kept.rename(batch.directory)
    batch.directory.chmod(0o700)
    assert ends_whole(batch, service)


def make_strangers(folder):
    """Return a folder that belongs to another user."""
    if os.geteuid():
        return "/usr"
    path = folder / "strangers"
    path.mkdir(mode=0o777)
    os.chown(path, 65534, 65534)
    return str(path)


def make_open(folder):
    """Return a folder that others may write."""
    path = folder / "open"
    path.mkdir()
    path.chmod(0o777)
    return str(path)


def make_file(folder):
    """Return a file."""
    path = folder / "file"
    path.write_text("mine")
    return str(path)


def make_link(folder):
    """Return a link to a folder."""
    (folder / "elsewhere").mkdir(mode=0o700)
    path = folder / "link"
    path.symlink_to(folder / "elsewhere")
    return str(path)


def make_used(folder):
    """Return a folder with files of something else."""
    path = folder / "photos"
    path.mkdir(mode=0o700)
    (path / "photo.jpg").write_text("mine")
    return str(path)


@pytest.mark.parametrize("make", [make_strangers, make_open, make_file, make_link, make_used])
def test_directory_that_is_not_ours_is_refused(serve, make):
    """A run is kept in a folder of its own, and never in what belongs to others."""
    batch, service = serve()
    path = make(batch.folder)
    before = state_of(batch.folder)
    told = refusal_of(batch.run("--run", path))
    assert path.rpartition("/")[2] in told
    assert service.counts.requests == 0
    after = state_of(batch.folder)
    assert {name: after.get(name) for name in before} == before


def test_strangers_run_is_not_resumed(begun):
    """A run directory that belongs to another user is not gone on with."""
    batch, service = begun
    sent = service.counts.requests
    directory = "/usr"  # for a user who cannot hand a folder over, this one is a stranger's
    if os.geteuid() == 0:
        os.chown(batch.directory, 65534, 65534)
        directory = str(batch.directory)
    told = refusal_of(batch.run("--run", directory))
    assert directory in told
    assert service.counts.requests == sent


def test_second_process_is_refused_and_the_first_goes_on(serve):
    """The second names the process that is at the run, and sends nothing."""
    batch, service = serve(Traffic(latency=parse_latency("100ms")), 100, ("--concurrency", "2"))
    first = batch.start()
    while service.counts.requests < 3:
        assert first.poll() is None
        time.sleep(0.01)
    told = refusal_of(batch.run())
    assert str(first.pid) in told
    assert first.wait(60) == 0
    assert dict(service.counts.received) == {str(row): 1 for row in range(100)}


def test_lock_of_a_dead_process_is_taken_over(begun):
    """A kill leaves a lock behind, which keeps nobody from going on."""
    batch, service = begun
    assert ends_whole(batch, service)


def test_interrupt_says_how_to_go_on(serve):
    """Ctrl-C ends with 130 and the command that resumes, and that command ends the run."""
    batch, service = serve(Traffic(latency=parse_latency("50ms")), 400, ("--concurrency", "2"))
    process = batch.start()
    while service.counts.requests < 10:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    said = (batch.folder / "said.txt").read_text()
    assert f"ollama-cli batch resume {batch.directory}" in said
    assert batch.verb("resume", "--concurrency", "64").returncode == 0
    assert [answer["error"] for answer in batch.answers()] == [None] * 400
