"""Writes files so that each is either the old one or the whole new one."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

_UNFINISHED = ".part"


class UnwrittenError(OSError):
    """Files could not be written; the message says where and why. The old ones are untouched."""


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write some files, all or none, and give them their names in the given order.

    Each is written beside its place first, so that a full disk cuts none of them.

    Raises:
        UnwrittenError: one of them could not be written.
    """
    unfinished = {file: file.with_name(f"{file.name}{_UNFINISHED}") for file in contents}
    try:
        for file, content in contents.items():
            _write(unfinished[file], content)
        for file, beside in unfinished.items():
            if file.exists():
                beside.chmod(stat.S_IMODE(file.stat().st_mode))
            beside.replace(file)
    except OSError as error:
        problem = f"{file} cannot be written: {error.strerror or error}"
    else:
        for folder in {file.parent for file in contents}:
            _sync(folder)
        return
    for beside in unfinished.values():
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    raise UnwrittenError(problem)


def _write(file: Path, content: bytes) -> None:
    file.unlink(missing_ok=True)
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        # Some file systems report only now that they have no room.
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    """Make new names last, on systems that can do that."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
