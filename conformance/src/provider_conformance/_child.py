"""Child processes for code that may end or hang its process.

A child runs one of the jobs of ``_worker`` and reports by a pipe of its own, one JSON object per
line, so that nothing that is printed can be mistaken for a report. How it ends says nothing: a
provider can end its process with any exit code.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LOAD_LIMIT_S = 120.0
"""Real seconds within which a harness must be imported. Some libraries take long."""

_POLL_S = 0.2
_READ_BYTES = 65536
_EXIT_GRACE_S = 2.0
"""Real seconds that a child has to end by itself after its last report."""

# The path comes first: the child must import this very kit.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from provider_conformance._worker import main; main(*sys.argv[2:])"
)


class LostError(Exception):
    """A child ended before its job, or it hangs; the message says which."""


class HangsError(LostError):
    """A child did not report within its limit."""


class Child:
    """A child process that runs a job; it is killed when the block ends, if it still runs.

    Args:
        job: the name of the job.
        arguments: its arguments.
        first: folders in which the child looks for modules before it looks where this process does.
    """

    def __init__(self, job: str, arguments: Mapping[str, Any], first: Sequence[Path] = ()) -> None:
        self._reading, writing = os.pipe()
        path = json.dumps([str(place) for place in (*first, *sys.path)])
        said = json.dumps({"argv": sys.argv, "job": job, "arguments": arguments})
        try:
            # pass_fds makes the descriptor inheritable; the child makes it its own again.
            self._process = subprocess.Popen(
                [sys.executable, *_flags(), "-c", _START, path, str(writing), said],
                pass_fds=[writing],
            )
        except BaseException:
            os.close(self._reading)
            raise
        finally:
            os.close(writing)
        self._buffer = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._reading, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            # Only after the last report is there a point in waiting.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_EXIT_GRACE_S if kind is None else 0)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._selector.close()
            os.close(self._reading)

    def next_report(self, limit_s: float) -> Mapping[str, Any]:
        """Return the next report.

        Raises:
            HangsError: there was none within so many real seconds.
            LostError: the process has ended.
        """
        give_up_at = time.monotonic() + limit_s
        while True:
            for report in self._buffered():
                return report
            if time.monotonic() >= give_up_at:
                raise HangsError(f"it did not end within {limit_s:g} s; the process was killed")
            self._read(min(_POLL_S, limit_s))

    def _buffered(self) -> Iterator[Mapping[str, Any]]:
        """Yield the reports that have arrived, one at a time."""
        while b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
            if report := _report_in(line, self._process.pid):
                yield report

    def _read(self, limit_s: float) -> None:
        # Asked first: what the process said before it ended is still in the pipe. The end of the
        # pipe alone does not tell, because a process of the provider's may hold it open.
        has_ended = self._process.poll() is not None
        if self._selector.select(0 if has_ended else limit_s):
            if data := os.read(self._reading, _READ_BYTES):
                self._buffer += data
                return
            self._let_end()
        elif not has_ended:
            return
        raise LostError(_how_it_ended(self._process.returncode))

    def _let_end(self) -> None:
        """Wait for a process that can report no more."""
        try:
            self._process.wait(_EXIT_GRACE_S)
            return
        except subprocess.TimeoutExpired:
            pass
        raise LostError("the process closed a file of the kit, and was killed")


def ask(job: str, limit_s: float = LOAD_LIMIT_S, **arguments: Any) -> Any:
    """Return the answer of a job that has one.

    Raises:
        ValueError: the job was refused, or the process was lost; the message says why.
    """
    try:
        with Child(job, arguments) as child:
            report = child.next_report(limit_s)
            return accepted(report)["answer"]
    except LostError as error:
        problem = str(error)
    raise ValueError(f"{arguments.get('target')} cannot be loaded: {problem}")


def accepted(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a report, or raise ``ValueError`` if it says why the job cannot be done."""
    if "refused" in report:
        raise ValueError(report["refused"])
    return report


def _report_in(line: bytes, process: int) -> Mapping[str, Any] | None:
    # A process that was forked from the child, or a wrong descriptor, may write here too.
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        return None
    mine = isinstance(report, dict) and report.get("process") == process
    return report if mine else None


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"the process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return f"the process was ended by signal {name}"


def _flags() -> list[str]:
    """Return the interpreter's own arguments, such as ``-W error``."""
    # ``multiprocessing`` passes them on by this function; there is no public one, and the types of
    # the standard library leave it out.
    return list(subprocess._args_from_interpreter_flags())  # type: ignore[attr-defined]
