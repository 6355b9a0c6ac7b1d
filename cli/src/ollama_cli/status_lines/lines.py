"""The status lines that the settings choose: built-in ones, and executables."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_cli.settings.folders import settings_folder
from ollama_cli.settings.own_files import NotOwnError, require_own
from ollama_cli.status_lines.built_in import BUILT_IN
from ollama_cli.status_lines.facts import Facts
from ollama_cli.status_lines.form import names_of
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.markdown.widths import width_of, width_of_character

if TYPE_CHECKING:
    from ollama_cli.processes.environment import ChildEnvironment
    from ollama_cli.settings.files import Settings

FOLDER = "status_lines"
EVERY_S = 1.0
"""The least seconds between two runs of the same executable."""
TIMEOUT_S = 1.0

_LONGEST_OUTPUT = 1 << 14
_WIDTH = 80
_BETWEEN = " | "


class StatusLine:
    """Shows what is known after an answer, on one line.

    Args:
        settings: name the status lines, and providers, whose credentials are not inherited.
        default: the name of the one that is shown if they name none; an empty list shows none.
    """

    def __init__(self, settings: Settings, default: str | None = None) -> None:
        self._settings = settings
        chosen = settings.values.get("status_line")
        self._names = names_of(default if chosen is None else chosen)
        self._environment: ChildEnvironment | None = None
        self._shown: dict[str, tuple[float, str]] = {}

    async def render(
        self, facts: Facts, width: int | None = None, *, patient: bool = False
    ) -> str | None:
        """Return the line, safe for a terminal; ``None`` if the settings choose none.

        Whatever an executable does is no error of this call; what is wrong with it stands in its
        place.

        Args:
            facts: what is known.
            width: the columns that there are; by default those of the terminal.
            patient: whether to wait until an executable may be run again; else what it said before
                is shown again.
        """
        if not self._names:
            return None
        import asyncio

        columns = _columns() if width is None else width
        if patient:
            await asyncio.sleep(max(map(self._wait, self._names)))
        programs = [name for name in self._names if name not in BUILT_IN]
        found = await asyncio.gather(*(self._one(name, facts) for name in programs))
        shown = dict(zip(programs, found, strict=True))
        left = columns - sum(width_of(text) + len(_BETWEEN) for text in found if text)
        for name in self._names:  # these can say less, so they get what the others leave
            if name in BUILT_IN:
                shown[name] = on_one_line(BUILT_IN[name](facts, left))
        line = _BETWEEN.join(text for name in self._names if (text := shown[name]))
        return cut(on_one_line(line), columns) or None

    def _wait(self, name: str) -> float:
        """Return how many seconds an executable may not be run yet."""
        at, _ = self._shown.get(name, (-EVERY_S, ""))
        return max(0.0, at + EVERY_S - time.monotonic())

    async def _one(self, name: str, facts: Facts) -> str:
        now, (_, before) = time.monotonic(), self._shown.get(name, (0.0, ""))
        if self._wait(name):
            return before
        self._shown[name] = (now, before)  # a call meanwhile does not run it a second time
        try:
            text = await self._run(name, facts)
        except (OSError, NotOwnError) as error:
            problem = error.strerror if isinstance(error, OSError) and error.strerror else error
            text = f"[{name}: {problem}]"
        self._shown[name] = (now, text)
        return text

    async def _run(self, name: str, facts: Facts) -> str:
        """Run the executable of this name: the user's own, else the project's.

        Raises:
            NotOwnError: somebody else could have written it.
            OSError: it does not exist, or cannot be executed.
        """
        home, project = settings_folder(), self._settings.project
        own = home / FOLDER / name if home else None
        if own and own.exists():
            require_own(own.parent.stat(), "its folder")
            require_own(own.stat(), "it")
            if not own.is_file() or not os.access(own, os.X_OK):
                raise OSError(f"{own} is not an executable file")
            return await self._line_of(name, own, None, facts)
        file = f".ollama/{FOLDER}/{name}"
        if project is None or file not in project.snapshot.executable:
            raise OSError(f"there is no such executable in {own.parent if own else FOLDER}")
        if not project.is_unchanged():
            raise OSError("the project has changed since it was trusted")
        from ollama_cli.settings.private_copy import PrivateCopy

        with PrivateCopy(project) as copy:
            return await self._line_of(name, copy.path(file), project.root, facts)

    async def _line_of(self, name: str, program: Path, folder: Path | None, facts: Facts) -> str:
        from ollama_cli.processes.children import current_folder, run_child
        from ollama_cli.processes.environment import ChildEnvironment
        from ollama_cli.terminal.json_text import to_json

        if self._environment is None:
            self._environment = ChildEnvironment(self._settings.values)
        here = current_folder()
        root = self._settings.project.root if self._settings.project else here
        finished = await run_child(
            [str(program)],
            stdin=f"{to_json(facts.to_dict(here))}\n".encode(),
            environment=self._environment.variables(
                (),
                OLLAMA_CLI_EVENT="StatusLine",
                OLLAMA_CLI_SESSION_ID=facts.session_id,
                OLLAMA_CLI_PROVIDER=facts.provider,
                OLLAMA_CLI_MODEL=facts.model,
                OLLAMA_CLI_PROJECT_DIR=str(root or ""),
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


def cut(line: str, width: int) -> str:
    """Return the part of a line that fits into this many columns."""
    used = 0
    for place, char in enumerate(line):
        used += width_of_character(char)
        if used > width:
            return line[:place]
    return line


def _columns() -> int:
    for descriptor in (2, 1):  # standard error may go to a file
        try:
            return os.get_terminal_size(descriptor).columns or _WIDTH
        except OSError:
            continue
    return _WIDTH
