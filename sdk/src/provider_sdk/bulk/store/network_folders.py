"""Whether a folder is on another computer."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|lustre|gpfs|beegfs|glusterfs|gfs2|ocfs2|orangefs|panfs"
    r"|wekafs|virtiofs|vboxsf|prl_fs|fakeowner|grpcfuse|osxfs|drvfs|fuse\..+"
)


def is_remote(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether a folder is on another computer, or might be; where nothing tells, it is not.

    Args:
        folder: the folder.
        mounts: the list of file systems, as Linux shows it: ``mountinfo`` in ``proc(5)``.
    """
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
        device = folder.stat().st_dev
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split(" ")[2:3] == [number]:
            return _REMOTE.fullmatch(after.split(" ")[0]) is not None
    return False
