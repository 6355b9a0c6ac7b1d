"""Runs whose workers are processes of this machine."""

import asyncio
import json
import os
import sys
from functools import partial

import pytest
from provider_sdk import ProviderAuthError
from provider_sdk.bulk import BulkError, BulkInputError, BulkRun, Limits
from provider_sdk.bulk.engines import child
from provider_sdk.bulk.engines.messages import Answer, Ended, Renew, message_of, to_line
from provider_sdk.bulk.engines.packing import pack_job
from provider_sdk.bulk.engines.processes import ProcessEngine, Processes
from provider_sdk.bulk.limits import Grant

from ._bulk_run import Scripted, job, write_input
from ._bulk_run_child import dying, dying_once, echoing, interrupted_once, rejected


@pytest.fixture
def rows(tmp_path):
    """An input of five rows."""
    return write_input(tmp_path / "in.jsonl", [f"row {number}" for number in range(5)])


def _run(rows, make_provider, processes=2, **changes):
    return BulkRun(
        rows,
        out=rows.with_name("out.jsonl"),
        make_provider=make_provider,
        engine=ProcessEngine(processes),
        limits=Limits(concurrency=16),
        **changes,
    )


def _texts(rows):
    lines = rows.with_name("out.jsonl").read_text().splitlines()
    return [json.loads(line)["text"] for line in lines]


async def test_rows_are_asked_by_another_process(rows):
    """What a provider prints there is no message."""
    report = await _run(rows, echoing).run()

    assert report.done == 5
    assert all(text.startswith(f"row {index} ") for index, text in enumerate(_texts(rows)))
    assert str(os.getpid()) not in " ".join(_texts(rows))


async def test_the_error_of_a_process_is_that_of_the_run(rows):
    """Of the same class, with its hint."""
    with pytest.raises(ProviderAuthError, match=r"wrong key\. Check it\.") as raised:
        await _run(rows, rejected).run()

    assert raised.value.status == 401


async def test_a_process_that_dies_is_replaced(rows, tmp_path):
    """Its shard goes to another, and the row that it was at is named."""
    report = await _run(rows, partial(dying_once, tmp_path / "mark"), processes=1).run()

    assert report.done == 5
    assert "2" in report.sent_twice
    assert _texts(rows) == [f"row {index}" for index in range(5)]


async def test_a_process_that_is_interrupted_is_replaced(tmp_path):
    """It ends in order, and the rows that it leaves are asked all the same."""
    rows = write_input(tmp_path / "in.jsonl", [f"row {number}" for number in range(40)])
    make_provider = partial(interrupted_once, tmp_path / "mark")
    run = _run(rows, make_provider, processes=1)
    async with asyncio.timeout(60):
        report = await run.run()

    assert (report.done, report.left) == (40, 0)
    assert _texts(rows) == [f"row {index}" for index in range(40)]


async def test_processes_that_die_again_and_again_stop_the_run(rows, tmp_path):
    """Somebody has to look at it."""
    parent = os.getpid()

    # The parent makes a provider too, to see that it can be made.
    with pytest.raises(BulkError, match="died"):
        await _run(rows, partial(_dying_elsewhere, parent), processes=1).run()


def _dying_elsewhere(parent):
    return dying(None) if os.getpid() != parent else Scripted()


