"""Writes a file so that it is there whole, or as it was before."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from provider_sdk.bulk.errors import BulkError, BulkInputError

_ENDING = ".exporting.tmp"
_KEPT = "The answers are in the run directory; export them once this is mended."


def check_target(path: Path, source: Path | None = None, run: Path | None = None) -> None:
    """Check that a file can be written there; a file for a moment beside it tries the folder.

    Args:
        path: the file.
        source: a file that it must not be.
        run: a folder that it must not be in.

    Raises:
        BulkInputError: it is a folder, a device, the source or in the run; or its folder does not
            exist or cannot be written to.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = _mode_of(target)
        if mode is None and not target.parent.is_dir():
            problem = f"the folder {target.parent} does not exist"
        elif mode is not None and stat.S_ISDIR(mode):
            problem = "it is a folder; name a file in it"
        elif mode is not None and not stat.S_ISREG(mode):
            problem = "it is not a regular file"
        elif mode is not None and source is not None and target.samefile(source):
            problem = "it is the input; name another file"
        elif run is not None and target.is_relative_to(os.path.realpath(run)):
            problem = "it is in the folder of the run; name a file elsewhere"
        else:
            with _beside(target):
                return
    except OSError as error:
        problem = error.strerror or str(error)
    raise BulkInputError(f"{path} cannot be written: {problem}")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a new file beside ``path`` that takes its name once it is whole and on disk.

    A link is followed: what it leads to is replaced. A file that was there keeps its permissions.

    Raises:
        BulkInputError: as ``check_target``.
        BulkError: it cannot be written, such as on a full disk; the file that was there stays.
    """
    check_target(path)
    target = Path(os.path.realpath(path))
    try:
        _remove_orphans(target)
        with _beside(target) as (file, temporary):
            yield file
            file.flush()
            mode = _mode_of(target)
            if mode is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(mode))
            os.fsync(file.fileno())
            temporary.replace(target)
            _sync_folder(target.parent)
        return
    except OSError as error:
        problem = error.strerror or str(error)
    raise BulkError(f"{path} cannot be written: {problem}", hint=_KEPT)


@contextmanager
def _beside(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    temporary = target.with_name(f"{_stem(target)}{secrets.token_hex(8)}{_ENDING}")
    with temporary.open("xb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file, temporary
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


def _remove_orphans(target: Path) -> None:
    """Remove what processes that were killed have left: files that nobody has locked."""
    with suppress(OSError):  # such as that the folder cannot be listed
        for other in target.parent.iterdir():
            if other.name.startswith(_stem(target)) and other.name.endswith(_ENDING):
                with suppress(OSError):
                    _remove_unlocked(other)


def _remove_unlocked(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    finally:
        os.close(descriptor)


def _stem(target: Path) -> str:
    return f".{target.name[:40]}."


def _mode_of(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
