"""Reading all of a project that trust covers: once, bounded, and with a digest of what was read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

from ollama_cli.settings.named_files import named_files, texts_in
from ollama_cli.settings.own_files import NotOwnError, require_own
from ollama_cli.settings.parsing import parsed_loosely
from ollama_cli.settings.project import ENV_FILE, FOLDER, SETTINGS_FILE, leads_out
from ollama_cli.terminal.visible import visible

MOST_ENTRIES = 2_000
MOST_BYTES = 16 << 20

_DEEPEST = 20
_LONGEST_COMMANDS = 32 << 10
"""Characters of all hooks; each word in them is looked for in the project."""
_FORM = b"ollama-cli trust 1"
_RUNNING = ("hooks", "status_line")


class SnapshotError(Exception):
    """The project cannot be covered as a whole, so nothing in it may be used."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of a project; whoever uses a file of it uses these bytes.

    Attributes:
        root: the project's folder.
        files: the content of each file, by its name relative to the project, with ``/`` in it.
        executable: the names of those files that may be executed.
        digest: over the names, kinds, executable bits and contents of all that was read.
        notes: what is ignored and why, one line each.
    """

    root: Path
    files: Mapping[str, bytes]
    executable: frozenset[str]
    digest: str
    notes: tuple[str, ...]


def take_snapshot(root: Path) -> Snapshot:
    """Read ``.ollama/**``, ``.env``, and every file that a hook or status line names.

    What belongs to another user, what others can write to, a link that leads out of the project,
    and what is neither a file nor a folder is ignored with a note.

    Raises:
        SnapshotError: it holds too much.
    """
    reader = _Reader(root)
    reader.add(FOLDER)
    reader.add(ENV_FILE)
    settings = parsed_loosely(reader.files.get(SETTINGS_FILE, b""))
    commands = list(texts_in([settings.get(key) for key in _RUNNING]))
    if sum(map(len, commands)) > _LONGEST_COMMANDS:
        raise SnapshotError(f"its hooks are longer than {_LONGEST_COMMANDS >> 10} KiB")
    for command in commands:
        for name in named_files(root, command):
            reader.add(name)
    return reader.snapshot()


class _Reader:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self._executable: set[str] = set()
        self._notes: list[str] = []
        self._left = MOST_BYTES
        self._inside = [str(root)]
        self._own: set[Path] = set()

    def snapshot(self) -> Snapshot:
        digest = sha256(_FORM)
        for name in sorted(self._entries, key=os.fsencode):
            for part in (os.fsencode(name), self._entries[name], self.files.get(name, b"")):
                digest.update(len(part).to_bytes(8, "big") + part)
        executable, notes = frozenset(self._executable), tuple(self._notes)
        return Snapshot(self._root, self.files, executable, digest.hexdigest(), notes)

    def add(self, name: str) -> None:
        """Read what has this name, and all that is in it; do nothing if it is read or missing."""
        path = self._root / name
        self._enter(name, path, self._checked_folder)

    def _enter(self, name: str, path: Path, check: Callable[[Path], Path]) -> None:
        """Read an entry, or note why it is ignored.

        Args:
            name: what it is called.
            path: where it is.
            check: returns its folder without links; raises ``NotOwnError`` if that is not own.
        """
        if name in self._entries:
            return
        if len(self._entries) >= MOST_ENTRIES:
            raise SnapshotError(f"it holds more than {MOST_ENTRIES} files and folders")
        try:
            self._read(name, check(path.parent) / path.name)
        except FileNotFoundError:
            self._entries.pop(name, None)
        except NotOwnError as error:
            self._ignore(name, str(error))
        except OSError as error:
            self._ignore(name, f"it cannot be read: {error.strerror or error}")

    def _checked_folder(self, folder: Path) -> Path:
        """Return a folder without links, if nobody else can change it."""
        real = Path(os.path.realpath(folder, strict=True))
        if not real.is_relative_to(self._root):
            raise NotOwnError("a link on the way to it leads out of the project")
        self._require_own_folders(real)
        return real

    def _read(self, name: str, path: Path) -> None:
        """Read an entry of a folder that was checked."""
        facts, target = os.lstat(path), ""
        if stat.S_ISLNK(facts.st_mode):
            target = str(path.readlink())
            path = self._followed(path)
            facts = os.lstat(path)
        self._entries[name] = b""
        if stat.S_ISDIR(facts.st_mode):
            require_own(facts, "it")
            kind = b"folder"
            self._add_folder(name, path)
        else:
            _require_file(facts)  # opening a device may do something
            kind = self._add_file(name, path)
        self._entries[name] = kind + b" " + os.fsencode(target)

    def _followed(self, link: Path) -> Path:
        if leads_out(self._root, link):
            raise NotOwnError("it is a link that leads out of the project")
        real = Path(os.path.realpath(link, strict=True))
        if str(real) in self._inside:
            raise NotOwnError("it is a link that leads in a circle")
        self._require_own_folders(real.parent)
        return real

    def _add_folder(self, name: str, real: Path) -> None:
        if len(self._inside) > _DEEPEST:
            raise SnapshotError(f"it holds folders more than {_DEEPEST} deep")
        with os.scandir(real) as entries:
            children = [entry.name for entry in islice(entries, MOST_ENTRIES + 1)]
        self._inside.append(str(real))
        for child in sorted(children):
            self._enter(f"{name}/{child}", real / child, Path)
        self._inside.pop()

    def _add_file(self, name: str, real: Path) -> bytes:
        with open(real, "rb", opener=_without_waiting) as file:
            facts = os.fstat(file.fileno())
            _require_file(facts)
            require_own(facts, "it")
            content = file.read(self._left + 1)
        self._left -= len(content)
        if self._left < 0:
            raise SnapshotError(f"it holds more than {MOST_BYTES >> 20} MiB")
        self.files[name] = content
        if facts.st_mode & 0o111:
            self._executable.add(name)
            return b"executable"
        return b"file"

    def _require_own_folders(self, folder: Path) -> None:
        while folder not in self._own:
            require_own(os.lstat(folder), "its folder")
            self._own.add(folder)
            if folder == self._root:
                break
            folder = folder.parent

    def _ignore(self, name: str, why: str) -> None:
        self._entries[name] = b"ignored"
        self._notes.append(f"{visible(self._root / name)} is ignored, because {why}")


def _require_file(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise NotOwnError("it is neither a file nor a folder")


def _without_waiting(name: str, flags: int) -> int:
    """Open what may be a pipe without a writer, and never a link that was put there just now."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
