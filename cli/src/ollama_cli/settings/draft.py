"""Editing the user's settings in an editor: on a draft, which replaces the file if it is right."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ollama_cli.settings.editing import (
    changing,
    check_content,
    current_content,
    not_changed,
    user_file,
)
from ollama_cli.settings.files import SettingsError
from ollama_cli.settings.own_files import NotOwnError, make_own_folder, write_own

EMPTY = b"{\n}\n"
"""What a draft holds if there is no file yet."""

_LONGEST = 200
"""Characters that are shown of what is wrong, so that the path of the draft fits in the error."""


VARIABLES = {
    "VISUAL": "the editor that config edit starts, with its options, such as code --wait",
    "EDITOR": "the same, if VISUAL is not set",
}
"""The variables that are read here, and what they set."""


class EditorError(click.ClickException):
    """The editor cannot be started, or it failed."""


def edit_settings(ask_again: Callable[[str], bool]) -> bool:
    """Let the user edit the settings, and return whether they were changed.

    A draft that was edited and does not become the file is kept; the error says where it is.

    Args:
        ask_again: is told what is wrong with a draft, and says whether to edit it again.

    Raises:
        SettingsError: something is wrong with the draft, or the file cannot be changed.
        EditorError: the editor cannot be started, or it failed.
    """
    path = user_file()
    try:
        folder = Path(os.path.realpath(path.parent))
        make_own_folder(folder)
        with changing(path) as file:
            before = current_content(file)
        draft = folder / f"{path.stem}.draft-{os.urandom(4).hex()}.json"
        write_own(draft, before or EMPTY)
        return _edited(path, before, draft, ask_again)
    except (OSError, NotOwnError) as error:
        problem = not_changed(error)
    raise SettingsError(path, problem)


def _edited(
    path: Path, before: bytes | None, draft: Path, ask_again: Callable[[str], bool]
) -> bool:
    while True:
        failure = _run_editor(draft)
        after = draft.read_bytes()
        if after == (before or EMPTY):
            draft.unlink()
            if failure:
                raise EditorError(f"{failure}; nothing is changed")
            return False
        kept = f"Nothing is changed, and your draft is {draft}"
        if failure:
            raise EditorError(f"{failure}. {kept}")
        problem = _problem_with(path, after)
        if not problem:
            break
        if not ask_again(problem):
            raise SettingsError(path, f"{problem}{'' if problem.endswith('?') else '.'} {kept}")
    if problem := _replace(path, before, after):
        raise SettingsError(path, f"{problem}; your draft is {draft}")
    draft.unlink()
    return True


def _replace(path: Path, before: bytes | None, after: bytes) -> str:
    """Replace the file; return why it stays, ``""`` if it does not."""
    try:
        with changing(path) as file:
            if current_content(file) != before:
                return "it was changed in the meantime"
            write_own(file, after)
    except (OSError, NotOwnError) as error:
        return not_changed(error)
    return ""


def _problem_with(path: Path, content: bytes) -> str:
    try:
        check_content(path, content)
    except SettingsError as error:
        problem = error.problem
        return problem if len(problem) <= _LONGEST else f"{problem[:_LONGEST]}..."
    return ""


def _run_editor(draft: Path) -> str:
    """Run the editor that ``VISUAL`` or ``EDITOR`` names; return why it failed, ``""`` if not."""
    named = os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip()
    if not named and not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return "there is no terminal to edit in: use 'config set', or set EDITOR"
    on_windows = sys.platform == "win32"
    try:
        words = shlex.split(named, posix=not on_windows)
    except ValueError:
        words = [named]  # a quote that does not end
    words = words or ["notepad" if on_windows else "vi"]
    try:
        with _ctrl_c_is_the_editors():
            code = subprocess.run([*words, str(draft)], check=False).returncode
    except OSError as error:
        reason = error.strerror or error
        return f"the editor {words[0]!r} cannot be started: {reason}; name another in EDITOR"
    return f"the editor {words[0]!r} ended with {code}" if code else ""


@contextmanager
def _ctrl_c_is_the_editors() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)  # a new program does not inherit it
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
