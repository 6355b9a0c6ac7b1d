"""The place of a database: a file that nobody but the user can read or write."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ollama_cli.settings.own_files import NotOwnError, make_own_folder, require_own


def prepare(path: Path, *, create: bool) -> bool:
    """Check what is there, and make the file if asked; return whether it is there.

    SQLite follows links, and gives its other files the mode of this one.

    Raises:
        NotOwnError: others could have written it.
        OSError: it is not a file, or cannot be made.
    """
    if create:
        make_own_folder(path.parent)
        with suppress(FileExistsError):  # then it is checked
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        facts = _checked(path)
    except FileNotFoundError:
        if create:
            raise
        return False
    require_own(path.parent.stat(), "its folder")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        path.chmod(0o600)
    for suffix in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):  # the last process that used it removes it
            _checked(path.with_name(path.name + suffix))
    return True


def _checked(path: Path) -> os.stat_result:
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise NotOwnError(f"{path.name} is a link or not a file")
    require_own(facts, path.name)
    return facts
