"""The least that a resumable run must do: aiohttp, and a bare journal of intents and results.

Each row is written down before a byte of it leaves, and its answer before it counts. One thread
writes; whatever waits when a commit ends shares the next. It reads the file, and does nothing else:
no checks, no limits, no retries, no output.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp

_SCHEMA = """
CREATE TABLE intents (row INTEGER, attempt INTEGER, at REAL);
CREATE TABLE results (row INTEGER PRIMARY KEY, answer TEXT);
"""
_INSERT = {
    "intent": "INSERT INTO intents VALUES (?, 1, 0)",
    "result": "INSERT INTO results VALUES (?, ?)",
}
_Wanted = tuple[str, tuple[object, ...], asyncio.Future[None]]


class BareJournal:
    """A SQLite file with one writer: WAL, synchronous FULL, group commit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._wanted: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    async def write(self, kind: str, *values: object) -> None:
        """Return when it is durable."""
        written: asyncio.Future[None] = self._loop.create_future()
        self._wanted.put((kind, values, written))
        await written

    def close(self) -> None:
        """Wait for the thread to end."""
        self._wanted.put(None)
        self._thread.join()

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        while batch := self._next_batch():
            connection.execute("BEGIN")
            for kind, statement in _INSERT.items():
                rows = [values for wanted, values, _ in batch if wanted == kind]
                connection.executemany(statement, rows)
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(_tell, [written for _, _, written in batch])
        connection.close()

    def _next_batch(self) -> list[_Wanted]:
        batch: list[_Wanted] = []
        entry = self._wanted.get()
        while entry is not None:
            batch.append(entry)
            try:
                entry = self._wanted.get_nowait()
            except queue.Empty:
                return batch
        self._wanted.put(None)
        return batch


def _tell(written: list[asyncio.Future[None]]) -> None:
    for each in written:
        each.set_result(None)


async def run(rows: Path, folder: Path, url: str, at_once: int) -> int:
    """Ask every row of the file, and return how many were answered."""
    journal = BareJournal(folder / "journal.sqlite")
    answered = 0

    async def lane(lines: Iterator[tuple[int, str]], session: aiohttp.ClientSession) -> None:
        nonlocal answered
        for number, line in lines:
            prompt = json.loads(line)["prompt"]
            body = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
            await journal.write("intent", number)
            async with session.post(f"{url}/chat/completions", json=body) as reply:
                answer = json.loads(await reply.read())
            await journal.write("result", number, answer["choices"][0]["message"]["content"])
            answered += 1

    with rows.open(encoding="utf-8") as lines:
        connector = aiohttp.TCPConnector(limit=at_once)
        headers = {"authorization": "Bearer hf_benchmark"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            numbered = enumerate(lines)
            await asyncio.gather(*(lane(numbered, session) for _ in range(at_once)))
    journal.close()
    return answered
