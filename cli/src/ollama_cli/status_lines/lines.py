"""The status lines that the settings choose: built-in ones, and executables."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.own_files import NotOwnError, require_own
from ollama_cli.status_lines.built_in import BUILT_IN
from ollama_cli.status_lines.facts import Facts
from ollama_cli.status_lines.form import names_of
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from ollama_cli.child_environment import ChildEnvironment

FOLDER = "status_lines"
EVERY_S = 1.0
"""The least seconds between two runs of the same executable."""
TIMEOUT_S = 1.0

_LONGEST_OUTPUT = 1 << 14
_WIDTH = 80
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Project:
    """The project whose status lines are run, because it is trusted.

    Attributes:
        folder: where they run.
        trusted: returns the file that holds what a status line was when the project was trusted,
            by its name; ``None`` if there is none. It raises ``OSError`` if it cannot be had.
    """

    folder: Path
    trusted: Callable[[str], Path | None]


class StatusLine:
    """Shows what is known after an answer, on one line.

    Args:
        settings: name the status lines, and providers, whose credentials are not inherited.
        project: the project, if it is trusted.
    """

    def __init__(self, settings: Mapping[str, Any], project: Project | None = None) -> None:
        self._settings = settings
        self._project = project
        self._names = names_of(settings.get("status_line"))
        self._environment: ChildEnvironment | None = None
        self._shown: dict[str, tuple[float, str]] = {}

    @property
    def is_chosen(self) -> bool:
        """Whether there is anything to show."""
        return bool(self._names)

    async def render(self, facts: Facts, width: int | None = None) -> str | None:
        """Return the line, safe for a terminal; ``None`` if the settings choose none.

        Whatever an executable does is no error of this call; what is wrong with it stands in its
        place.

        Args:
            facts: what is known.
            width: the columns that there are; by default those of the terminal.
        """
        if not self._names:
            return None
        import asyncio

        found = await asyncio.gather(*(self._one(name, facts) for name in self._names))
        line = on_one_line(_BETWEEN.join(text for text in found if text))
        return cut(line, _columns() if width is None else width) or None

    async def _one(self, name: str, facts: Facts) -> str:
        if name in BUILT_IN:
            return BUILT_IN[name](facts)
        at, before = self._shown.get(name, (0.0, ""))
        if at and time.monotonic() - at < EVERY_S:
            return before
        try:
            text = await self._run(name, facts)
        except (OSError, NotOwnError) as error:
            problem = error.strerror if isinstance(error, OSError) and error.strerror else error
            text = f"[{name}: {problem}]"
        self._shown[name] = (time.monotonic(), text)
        return text

    async def _run(self, name: str, facts: Facts) -> str:
        from ollama_cli.child_environment import ChildEnvironment
        from ollama_cli.processes import current_folder, run_child
        from ollama_cli.terminal.json_text import to_json

        program, folder = self._program(name)
        if self._environment is None:
            self._environment = ChildEnvironment(self._settings)
        here = current_folder()
        project = self._project.folder if self._project else None
        finished = await run_child(
            [str(program)],
            stdin=f"{to_json(facts.to_dict(here))}\n".encode(),
            environment=self._environment.variables(
                (),
                OLLAMA_CLI_EVENT="StatusLine",
                OLLAMA_CLI_SESSION_ID=facts.session_id,
                OLLAMA_CLI_PROVIDER=facts.provider,
                OLLAMA_CLI_MODEL=facts.model,
                OLLAMA_CLI_PROJECT_DIR=str(project or here or ""),
            ),
            folder=folder,
            timeout=TIMEOUT_S,
            limit=_LONGEST_OUTPUT,
        )
        if finished.code is None:
            return f"[{name}: it did not end within {TIMEOUT_S:g} s]"
        if finished.code:
            return f"[{name}: it exited with {finished.code}]"
        line = finished.stdout.strip().partition(b"\n")[0]
        return self._environment.redact(on_one_line(line.decode("utf-8", "replace")))

    def _program(self, name: str) -> tuple[Path, Path | None]:
        """Return the executable, and where it runs: the user's own, else the project's.

        Raises:
            NotOwnError: somebody else could have written it.
            OSError: there is none, or it cannot be executed.
        """
        home = settings_folder()
        if home and (own := home / FOLDER / name).exists():
            require_own(own.parent.stat(), "its folder")
            require_own(own.stat(), "it")
            if not own.is_file() or not os.access(own, os.X_OK):
                raise OSError(f"{own} is not an executable file")
            return own, None
        program = self._project.trusted(name) if self._project else None
        if program is None or self._project is None:
            raise OSError(f"there is no such file in {home / FOLDER if home else FOLDER}")
        return program, self._project.folder


def cut(line: str, width: int) -> str:
    """Return the part of a line that fits into this many columns."""
    from unicodedata import combining, east_asian_width

    used = 0
    for place, char in enumerate(line):
        used += 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
        if used > width:
            return line[:place]
    return line


def _columns() -> int:
    try:
        return os.get_terminal_size(2).columns or _WIDTH
    except OSError:
        return _WIDTH
