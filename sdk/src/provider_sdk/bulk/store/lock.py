"""Keeps a second process from a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from provider_sdk.bulk.errors import BulkError, LeaseLostError, RunBusyError
from provider_sdk.bulk.store.claims import BEAT_S, LIMIT_S, Claim, Claims, Silence
from provider_sdk.bulk.store.processes import Process

NAME = "lock"
_LOOK_S = 0.5


class RunLock:
    """The right of one process to a run; it ends with the process, or with ``release``.

    Attributes:
        beats: how often it has shown that it lives, or tried to.
    """

    def __init__(self, claims: Claims, number: int, every_s: float) -> None:
        self.beats: int = 0
        self._claims = claims
        self._number = number
        self._is_lost = False
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="run lock", daemon=True)
        self._thread.start()

    @classmethod
    def take(
        cls,
        folder: Path,
        *,
        owner: Process | None = None,
        sleep: Callable[[float], None] = time.sleep,
        silence: Silence | None = None,
        every_s: float = BEAT_S,
    ) -> RunLock:
        """Take a run that no process is at.

        Of a process on another machine, nobody can tell from here whether it lives. So this waits
        for its next sign of life, at most a minute; if none comes, the run is taken over.

        Args:
            folder: the run directory.
            owner: who takes it; this process by default.
            sleep: waits for some seconds.
            silence: tells how long an owner has been silent.
            every_s: how often to show that this process lives, in seconds.

        Raises:
            RunBusyError: another process is at it.
            BulkInputError: the directory cannot be read or written.
        """
        claims = Claims(folder, NAME, owner or Process.current())
        silence = silence or Silence()
        first: Claim | None = None
        while True:
            found = claims.highest()
            is_free = found.is_released or _is_over(found, silence)
            if is_free and claims.make(found.number + 1):
                return RunLock(claims, found.number + 1, every_s)
            first = first or found
            if not is_free and (_is_near(found) or found != first):
                raise _busy(claims, found)
            sleep(_LOOK_S)

    @staticmethod
    def holder(folder: Path) -> Process | None:
        """Return who is at a run; ``None`` if nobody is, as far as it can be told from here.

        Raises:
            BulkInputError: the directory cannot be read.
        """
        found = Claims(folder, NAME, Process.current()).highest()
        if found.is_released or found.owner is None or found.owner.is_dead():
            return None
        return found.owner

    def check(self) -> None:
        """Find out whether this process still has the run; it is known within a heartbeat.

        Raises:
            RunBusyError: another process has taken it over, as while this machine slept.
        """
        if self._is_lost:
            raise RunBusyError(
                "another process has taken this run over while this one showed no life",
                hint="It goes on there; nothing more is sent from here.",
            )

    def release(self) -> None:
        """Give the run back; a second call does nothing.

        If that cannot be written, as on a full disk, it ends with the process.
        """
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join()
        with suppress(BulkError):
            self._claims.write(self._number, self.beats + 1, is_released=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _keep_beating(self) -> None:
        while not self._ended.wait(self._every_s):
            self.beats += 1
            try:
                self._claims.write(self._number, self.beats)
            except LeaseLostError:
                self._is_lost = True
            except BulkError:
                pass  # one that is missing, such as on a full disk


def _is_over(found: Claim, silence: Silence) -> bool:
    if found.owner is not None and found.owner.is_dead():
        return True
    return silence.of(NAME, found) > LIMIT_S


def _is_near(found: Claim) -> bool:
    """Whether it is seen from here that the owner lives."""
    here = Process.current()
    owner = found.owner
    return owner is not None and (owner.host, owner.boot, owner.pids) == (
        here.host,
        here.boot,
        here.pids,
    )


def _busy(claims: Claims, found: Claim) -> RunBusyError:
    owner = found.owner
    who = f"process {owner.pid} on {owner.host}" if owner else "another process"
    return RunBusyError(
        f"{who} is at this run",
        hint="Wait for its end, or end it. If it is gone for sure, delete "
        f"{claims.path(found.number)}.",
    )
