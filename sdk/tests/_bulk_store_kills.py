"""Kills a process that writes a journal, again and again, and compares the file with its reports.

A child reports each call that returned, by a pipe, before it goes on. The parent kills it at
a random moment and reads what it said. Run by ``test_bulk_store_kills``, as a program, because
a process with threads cannot be forked safely.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.shards import Shard
from provider_sdk.bulk.store import Journal, JournalReader, RunDirectory
from provider_sdk.bulk.store.manifest import InputFacts, Manifest

ROWS = 100_000
AT_ONCE = 32


def text_of(row: int) -> str:
    return f"answer {row} " * (1 + row % 50)


def killed_child(work: Callable[[int], None], seconds: float, *, once_heard: bool = False) -> bytes:
    """Let a child work for some time, kill it, and return what it reported.

    The time begins at its start, or at its first report.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        work(writing)
        os._exit(0)
    os.close(writing)
    reported = os.read(reading, 1 << 20) if once_heard else b""
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    while block := os.read(reading, 1 << 20):
        reported += block
    os.close(reading)
    os.waitpid(pid, 0)
    return reported


async def write(path: Path, fence: int, report: Callable[[str], None]) -> None:
    journal = Journal.open(path, fence=fence)
    report("o 0 0")
    ended, attempts = journal.ended(), journal.attempts()
    rows = iter(row for row in range(ROWS) if row not in ended)

    async def lane() -> None:
        for row in rows:
            attempt = attempts.get(row, 0) + 1
            await journal.intend(row, attempt)
            report(f"i {row} {attempt}")
            await asyncio.sleep(0)
            await journal.record(
                Result(
                    index=row,
                    id=f"row-{row}",
                    input_hash="",
                    state="done",
                    attempts=attempt,
                    text=text_of(row),
                )
            )
            report(f"r {row} {attempt}")

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))


def kill_writers(path: Path, kills: int, dice: random.Random) -> None:
    ended: set[int] = set()
    doubtful: set[int] = set()
    for kill in range(1, kills + 1):

        def work(pipe: int, fence: int = kill) -> None:
            def report(what: str) -> None:
                os.write(pipe, f"{what}\n".encode())

            asyncio.run(write(path, fence, report))

        reported = killed_child(work, dice.uniform(0, 0.15), once_heard=kill % 2 == 0)
        lines = reported.decode().splitlines()
        with JournalReader.open(path) as journal:
            now, attempts = journal.ended(), journal.attempts()
            for line in lines:
                kind, row, attempt = line[0], *map(int, line[2:].split())
                if kind == "i":
                    assert row in now or attempts[row] >= attempt, f"lost: {line}"
                    assert row not in ended, f"sent again: {line}"
                if kind == "r":
                    [result] = journal.results(row, row)
                    assert (result.text, result.attempts) == (text_of(row), attempt), line
            assert ended <= now, "a durable result is gone"
            assert len(journal.doubtful()) <= AT_ONCE
            doubtful |= journal.doubtful().keys()
            ended = now
    with JournalReader.open(path) as journal:
        twice = {row.index for row in journal.sent_twice()}
        assert twice <= doubtful, "sent twice without having been in doubt"
        assert len(list(journal.results())) == journal.totals().done == len(ended)
    print(len(ended), len(twice))


def kill_beginners(folder: Path, kills: int, dice: random.Random) -> None:
    shards = tuple(Shard(number, number, 1, number) for number in range(8))
    facts = InputFacts(path="in", format="jsonl", size=1, digest="sha256:0", rows=8)
    manifest = Manifest(input=facts, provider="hf", shards=shards)
    for kill in range(kills):
        path = folder / f"run-{kill}"

        def work(_: int, path: Path = path) -> None:
            RunDirectory.create(path).begin(manifest)

        killed_child(work, dice.uniform(0, 0.12))
        directory = RunDirectory.create(path)
        if directory.read_manifest() is None:
            directory.begin(manifest)
        for shard in shards:
            with JournalReader.open(directory.journal_path(shard.number)) as journal:
                assert journal.ended() == set()
    print(kills)


if __name__ == "__main__":
    what, place, times, seed = sys.argv[1:]
    kill_all = {"write": kill_writers, "begin": kill_beginners}[what]
    kill_all(Path(place), int(times), random.Random(seed))
