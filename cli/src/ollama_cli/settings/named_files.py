"""The files of a project that a command names, so that they can be bound, copied and replaced."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

PROJECT_VARIABLE = "OLLAMA_CLI_PROJECT_DIR"

_WORD = re.compile(r"""(?:[^\s"'\\;&|<>()`]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+""", re.DOTALL)
_INNER = re.compile(r"""[^\s"'\\;&|<>()`]+""")
_PREFIX = re.compile(r"\$(?:\{(?:PWD|%s)\}|(?:PWD|%s)(?=/))/" % ((PROJECT_VARIABLE,) * 2))
_EXPANDED = re.compile(r"^[^']*[$`]")
_ASSIGNED = re.compile(r"[\w.-]+=")
_DEEPEST = 3


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def named_files(root: Path, command: str) -> Iterator[str]:
    """Yield the names, relative to the project, of what a command names and is there.

    A word counts with and without quotes, after ``--option=``, inside of a command in quotes, and
    after a folder that the command names, as in ``cd tools && ./check.sh``.
    """
    words = dict.fromkeys(_all_words(command))
    folders = _folders(root, words)
    for word in words:
        for folder in folders:
            if (name := _name(root, folder, word)) is not None:
                yield name


def with_files_replaced(root: Path, command: str, replace: Callable[[str], str]) -> str:
    """Return a command for the shell in which each word that names a file has another in its place.

    Args:
        root: the project.
        command: the command.
        replace: returns a path for the name of a file, relative to the project.
    """
    folders = _folders(root, _all_words(command))

    def replaced(match: re.Match[str]) -> str:
        raw = match.group()
        option = found.group() if (found := _ASSIGNED.match(raw)) else ""
        for start in dict.fromkeys((option, "")):
            word = _unquoted(raw[len(start) :])
            for folder in folders:
                if (name := _name(root, folder, word)) is not None:
                    return start + shlex.quote(replace(name))
        return within(raw, _unquoted(raw))

    def within(raw: str, word: str) -> str:
        """Return a word in quotes that is a command itself, as in ``sh -c '...'``."""
        if word == raw or len(_WORD.findall(word)) < 2:
            return raw
        if _EXPANDED.search(raw):  # the quotes must stay
            return _INNER.sub(plainly_replaced, raw)
        changed = with_files_replaced(root, word, replace)
        return raw if changed == word else shlex.quote(changed)

    def plainly_replaced(match: re.Match[str]) -> str:
        for folder in folders:
            if (name := _name(root, folder, match.group())) is not None:
                path = replace(name)
                return path if shlex.quote(path) == path else match.group()
        return match.group()

    return _WORD.sub(replaced, command)


def _all_words(command: str, depth: int = 0) -> Iterator[str]:
    for raw in _WORD.findall(command):
        word = _unquoted(raw)
        yield word
        if option := _ASSIGNED.match(word):
            yield word[option.end() :]
        if depth < _DEEPEST and word != command and len(_WORD.findall(word)) > 1:
            yield from _all_words(word, depth + 1)
    yield from _INNER.findall(command)


def _unquoted(raw: str) -> str:
    try:
        return "".join(shlex.split(raw)[:1])
    except ValueError:  # a quote without its other
        return raw


def _path(folder: Path, word: str) -> Path:
    prefix = _PREFIX.match(word)
    return folder / _expanded(word[prefix.end() :] if prefix else word)


def _expanded(word: str) -> Path:
    try:
        return Path(word).expanduser()
    except RuntimeError:  # nobody knows the home folder
        return Path(word)


def _name(root: Path, folder: Path, word: str) -> str | None:
    """Return the name of the file that a word names; ``None`` for a folder, or what is not there.

    It is one by its name alone: a link that leads out of the project is named as well.
    """
    path = _path(folder, word)
    name = _inside(root, path)
    if not word or name is None or (mode := _mode(path)) is None or stat.S_ISDIR(mode):
        return None
    return name.replace(os.sep, "/")


def _folders(root: Path, words: Iterable[str]) -> list[Path]:
    names = dict.fromkeys(_folder(root, word) for word in words)
    return [root, *(root / name for name in names if name)]


def _folder(root: Path, word: str) -> str | None:
    path = _path(root, word)
    mode = _mode(path, follow_links=True)
    return _inside(root, path) if word and mode is not None and stat.S_ISDIR(mode) else None


def _mode(path: Path, *, follow_links: bool = False) -> int | None:
    try:
        return path.stat(follow_symlinks=follow_links).st_mode
    except (OSError, ValueError):  # it is missing, or no name can be like that
        return None


def _inside(root: Path, path: Path) -> str | None:
    name = os.path.relpath(os.path.normpath(path), root)
    return None if name == os.curdir or name.split(os.sep, 1)[0] == os.pardir else name
