"""What other processes see of a live run, and how they ask it to end."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from provider_sdk.bulk.running.progress import Progress
from provider_sdk.bulk.store import own_files

_PROGRESS = "progress.json"
_CANCEL = "cancel"


def write_progress(directory: Path, progress: Progress) -> None:
    """Replace the file that shows how far the run is; the run goes on if that fails."""
    path = directory / _PROGRESS
    temporary = path.with_name(f".{_PROGRESS}-{os.getpid():x}")
    try:
        with open(temporary, "wb", opener=own_files.private) as file:
            file.write(json.dumps(progress.to_dict()).encode() + b"\n")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def read_progress(directory: Path) -> Progress | None:
    """Return what was last written; ``None`` if that cannot be read.

    Raises:
        BulkInputError: the file is not the user's own.
    """
    try:
        return Progress.from_dict(json.loads(own_files.read(directory / _PROGRESS) or b""))
    except (ValueError, TypeError, KeyError, ArithmeticError):
        return None  # of another version, or none was written


def ask_to_end(directory: Path) -> None:
    """Ask the process that is at a run to end.

    Raises:
        BulkInputError: the request cannot be written.
    """
    own_files.write(directory / _CANCEL, b"")


def is_asked_to_end(directory: Path) -> bool:
    """Whether somebody has asked the run to end; if that cannot be told, nobody has."""
    with suppress(OSError):
        return (directory / _CANCEL).exists()
    return False


def forget_request(directory: Path) -> None:
    """Remove an earlier request to end."""
    (directory / _CANCEL).unlink(missing_ok=True)
