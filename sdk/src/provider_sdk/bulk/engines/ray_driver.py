"""The process that speaks with Ray, for the process that started the run.

Ray changes the process that uses it: it takes over signals and the environment, prints to both
outputs, and tells the cluster the command line. So it gets a process of its own.

Input is lines: a JSON object with the settings first, then `start NAME`, `say NAME LINE` and
`stop`. Output is a line `NAME LINE` for each message of a worker; a message of this process has
`-` for a name. When the input ends, workers are stopped, and so is the cluster if it was started
here.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from provider_sdk.bulk.engines.actor import SILENCE_S, WorkerActor
from provider_sdk.bulk.engines.failures import failure_of
from provider_sdk.bulk.engines.messages import Ended, Lost, Message, message_of, to_line
from provider_sdk.bulk.errors import BulkError

_PLACED_WITHIN_S = 300.0
_REACHED_WITHIN_S = 5.0
_STOPPED_WITHIN_S = 10.0

_OBJECT_STORE = 80 * 2**20
"""Bytes that Ray sets aside for large values. A run has no large values; Ray demands 75 MiB."""

_LOOK_S = 0.1
"""How often it is seen whether the input has ended, while Ray starts."""

_LINE_LIMIT = 2**26


class Driver:
    """Starts actors, and carries lines between them and who started the run.

    Args:
        ray: the module, which is connected.
        settings: what the first line says.
        write: writes a line.
    """

    def __init__(
        self, ray: Any, settings: Mapping[str, Any], write: Callable[[bytes], None]
    ) -> None:
        self._ray = ray
        self._settings = settings
        self._write = write
        # Retried calls would be counted twice, and a restarted actor has forgotten its worker.
        self._make = ray.remote(
            num_cpus=1, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD"
        )(WorkerActor).remote
        self._actors: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def run(self, commands: asyncio.StreamReader) -> None:
        """Do what is told until the input ends, then let the workers end."""
        while line := await commands.readline():
            verb, _, rest = line.rstrip(b"\n").partition(b" ")
            worker, _, said = rest.partition(b" ")
            if verb == b"start":
                task = asyncio.create_task(self._run_worker(worker.decode()))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif verb == b"say" and worker.decode() in self._actors:
                self._actors[worker.decode()].hear.remote(said)
            elif verb == b"stop":
                self._stop_all()
        # Without a word before, who started the run was killed: rows in flight are still awaited.
        if self._tasks and not self._stopped:
            self._stop_all(is_alone=True)
            await asyncio.wait(self._tasks, timeout=_STOPPED_WITHIN_S)

    def _stop_all(self, is_alone: bool = False) -> None:
        self._stopped = True
        for actor in self._actors.values():
            actor.stop.remote(is_alone)

    async def _run_worker(self, worker: str) -> None:
        """Start an actor, and pass on what it says until it ends or dies."""
        place = ""
        actor = self._actors[worker] = self._make()
        try:
            async with asyncio.timeout(_PLACED_WITHIN_S):
                place = await actor.start.remote(
                    worker, self._settings["job"], self._settings["folder"]
                )
            while not await self._pass_on(worker, actor):
                pass
        except TimeoutError:
            why = f"{place} has been silent" if place else "no CPU of the cluster was free for it"
            self._tell(worker, Lost(why))
        except Exception as error:  # noqa: BLE001 - Ray's errors have no common class
            self._tell(worker, Lost(_why(error, place)))
        finally:
            del self._actors[worker]
            self._ray.kill(actor)

    async def _pass_on(self, worker: str, actor: Any) -> bool:
        """Pass on what a worker says next; return whether it has ended."""
        async with asyncio.timeout(SILENCE_S):
            said = await actor.listen.remote()
        for line in said:
            self._write(b"%s %s\n" % (worker.encode(), line))
        return any(isinstance(message_of(line), Ended) for line in said)

    def _tell(self, worker: str, message: Message) -> None:
        self._write(b"%s %s\n" % (worker.encode(), to_line(message)))


def _why(error: Exception, place: str) -> str:
    """Return in a few words why an actor ended; what Ray says is a page long."""
    missing = re.search(r"No module named '[\w.]+'", str(error))
    if missing:
        return f"a machine lacks what the workers need ({missing[0]})"
    return f"{place or 'an actor that was being started'} has ended ({type(error).__name__})"


def _connect(settings: Mapping[str, Any]) -> Any:
    """Return Ray, connected to its cluster.

    Raises:
        BulkError: there is no cluster, or it cannot be used.
    """
    address = settings["address"]
    failed: Exception | None = None
    try:
        _reach(address)
        ray = importlib.import_module("ray")
        options = {"log_to_driver": False, "logging_level": logging.CRITICAL}
        if address is None:
            options |= _local(settings)
        ray.init(address=address or "local", **options)
    except Exception as error:  # noqa: BLE001 - Ray's errors have no common class
        failed = error
    if failed is None:
        return ray
    what = f"the Ray cluster {address} cannot be used" if address else "Ray cannot be started here"
    said = " ".join(str(failed).split())[:300] or type(failed).__name__
    raise BulkError(
        f"{what}: {said}",
        hint="Check its address, its token (RAY_AUTH_TOKEN), and that Ray and Python have the same"
        " versions there."
        if address
        else None,
    )


def _reach(address: str | None) -> None:
    """Try to connect to an address with a port, as Ray would try for a minute.

    Raises:
        OSError: nothing listens there.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _REACHED_WITHIN_S).close()


def _local(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a cluster that is only for this run."""
    # Ray opens its folder to everybody; the one around it is private.
    folder = Path(settings["scratch"], "r")
    return {
        "num_cpus": settings["workers"],
        "num_gpus": 0,
        "include_dashboard": False,
        "object_store_memory": _OBJECT_STORE,
        "_temp_dir": str(folder),
        "_plasma_directory": settings["scratch"],  # containers often have a small /dev/shm
    }


async def _drive(output: int) -> None:
    def write(line: bytes) -> None:
        with suppress(BrokenPipeError):
            os.write(output, line)

    commands = asyncio.StreamReader(limit=_LINE_LIMIT)
    protocol = asyncio.StreamReaderProtocol(commands)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    settings = json.loads(await commands.readline())
    try:
        connecting = asyncio.create_task(asyncio.to_thread(_connect, settings))
        while not connecting.done():
            await asyncio.wait([connecting], timeout=_LOOK_S)
            if commands.at_eof():
                shutil.rmtree(settings["scratch"], ignore_errors=True)
                os._exit(1)  # Ray ends what it has started when this process has gone
        ray = connecting.result()
        try:
            write(b"- ready\n")
            await Driver(ray, settings, write).run(commands)
        finally:
            ray.shutdown()
            # Who made it removes it too, unless that process was killed.
            shutil.rmtree(settings["scratch"], ignore_errors=True)
    except BulkError as error:
        write(b"- %s\n" % to_line(Ended(failure_of(error))))


def main() -> None:
    """Run the driver until its input ends."""
    output = os.dup(1)
    os.dup2(2, 1)  # Ray prints
    asyncio.run(_drive(output))
    os._exit(0)  # without what Ray does at the exit, which may wait


if __name__ == "__main__":
    main()
