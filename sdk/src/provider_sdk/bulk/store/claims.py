"""Claims: numbered files of which the highest says who owns something.

A claim is made by creating the file with the next number, which only one of several processes can.
The highest file is never removed, so that numbers only grow; a claim that is given back says so.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from provider_sdk.bulk.errors import BulkInputError, LeaseLostError
from provider_sdk.bulk.store import own_files
from provider_sdk.bulk.store.processes import Process

BEAT_S = 5.0
"""How often an owner shows that it lives."""

LIMIT_S = 60.0
"""How long an owner may be silent until others take over."""


_ROOM = "Check the permissions and the space of its directory."


@dataclass(frozen=True, slots=True)
class Claim:
    """What the highest file of a name says.

    Attributes:
        number: the number of the file.
        owner: who made it; ``None`` if it cannot be read, as when its maker was killed.
        is_released: whether it was given back.
        content: the whole content, which changes with each heartbeat.
    """

    number: int
    owner: Process | None
    is_released: bool
    content: bytes


class Claims:
    """The numbered files of one name.

    Args:
        folder: their folder.
        name: what their names begin with.
        owner: who makes claims here.
    """

    def __init__(self, folder: Path, name: str, owner: Process) -> None:
        self._folder = folder
        self._name = name
        self._owner = owner

    def path(self, number: int) -> Path:
        """Return the path of a file."""
        return self._folder / f"{self._name}.{number}"

    def highest(self) -> Claim:
        """Return the claim that counts; before the first, number 0, as if it was given back.

        Raises:
            BulkInputError: the folder or the file cannot be read.
        """
        numbers = self._numbers()
        if not numbers:
            return Claim(0, None, is_released=True, content=b"")
        # One that was removed in this moment was taken over; the next call sees by whom.
        return _claim(numbers[-1], own_files.read(self.path(numbers[-1])) or b"")

    def make(self, number: int) -> bool:
        """Make the claim of a number, the one that counts then; return whether that was possible.

        Raises:
            BulkInputError: the file cannot be written.
        """
        try:
            descriptor = os.open(self.path(number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return False
        except OSError as error:
            problem = error.strerror
        else:
            os.close(descriptor)
            try:
                self._put(number, 0, is_released=False)
            except BulkInputError:  # a file that does not say whose it is would only hold up others
                self.path(number).unlink(missing_ok=True)
                raise
            numbers = self._numbers()
            # Who was stopped since it looked may come after a whole claim of somebody else.
            counts = numbers[-1:] == [number]
            for other in numbers[:-1] if counts else [number]:
                self.path(other).unlink(missing_ok=True)
            return counts
        raise BulkInputError(f"{self.path(number)} cannot be made: {problem}", hint=_ROOM)

    def write(self, number: int, beats: int, *, is_released: bool = False) -> None:
        """Show that the owner lives, or that it gives the claim back.

        Raises:
            LeaseLostError: somebody has made a higher claim, or removed this one.
            BulkInputError: the file cannot be written.
        """
        if self._put(number, beats, is_released=is_released):
            return
        raise LeaseLostError(f"another process has taken over {self._name}")

    def _put(self, number: int, beats: int, *, is_released: bool) -> bool:
        """Write the content of a file; return whether it is there, and none follows it."""
        content = {"owner": asdict(self._owner), "beats": beats, "released": is_released}
        data = json.dumps(content).encode() + b"\n"
        try:
            # Without O_CREAT: one that was taken over and removed is not made again.
            descriptor = os.open(self.path(number), os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
            try:
                os.write(descriptor, data)
                os.ftruncate(descriptor, len(data))
            finally:
                os.close(descriptor)
            # The next one removes this one. All of a large folder is not read at each heartbeat.
            return not self.path(number + 1).exists()
        except FileNotFoundError:
            return False
        except OSError as error:
            problem = error.strerror
        raise BulkInputError(f"{self.path(number)} cannot be written: {problem}", hint=_ROOM)

    def _numbers(self) -> list[int]:
        prefix = f"{self._name}."
        try:
            names = [each.name for each in self._folder.iterdir()]
        except OSError as error:
            problem = error.strerror
        else:
            ends = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
            return sorted(int(end) for end in ends if end.isascii() and end.isdecimal())
        raise BulkInputError(f"{self._folder} cannot be read: {problem}")


class Silence:
    """Tells how long an owner has been silent, by the clock of who watches.

    Clocks of several machines differ, so what counts is since when this process has seen the same
    content, and no time that another machine wrote.

    Args:
        clock: returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[bytes, float]] = {}

    def of(self, name: str, claim: Claim) -> float:
        """Return for how many seconds a claim has not changed, as far as it was watched."""
        now = self._clock()
        content = b"%d %b" % (claim.number, claim.content)
        if self._seen.get(name, (b"", 0.0))[0] != content:
            self._seen[name] = (content, now)
        return now - self._seen[name][1]


def _claim(number: int, content: bytes) -> Claim:
    try:
        found: Any = json.loads(content)
        owner = msgspec.convert(found["owner"], Process)
        is_released = found["released"] is True
    except (ValueError, TypeError, KeyError, RecursionError):
        return Claim(number, None, is_released=False, content=content)
    return Claim(number, owner, is_released, content)