async def test_a_cancelled_run_ends_its_processes(rows):
    """They give their shards back."""
    running = asyncio.create_task(_run(rows, echoing).run())
    await asyncio.sleep(0.2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    report = await _run(rows, echoing).run()

    assert report.done == 5


async def test_a_function_that_cannot_be_imported_is_refused(rows):
    """Before anything is sent."""
    with pytest.raises(BulkInputError, match="make_provider"):
        await _run(rows, lambda: Scripted()).run()


@pytest.mark.parametrize("wrap", [lambda function: function, lambda f: partial(partial(f))])
async def test_a_function_of_the_script_that_was_started_is_refused(rows, wrap):
    """In another process, that script is another one."""

    def make_provider():
        return Scripted()

    make_provider.__module__ = "__main__"
    with pytest.raises(BulkInputError, match="the script that was started"):
        await _run(rows, wrap(make_provider)).run()


def test_there_is_at_least_one_process():
    """Nobody would work."""
    with pytest.raises(ValueError, match="at least one"):
        ProcessEngine(0)


async def test_a_process_that_cannot_be_started_is_one_sentence():
    """Such as when the system has no room for another."""
    with pytest.raises(BulkError, match="cannot be started: No such file"):
        await Processes("", ["/nowhere/python"]).start("worker-0")


async def test_nothing_is_sent_to_a_worker_that_has_gone():
    """It will hear no answer."""
    Processes("").send("worker-0", b"{}")


async def test_a_process_that_does_not_end_is_killed():
    """The run does not wait for it for ever."""
    place = Processes("", [sys.executable, "-c", "import time; time.sleep(100)"], patience=0.1)
    await place.start("worker-0")
    await place.aclose()
    worker, lost = await place.next()

    assert worker == "worker-0"
    assert lost.why == "its process has ended (status -9)"


@pytest.mark.parametrize("said", ["'hello'", "'x' * 2**21"])
async def test_a_process_that_says_something_else_is_lost(said):
    """Such as what a start-up file of the interpreter prints; nobody could answer it."""
    print_and_wait = f"import time; print({said}, flush=True); time.sleep(100)"
    place = Processes("", [sys.executable, "-c", print_and_wait])
    await place.start("worker-0")
    async with asyncio.timeout(30):
        worker, lost = await place.next()
        await place.aclose()

    assert worker == "worker-0"
    assert lost.why == "its process wrote what is not a message to its output"


async def test_a_place_without_processes_closes():
    """None could be started."""
    await Processes("").aclose()


# The process itself, in this one.


class Lines(asyncio.StreamReader):
    """Lines that a parent sends."""

    def send(self, line):
        """Send a line."""
        self.feed_data(line + b"\n")


def _settings(worker_job):
    return json.dumps({"worker": "w", "job": worker_job, "path": sys.path}).encode()


async def _messages(reading, count):
    """Return the messages that a child sends first."""
    found = []
    while len(found) < count:
        line = await asyncio.to_thread(reading.readline)
        found.append(message_of(line))
    return found


@pytest.fixture
def pipe():
    """What a child writes to, and where that is read."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        yield writing, file


def _packed(folder):
    return pack_job(job(directory=folder, make_provider=echoing))


async def test_a_child_asks_for_shards_and_says_how_it_ended(pipe, tmp_path):
    """Here the desk has none."""
    writing, reading = pipe
    lines = Lines()
    lines.send(_settings(_packed(tmp_path)))
    running = asyncio.create_task(child.run(lines, writing))
    said = []
    while not any(isinstance(each, Ended) for each in said):
        [message] = await _messages(reading, 1)
        said.append(message)
        if not isinstance(message, Ended):
            lines.send(to_line(_answer(message)))
    await running
    os.close(writing)

    assert said[-1] == Ended(None)


def _answer(message):
    if isinstance(message, Renew):
        return Answer(message.number, grant=Grant(seconds=1.0, concurrency=1))
    return Answer(message.number)


@pytest.mark.parametrize("end", ["stop", "eof"])
async def test_a_child_ends_when_it_is_told_or_left_alone(pipe, tmp_path, end):
    """Nobody would hear what it does."""
    writing, reading = pipe
    lines = Lines()
    lines.send(_settings(_packed(tmp_path)))
    running = asyncio.create_task(child.run(lines, writing))
    await _messages(reading, 1)
    if end == "stop":
        lines.send(b"stop")
        await asyncio.sleep(0)
    lines.feed_eof()
    await running
    os.close(writing)


async def test_a_child_whose_parent_has_gone_writes_to_nobody(tmp_path):
    """The end of its input says the same."""
    reading, writing = os.pipe()
    os.close(reading)
    lines = Lines()
    lines.send(_settings(_packed(tmp_path)))
    lines.feed_eof()
    await child.run(lines, writing)
    os.close(writing)


def test_the_output_of_a_child_is_for_messages_alone(tmp_path):
    """Whatever prints, prints where errors go."""
    said, errors = tmp_path / "said", tmp_path / "errors"
    read_end, write_end = os.pipe()
    os.write(write_end, _settings(_packed(tmp_path)) + b"\n")
    os.close(write_end)
    output = os.open(said, os.O_CREAT | os.O_RDWR)
    error = os.open(errors, os.O_CREAT | os.O_RDWR)
    child.main(read_end, output, error)
    os.write(output, b"printed\n")
    os.close(output)
    os.close(error)

    assert isinstance(message_of(said.read_bytes().splitlines()[-1]), Ended)
    assert "printed" in errors.read_text()
