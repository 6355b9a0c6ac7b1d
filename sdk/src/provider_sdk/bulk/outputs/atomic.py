"""Writes a file so that it is there whole, or as it was before."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from provider_sdk.bulk.errors import BulkError, BulkInputError

_KEPT = "The answers are in the run directory; export them once this is mended."


def check_target(path: Path, source: Path | None = None) -> None:
    """Check that a file can be written there; a file for a moment beside it tries the folder.

    Args:
        path: the file.
        source: a file that it must not be.

    Raises:
        BulkInputError: it is a folder, a device or the source; or its folder does not exist or
            cannot be written to.
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
    temporary = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.tmp")
    with temporary.open("xb") as file:
        try:
            yield file, temporary
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


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
