"""Finds calls that block the event loop, with Python's profiling hook."""

from __future__ import annotations

import linecache
import logging
import ssl
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import BuiltinFunctionType, FrameType
from typing import Any

_BLOCKING_FUNCTIONS = {
    "time.sleep",
    "io.open",
    "_io.open",
    "posix.open",
    "posix.system",
    "posix.waitpid",
    "_socket.getaddrinfo",
    "_socket.getnameinfo",
    "_socket.gethostbyaddr",
    "_socket.gethostbyname",
    "_socket.gethostbyname_ex",
}
_SOCKET_METHODS = {
    "accept",
    "connect",
    "recv",
    "recv_into",
    "recvfrom",
    "send",
    "sendall",
    "sendto",
}
_CERTIFICATE_METHODS = {"load_cert_chain", "load_verify_locations", "set_default_verify_paths"}
_LOCK_METHODS = {"acquire", "__enter__"}
_Lock = type(threading.Lock())
_ALLOWED_CALLERS = {
    threading.Thread.start.__code__,  # waits until the new thread has started
    ThreadPoolExecutor.submit.__code__,
    threading.Condition.notify.__code__,  # tries a lock without waiting
    logging.Handler.handle.__code__,  # the kit itself switches all logging on
    linecache.updatecache.__code__,
}


@contextmanager
def blocking_calls() -> Iterator[list[str]]:
    """Collect the blocking calls that this thread makes within the block.

    These are sleeps, operations on blocking sockets, look-ups of names, waits for locks that are
    held, opening files, and loading certificates, which takes tens of milliseconds.
    """
    found: list[str] = []

    def profile(frame: FrameType, event: str, function: Any) -> None:
        if (
            event == "c_call"
            and (name := _name_if_blocking(function))
            and not _has_allowed_caller(frame)
        ):
            found.append(f"{name} in {frame.f_code.co_qualname}")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _name_if_blocking(function: BuiltinFunctionType) -> str:
    """Return the name of a function that may block, else an empty string."""
    owner: Any = getattr(function, "__self__", None)
    name = function.__name__
    if name in _LOCK_METHODS and isinstance(owner, _Lock):
        return f"lock.{name}" if owner.locked() else ""
    if name in _SOCKET_METHODS and hasattr(owner, "gettimeout"):
        return f"socket.{name}" if owner.gettimeout() != 0 else ""
    if name in _CERTIFICATE_METHODS and isinstance(owner, ssl.SSLContext):
        return f"ssl.{name}"
    full = f"{getattr(owner, '__name__', '')}.{name}"
    return full if full in _BLOCKING_FUNCTIONS else ""


def _has_allowed_caller(frame: FrameType | None) -> bool:
    while frame is not None:
        code = frame.f_code
        if code in _ALLOWED_CALLERS or code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
