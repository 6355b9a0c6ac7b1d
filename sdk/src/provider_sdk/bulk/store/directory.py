"""The directory of a run: a manifest, a lock, a journal and leases for each shard, and a report."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.store import database, own_files
from provider_sdk.bulk.store.manifest import Manifest
from provider_sdk.bulk.store.reader import JournalReader

_MANIFEST = "manifest.json"
_REPORT = "report.json"
_OURS = re.compile(
    r"\.?(?:manifest|report|progress|counted)\.json(?:-[0-9a-f]+)?|cancel|lock\.\d+|\d{6,}\.lease\.\d+"
    r"|\d{6,}\.journal(?:\.new)?(?:-wal|-shm|-journal)?"
)


class RunDirectory:
    """A directory of mode 0700 that belongs to the user.

    Attributes:
        path: the directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> RunDirectory:
        """Make the directory, or open one that is there.

        Raises:
            BulkInputError: it cannot be made, has files of something else in it, or somebody else
                could change it.
        """
        _refuse_others(path)
        own_files.make_folder(path)
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """Open the directory of a run that has begun.

        Raises:
            BulkInputError: no run is there, or somebody else could change it.
        """
        own_files.check_folder(path)
        if not own_files.is_there(path / _MANIFEST):
            raise BulkInputError(f"{path} is not the directory of a run")
        return cls(path)

    @property
    def manifest_path(self) -> Path:
        """Return the path of the manifest."""
        return self.path / _MANIFEST

    @property
    def report_path(self) -> Path:
        """Return the path of the report, which need not be there."""
        return self.path / _REPORT

    def journal_path(self, shard: int) -> Path:
        """Return the path of a shard's journal, by the shard's number."""
        return self.path / f"{shard:06}.journal"

    def read_manifest(self) -> Manifest | None:
        """Return the manifest; ``None`` if the run has not begun.

        Raises:
            BulkInputError: it cannot be read, or is not a manifest of this version.
        """
        content = own_files.read(self.manifest_path)
        return None if content is None else Manifest.from_json(content)

    def begin(self, manifest: Manifest) -> None:
        """Make a journal for each shard, then write the manifest; whoever calls has the lock.

        If that is interrupted there is no manifest, and the next call does it again.

        Raises:
            BulkInputError: the directory has a manifest, or answers without one; or it cannot be
                written.
            JournalError: a journal cannot be made, or one that is there is damaged.
        """
        if self.manifest_path.exists():
            raise BulkInputError(f"the run in {self.path} has begun before")
        for path in sorted(self.path.glob("*.journal")):
            self._remove_empty(path)
        for shard in manifest.shards:
            database.create(self.journal_path(shard.number))
        own_files.write(self.manifest_path, manifest.to_json())

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Write the report in place of an earlier one.

        Raises:
            BulkInputError: it cannot be written.
        """
        own_files.write(self.report_path, json.dumps(report, indent=1).encode() + b"\n")

    def _remove_empty(self, path: Path) -> None:
        with JournalReader.open(path) as journal:
            is_empty = not (journal.doubtful() or journal.ended())
        if not is_empty:
            raise BulkInputError(
                f"{self.path} has answers, but its manifest is missing",
                hint="Restore the manifest, or choose another directory with '--run'.",
            )
        for each in self.path.glob(f"{path.name}*"):
            each.unlink()


def _has_begun(path: Path) -> bool:
    """Whether a manifest of a run is there; whoever uses the run may keep other files beside it."""
    return b'"schema": "bulk-run/' in (own_files.read(path / _MANIFEST) or b"")[:100]


def _refuse_others(path: Path) -> None:
    """Refuse a directory that was made for something else, which must not be closed to others."""
    try:
        others = [each.name for each in path.iterdir() if not _OURS.fullmatch(each.name)]
    except FileNotFoundError:
        return
    except OSError as error:
        problem = error.strerror or str(error)
    else:
        if not others or _has_begun(path):
            return
        problem = f"it has other files in it, such as {sorted(others)[0]!r}"
    raise BulkInputError(
        f"{path} cannot be the directory of a run: {problem}",
        hint="Choose an empty directory, or a new one, with '--run'.",
    )
