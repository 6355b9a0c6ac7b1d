"""What other processes see of a live run, and how they ask it to end."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from provider_sdk.bulk.running.progress import Progress
from provider_sdk.bulk.store import RunDirectory, own_files

_PROGRESS = "progress.json"
_CANCEL = "cancel"


def write_progress(directory: Path, progress: Progress) -> None:
    """Replace the file that shows how far the run is; the run goes on if that fails."""
    content = {**progress.to_dict(), "at": time.time()}
    path = directory / _PROGRESS
    temporary = path.with_name(f".{_PROGRESS}-{os.getpid():x}")
    try:
        with open(temporary, "wb", opener=own_files.private) as file:
            file.write(json.dumps(content).encode() + b"\n")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def read_progress(directory: Path) -> dict[str, Any]:
    """Return what was last written; ``{}`` if that cannot be read."""
    content = own_files.read(directory / _PROGRESS)
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def ask_to_end(directory: Path) -> None:
    """Ask the process that is at a run to stop."""
    own_files.write(directory / _CANCEL, b"")


def is_asked_to_end(directory: Path) -> bool:
    """Whether somebody has asked the run to stop."""
    return (directory / _CANCEL).exists()


def forget_request(directory: Path) -> None:
    """Remove an earlier request to stop."""
    (directory / _CANCEL).unlink(missing_ok=True)
