"""What the command's processes do with the network, noted by the interpreter itself."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HOOK = """\
import json
import os
import sys

LOG = {log!r}
PLAIN = (str, bytes, int, tuple)


def note(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        line = json.dumps([event, repr([each for each in arguments if type(each) in PLAIN])])
        descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, line.encode() + b"\\n")
        os.close(descriptor)


sys.addaudithook(note)
"""


@dataclass(frozen=True)
class Watch:
    """Notes each use of a socket by every Python process that is started with ``variables``."""

    folder: Path

    @property
    def variables(self) -> dict[str, Any]:
        """Return the variables that make an interpreter note it."""
        self.folder.mkdir(exist_ok=True)
        program = _HOOK.format(log=str(self.folder / "log"))
        (self.folder / "sitecustomize.py").write_text(program)
        return {"PYTHONPATH": str(self.folder)}

    def seen(self) -> list[tuple[str, str]]:
        """Return what was done since the last call, as event and arguments."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [(event, arguments) for event, arguments in map(json.loads, lines)]
