"""A copy of what was trusted, which nobody else can change, so that hooks run exactly that.

A script could be changed after it was compared and before it runs. So what runs is a copy of the
bytes that were compared. It holds all that trust covers, in the same folders: a script finds what
lies beside it if that is in ``.ollama`` or named by a hook, and nothing that trust does not cover.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ollama_cli.settings.named_files import with_files_replaced
from ollama_cli.settings.project import ENV_FILE
from ollama_cli.settings.trust import Project


class PrivateCopy:
    """The files of a trusted project in a temporary folder of mode 0700; close it after use.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self.folder = Path(tempfile.mkdtemp(prefix="ollama-cli-"))
        try:
            for name, content in project.files.items():
                if name == ENV_FILE:
                    continue  # a hook gets the credentials that it lists, and no others
                self._write(name, content, name in project.snapshot.executable)
        except BaseException:
            self.close()
            raise

    def path(self, name: str) -> Path:
        """Return the copy of a file, whether or not there is one, by its name in the project."""
        return self.folder / name

    def command(self, command: str) -> str:
        """Return a command of the project, with the copy of each file in place of its name.

        It is for the shell, in the project's folder. A file that trust does not cover has no copy,
        so the command does not find it. Whoever runs it asks ``Project.is_unchanged`` just before,
        because the shell may make names of files that nobody can see in the command.
        """
        return with_files_replaced(self._root, command, lambda name: str(self.path(name)))

    def close(self) -> None:
        """Remove the copy; do nothing if it is removed."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> PrivateCopy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, name: str, content: bytes, is_executable: bool) -> None:
        path = self.path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = 0o700 if is_executable else 0o600
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(path, "wb", opener=lambda name, _: os.open(name, flags, mode)) as file:
            file.write(content)
