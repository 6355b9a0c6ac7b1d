"""How far a run is, as another process sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from provider_sdk.bulk.running import live
from provider_sdk.bulk.running.opened import Opened
from provider_sdk.bulk.running.progress import Progress, progress_of
from provider_sdk.bulk.store import RunDirectory, RunLock, Totals, own_files

StatusWord = Literal["new", "running", "stopped", "finished"]
"""Not begun; a process is at it; rows are left and nobody is at it; every row has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a run is.

    Attributes:
        state: in one word.
        pid: the process that is at it, ``None`` if none is.
        host: the machine of this process.
        progress: how far the run is; ``None`` if it has not begun.
    """

    state: StatusWord
    pid: int | None = None
    host: str | None = None
    progress: Progress | None = None


def status_of(path: Path) -> Status:
    """Return how far the run of a directory is.

    Raises:
        BulkInputError: the directory cannot be read.
        JournalError: a journal cannot be read.
    """
    if not own_files.is_there(path):
        return Status(state="new")
    holder = RunLock.holder(path)
    pid, host = (holder.pid, holder.host) if holder else (None, None)
    if RunDirectory.create(path).read_manifest() is None:
        return Status(state="running" if holder else "new", pid=pid, host=host)
    if holder and (progress := live.read_progress(path)):
        return Status(state="running", pid=pid, host=host, progress=progress)
    opened = Opened.read(path)
    progress = progress_of(opened.rows, sum(opened.records.totals(), Totals()))
    state: StatusWord = "running" if holder else "stopped" if progress.left else "finished"
    return Status(state=state, pid=pid, host=host, progress=progress)
