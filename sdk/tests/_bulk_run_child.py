"""Makes providers in the processes of bulk runs."""

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from provider_sdk import ProviderAuthError
from provider_sdk.bulk import BulkRun, Limits
from provider_sdk.bulk.engines.processes import ProcessEngine

from ._bulk_run import Scripted, answer

AT_ONCE = 8


def echoing() -> Scripted:
    """Answer each prompt with the number of the process."""
    print("this must not be taken for a message")

    async def reply(prompt: str) -> Any:
        return answer(f"{prompt} {os.getpid()}")

    return Scripted(reply)


def rejected() -> Scripted:
    """Raise the error that stops a run."""
    return Scripted(ProviderAuthError("wrong key", status=401, hint="Check it."))


def dying_once(mark: Path) -> Scripted:
    """Kill its process at the third question, unless the mark is there."""

    async def reply(prompt: str) -> Any:
        if prompt == "row 2":
            _die_once(mark)
        return answer(prompt)

    return Scripted(reply)


def interrupted_once(mark: Path) -> Scripted:
    """Interrupt its process at the third question, as Ctrl-C would, unless the mark is there."""

    async def reply(prompt: str) -> Any:
        if prompt == "row 2":
            _die_once(mark, signal.SIGINT)
            await asyncio.sleep(0.1)
        return answer(prompt)

    return Scripted(reply)


def _die_once(mark: Path, kind: signal.Signals = signal.SIGKILL) -> None:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), kind)


def dying(_: Path) -> Scripted:
    """Kill its process at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")


class Serving(Scripted):
    """Answers after a moment, and writes down each question as soon as it is asked."""

    def __init__(self, served: str) -> None:
        super().__init__(self._reply)
        self._file = os.open(served, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    async def _reply(self, prompt: str) -> Any:
        os.write(self._file, f"{prompt}\n".encode())
        await asyncio.sleep(0.02)
        return answer(prompt.upper())


def serving(served: str) -> Serving:
    """Make a provider that counts what it serves in a file."""
    return Serving(served)


def bulk_run(folder: str, processes: int) -> BulkRun:
    """Return a run over ``in.jsonl`` of a folder."""
    return BulkRun(
        Path(folder, "in.jsonl"),
        out=Path(folder, "out.jsonl"),
        make_provider=partial(serving, str(Path(folder, "served"))),
        engine=ProcessEngine(processes) if processes else None,
        limits=Limits(concurrency=AT_ONCE),
    )


def main() -> None:
    """Run it in this process: ``FOLDER PROCESSES``."""
    asyncio.run(bulk_run(sys.argv[1], int(sys.argv[2])).run())
