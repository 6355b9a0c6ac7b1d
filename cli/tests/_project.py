"""Projects for tests."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ollama_cli.settings.snapshot import take_snapshot
from ollama_cli.settings.trust import trust, trusted_project


def write_project(root: Path, files: dict[str, str | bytes] | None = None, **settings: Any) -> Path:
    """Write a project with these files, and with these settings if there are any.

    Nothing in it can be written to by others, whatever the umask is.
    """
    found = dict(files or {})
    if settings:
        found[".ollama/settings.json"] = json.dumps(settings)
    (root / ".ollama").mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o644)
    for path in (root, *(path for path in root.rglob("*") if path.is_dir())):
        path.chmod(0o755)
    return root


def trust_project(root: Path) -> None:
    """Trust a project as it is now."""
    trust(take_snapshot(root))


def is_trusted() -> bool:
    """Whether the project of the working directory is trusted."""
    return trusted_project().project is not None


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file another user's: by its owner, or by who the user is where that takes rights."""
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)


def hooks(command: str, event: str = "PreRequest", **more: Any) -> dict[str, Any]:
    """Return the setting that runs a command at an event."""
    return {event: [{"hooks": [{"type": "command", "command": command, **more}]}]}
