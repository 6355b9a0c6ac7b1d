"""The router of a command: made of the user's settings, and told on standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ObservedAttempt, Observer, ProviderError, ProviderRouter, UsageCounter

from ollama_cli.settings.files import Settings, SettingsError, read_settings
from ollama_cli.settings.keys import router_settings
from ollama_cli.terminal.output import print_err, print_err_json
from ollama_cli.terminal.renderers import Renderer


def load_settings(output_format: str) -> Settings:
    """Return the user's settings; a line on standard error says so if they are ignored.

    Raises:
        SettingsError: they are broken.
    """
    settings = read_settings()
    if settings.note and output_format == "text":
        print_err(f"Warning: {settings.note}")
    elif settings.note:
        print_err_json({"type": "warning", "message": settings.note})
    return settings


def make_router(settings: Settings, renderer: Renderer | None = None) -> ProviderRouter:
    """Return a router over the settings, whose fallbacks the renderer shows.

    Raises:
        SettingsError: a value in the settings is wrong.
    """
    observer = _Fallbacks(renderer) if renderer else None
    try:
        return ProviderRouter(router_settings(settings.values), observer=observer)
    except ValueError as error:
        problem = str(error).removeprefix("settings: ")
    raise SettingsError(settings.path, problem)
