"""Which view shows the chat."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from ollama_cli.chat.lines.view import PlainView
from ollama_cli.chat.view import View
from ollama_cli.terminal.pages import shows_styles

VARIABLES = {"ACCESSIBLE": "unless it is empty, 0 or false, the chat writes whole lines only"}
"""The variable that is read here, and what it does; other programs read it, too."""


def make_view(settings: Mapping[str, Any], *, plain: bool | None, stored: bool) -> View:
    """Return the view for where the chat is shown.

    Args:
        settings: the settings that count.
        plain: the option ``--plain`` or ``--no-plain``; ``None`` leaves it to the settings, and
            then to the variable.
        stored: whether what is entered may be stored.
    """
    wanted = settings.get("chat") or {}
    choices = (plain, wanted.get("plain"), _is_accessible())
    if next(each for each in choices if each is not None) or not can_show_screen():
        return PlainView()
    from ollama_cli.chat.history import History
    from ollama_cli.chat.screen.view import ScreenView  # imports prompt_toolkit
    from ollama_cli.settings.folders import data_folder

    is_stored = stored and settings.get("sessions") is not False
    history = History(data_folder() if is_stored else None)
    return ScreenView(history=history, vi=wanted.get("keys") == "vi")


def _is_accessible() -> bool:
    return os.environ.get("ACCESSIBLE", "").strip().lower() not in ("", "0", "false")


def can_show_screen() -> bool:
    """Whether a terminal takes keys and can move its cursor."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    return shows_styles(sys.stdout) and shows_styles(sys.stderr)
