"""Writes a file so that it is there whole, or as it was before."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from provider_sdk.bulk.errors import BulkError, BulkInputError

_KEPT = "the answers are safe in the run directory; export them when that is mended"


def check_output(path: Path, source: Path | None = None) -> None:
    """Check that an output can be written, before anything is sent.

    Args:
        path: the output.
        source: the input, which must be another file.

    Raises:
        BulkInputError: the output is a folder, a device or the input; or its folder does not exist
            or cannot be written to.
    """
    target = Path(os.path.realpath(path))
    folder = target.parent
    if target.is_dir():
        raise BulkInputError(f"{path} is a folder", hint="name a file in it")
    if target.exists() and not target.is_file():
        raise BulkInputError(f"{path} is not a regular file", hint="name another, or - for stdout")
    if not folder.is_dir():
        raise BulkInputError(f"the folder {folder} does not exist", hint="make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BulkInputError(f"the folder {folder} cannot be written to")
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise BulkInputError(f"{path} is the input too", hint="name another file as the output")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a new file beside ``path`` that takes its name once it is whole and on disk.

    A link is followed: what it leads to is replaced. A file that was there keeps its permissions.

    Raises:
        BulkInputError: as ``check_output``.
        BulkError: it cannot be written, such as on a full disk; the file that was there stays.
    """
    check_output(path)
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            _keep_mode(target, file)
            os.fsync(file.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
        return
    except OSError as error:
        problem = error.strerror or str(error)
    finally:
        with suppress(OSError):
            temporary.unlink()
    raise BulkError(f"{path} cannot be written: {problem}", hint=_KEPT)


def _keep_mode(target: Path, file: IO[bytes]) -> None:
    with suppress(FileNotFoundError):
        os.fchmod(file.fileno(), target.stat().st_mode & 0o777)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
