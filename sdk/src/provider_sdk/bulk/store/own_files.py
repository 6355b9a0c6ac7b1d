"""Files and folders that nobody but the user may change."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from provider_sdk.bulk.errors import BulkInputError

_ROOT = 0
_LARGEST = 1 << 26
_CHOOSE = "Choose another directory with '--run'."
# Windows shows neither owners nor permissions in this way, and cannot open folders.
_HAS_MODES = os.name != "nt"
_user: Callable[[], int] = getattr(os, "geteuid", lambda: _ROOT)
_not_synced = () if _HAS_MODES else (PermissionError,)


def make_folder(folder: Path) -> None:
    """Make a folder of mode 0700 if it is missing, and check it.

    Raises:
        BulkInputError: it cannot be made, or somebody else could change it.
    """
    problem: OSError
    try:
        for above in reversed(folder.absolute().parents):
            # Whatever the umask: where all can write, anybody could replace the new folder.
            above.mkdir(mode=0o755, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        problem = error
    else:
        check_folder(folder)
        return
    raise BulkInputError(
        f"the run directory {folder} cannot be made: {problem.strerror}", hint=_CHOOSE
    )


def check_folder(folder: Path) -> None:
    """Check that a folder is there, and that nobody but the user can change it.

    One that the user owns and others can read is closed to them.

    Raises:
        BulkInputError: it is missing, a link or a file, or somebody else could change it.
    """
    try:
        facts, above = folder.lstat(), folder.absolute().parent.stat()
        if stat.S_ISLNK(facts.st_mode):
            problem = "it is a link"
        elif not stat.S_ISDIR(facts.st_mode):
            problem = "it is not a directory"
        elif facts.st_uid != _user():
            problem = "it belongs to another user"
        elif facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and _HAS_MODES:
            problem = "others can write to it"
        elif above.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH and _HAS_MODES:
            problem = "everybody can replace it, as its parent directory lets all users write"
        else:
            if stat.S_IMODE(facts.st_mode) != 0o700:
                folder.chmod(0o700)
            return
    except OSError as error:
        problem = error.strerror or str(error)
    raise BulkInputError(f"the run directory {folder} cannot be used: {problem}", hint=_CHOOSE)


def is_there(path: Path) -> bool:
    """Whether anything has this name.

    Raises:
        BulkInputError: that cannot be found out, such as of a name that is too long.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        problem = error.strerror or str(error)
    else:
        return True
    raise BulkInputError(f"{path} cannot be looked at: {problem}", hint=_CHOOSE)


def read(path: Path) -> bytes | None:
    """Return the content of a file; ``None`` if it is missing.

    Of a file that is longer than 64 MiB, and so is not of a run, only the begin is returned.

    Raises:
        BulkInputError: it is a link or not a file, belongs to another user, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            facts = os.fstat(file.fileno())
            if stat.S_ISREG(facts.st_mode) and facts.st_uid == _user():
                return file.read(_LARGEST)
            problem = "it belongs to another user, or is not a file"
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = error.strerror or str(error)
    raise BulkInputError(f"{path} cannot be read: {problem}", hint=_CHOOSE)


def write(path: Path, content: bytes) -> None:
    """Replace a file atomically and durably; from its first byte the user alone can read it.

    Raises:
        BulkInputError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}-{os.urandom(8).hex()}")
    try:
        with open(temporary, "xb", opener=private) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink()
                raise
        sync_folder(path.parent)
    except OSError as error:
        problem = error.strerror or str(error)
    else:
        return
    raise BulkInputError(
        f"{path} cannot be written: {problem}",
        hint="Check the permissions and the space of its directory.",
    )


def private(name: str, flags: int) -> int:
    """Open a file for ``open``, so that a new one is readable by the user only."""
    return os.open(name, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are durable."""
    with suppress(*_not_synced):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
