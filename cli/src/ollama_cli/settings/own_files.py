"""Reading and writing files that nobody but the user may change."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ROOT = 0

PATIENCE_S = 10.0
"""How long one process waits for another that changes a file."""

_LOOK_S = 0.005


class NotOwnError(Exception):
    """Somebody else could have written the file, so it must not be used."""


def read_own(path: Path, limit: int, *, follow_links: bool = True) -> bytes:
    """Return the content of a file, up to one byte more than ``limit``.

    Raises:
        FileNotFoundError: there is no such file.
        NotOwnError: the file or its folder belongs to another user, or others can write to it.
        OSError: it cannot be read, for example because it is a folder.
    """

    def opened(name: str, flags: int) -> int:
        if not follow_links:
            flags |= getattr(os, "O_NOFOLLOW", 0)
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe may have no writer

    with open(path, "rb", opener=opened) as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("it is not a regular file")
        require_own(facts, "it")
        require_own(path.parent.stat(), "its folder")
        return file.read(limit + 1)


def make_own_folder(folder: Path) -> None:
    """Make a folder with mode 0700 if it is missing.

    Raises:
        NotOwnError: it is a link, belongs to another user, or others can write to it.
        OSError: it cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise NotOwnError("its folder is a link or a file")
    require_own(facts, "its folder")


@contextmanager
def locked(path: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Keep other processes of the command from changing a file at the same time.

    Its folder is made if it is missing. The lock is a file beside it, and ends with the process.

    Args:
        path: the file.
        patience_s: how long to wait, in seconds: a process that was stopped keeps its lock.

    Raises:
        NotOwnError, OSError: as ``make_own_folder``; or the lock cannot be had.
    """
    make_own_folder(path.parent)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path.with_name(f".{path.name}.lock"), flags, 0o600)
    try:
        end = time.monotonic() + patience_s
        while not _has_lock(descriptor):
            if time.monotonic() > end:
                raise OSError("another process keeps it locked")
            time.sleep(_LOOK_S)
        yield
    finally:
        os.close(descriptor)


def _has_lock(descriptor: int) -> bool:
    """Lock a file, unless another process does; return whether it is locked by this one."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_own(path: Path, content: bytes) -> None:
    """Replace a file atomically; from its first byte the user alone can read it.

    Its folder is made if it is missing, with mode 0700. A link in place of the file is replaced,
    not followed.

    Raises:
        NotOwnError: the folder is a link, belongs to another user, or others can write to it.
        OSError: it cannot be written.
    """
    folder = path.parent
    make_own_folder(folder)
    temporary = folder / f".{path.name}-{os.urandom(8).hex()}"
    with open(temporary, "xb", opener=_private) as file:
        try:
            file.write(content)
            file.close()
            temporary.replace(path)
        except BaseException:
            temporary.unlink()
            raise


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)  # the mode "x" never follows a link


def require_own(facts: os.stat_result, what: str) -> None:
    """Raise ``NotOwnError`` unless only the user, or root, can write to what has these facts."""
    if sys.platform == "win32":
        return  # its permissions are not in these facts
    if facts.st_uid not in (_ROOT, os.geteuid()):
        raise NotOwnError(f"{what} belongs to another user")
    by_group = facts.st_mode & stat.S_IWGRP and not _is_private_group(facts.st_gid)
    if facts.st_mode & stat.S_IWOTH or by_group:
        raise NotOwnError(f"others can write to {what}")


def _is_private_group(group: int) -> bool:
    """Whether it is the user's own group, as many systems make one per user, with umask 002."""
    import grp  # only a file that a group can write to pays for these
    import pwd

    try:
        found, user = grp.getgrgid(group), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}
