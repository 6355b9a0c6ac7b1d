"""What a chat works with: the settings, and all that is made of them."""

from __future__ import annotations

from dataclasses import dataclass

from provider_sdk import ProviderRouter

from ollama_cli.asking import Watcher
from ollama_cli.hooks.firing import Hooks
from ollama_cli.routing import make_router
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.renderer import Renderer


@dataclass
class World:
    """The settings, and what is made of them.

    Attributes:
        settings: the settings that count.
        router: asks providers; its observer is the watcher.
        watcher: shows the answer.
        hooks: the hooks.
        no_hooks: the option ``--no-hooks``.
        verbose: the option ``--verbose``.
    """

    settings: Settings
    router: ProviderRouter
    watcher: Watcher
    hooks: Hooks
    no_hooks: bool
    verbose: bool

    @classmethod
    def of(cls, settings: Settings, renderer: Renderer, *, no_hooks: bool, verbose: bool) -> World:
        """Return what is made of settings.

        Raises:
            SettingsError: a value in them is wrong.
        """
        watcher = Watcher(renderer)
        router = make_router(settings, watcher)
        hooks = Hooks.of(settings, no_hooks=no_hooks)
        return cls(settings, router, watcher, hooks, no_hooks, verbose)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.router.aclose()
