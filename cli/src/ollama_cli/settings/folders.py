"""Where the command keeps its settings and its data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "settings.json"
"""The name of a settings file, the user's and a project's."""

SETTINGS_VARIABLE = "OLLAMA_CLI_CONFIG_DIR"
DATA_VARIABLE = "OLLAMA_CLI_DATA_DIR"

VARIABLES = {
    SETTINGS_VARIABLE: "the folder of settings.json",
    DATA_VARIABLE: "the folder of sessions, stored keys and all else that is stored",
    "XDG_CONFIG_HOME": "on Linux, the folder in which that of the settings is; else ~/.config",
    "XDG_DATA_HOME": "on Linux, the folder in which that of the data is; else ~/.local/share",
    "APPDATA": "on Windows, the folder in which that of the settings is",
    "LOCALAPPDATA": "on Windows, the folder in which that of the data is",
}
"""The variables that are read here, and what they set."""

_NAME = "ollama-cli"


def settings_folder() -> Path | None:
    """Return the folder of ``settings.json``; ``None`` if there is no home folder either."""
    return _folder(SETTINGS_VARIABLE, "XDG_CONFIG_HOME", "~/.config", "APPDATA")


def data_folder() -> Path | None:
    """Return the folder of what the command stores; ``None`` if there is no home folder either."""
    return _folder(DATA_VARIABLE, "XDG_DATA_HOME", "~/.local/share", "LOCALAPPDATA")


def _folder(own: str, xdg: str, unix: str, windows: str) -> Path | None:
    try:
        if chosen := os.environ.get(own, "").strip():
            return Path(chosen).expanduser()
        parent = _platform_folder(xdg, unix, windows).expanduser()
    except RuntimeError:
        return None  # there is no home folder
    return parent / _NAME if parent.is_absolute() else None


def _platform_folder(xdg: str, unix: str, windows: str) -> Path:
    if sys.platform == "darwin":
        return Path("~/Library/Application Support")
    if sys.platform == "win32":
        return Path(os.environ.get(windows, ""))
    parent = Path(os.environ.get(xdg, ""))
    return parent if parent.is_absolute() else Path(unix)  # the XDG specification says so
