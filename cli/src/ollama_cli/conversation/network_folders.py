"""Whether a folder is on another computer, where SQLite's write-ahead log would be unsafe.

Processes share that log through memory, which processes on two computers do not have; the file
would be damaged without a word. Only Linux tells; elsewhere a folder counts as local.
"""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|beegfs|glusterfs|ncpfs|fuse\.(?!fuseblk)\S*"
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def is_remote(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether the folder is on another computer, or might be.

    Args:
        folder: the folder.
        mounts: the list of file systems, as ``proc(5)`` describes ``mountinfo``.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
        place = folder.resolve()
    except OSError:
        return False
    depth, found = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5:
            continue
        point = Path(_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[4]))
        # Of two at the same place, the later one hides the other.
        if len(point.parts) >= depth and place.is_relative_to(point):
            depth, found = len(point.parts), after.split(" ")[0]
    return _REMOTE.fullmatch(found) is not None
