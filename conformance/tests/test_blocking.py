"""What stops the event loop, and what only looks like it."""

import asyncio
import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from provider_conformance.lab.blocking import blocking_calls


def sleep() -> None:
    """Sleep."""
    time.sleep(0.001)


def read_file() -> None:
    """Read a file."""
    Path(__file__).read_text(encoding="utf-8")


def use_socket() -> None:
    """Send and receive on a pair of blocking sockets."""
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"x")
        there.recv(1)


def look_up_name() -> None:
    """Look a name up."""
    socket.getaddrinfo("localhost", 80)


def load_certificates() -> None:
    """Load the certificates that are trusted."""
    ssl.create_default_context()


def wait_for_thread() -> None:
    """Wait for the result of another thread."""
    future: Future[int] = Future()
    timer = threading.Timer(0.01, future.set_result, [1])
    timer.start()
    future.result(timeout=5)
    timer.join()


@pytest.mark.parametrize(
    ("wait", "name"),
    [
        (sleep, "time.sleep in sleep"),
        (read_file, "io.open in "),
        (use_socket, "socket.recv in use_socket"),
        (look_up_name, "_socket.getaddrinfo in "),
        (load_certificates, "ssl."),
        (wait_for_thread, "lock.acquire in Condition.wait"),
    ],
    ids=["sleep", "file", "socket", "name", "certificates", "thread"],
)
def test_waiting_is_seen(wait: Callable[[], None], name: str) -> None:
    """What waits is listed with the function that does it."""
    with blocking_calls() as found:
        wait()

    assert [call for call in found if name in call]


async def test_asynchronous_code_is_not_listed(caplog: pytest.LogCaptureFixture) -> None:
    """Sleeping, threads, connections and log records of an asynchronous program block nothing."""
    caplog.set_level(logging.INFO)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1))
        writer.close()

    with blocking_calls() as found:
        await asyncio.sleep(0.001)
        await asyncio.to_thread(time.sleep, 0.001)
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"x")
            assert await reader.read() == b"x"
            writer.close()
            await writer.wait_closed()
        logging.getLogger("test").info("written")

    assert found == []


def test_earlier_profiler_comes_back() -> None:
    """A profiler that runs already runs on afterwards."""

    def profiler(*_: object) -> None:
        pass

    sys.setprofile(profiler)
    try:
        with blocking_calls():
            pass
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
