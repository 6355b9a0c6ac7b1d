"""What a chat works with: the settings, and all that is made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import click
from provider_sdk import ProviderRouter

from ollama_cli.asking.call import Watcher
from ollama_cli.chat.custom import Custom, find_custom
from ollama_cli.chat.looking import (
    Look,
    alone,
    has_same_project,
    is_same,
    look,
    stored_keys,
    what_changed,
)
from ollama_cli.choosing.known_providers import KnownProviders
from ollama_cli.choosing.routing import insecure_http, make_router, set_variables
from ollama_cli.conversation.spending import go_on
from ollama_cli.hooks.firing import Hooks
from ollama_cli.settings.dotenv import set_here
from ollama_cli.settings.files import Settings
from ollama_cli.settings.keys import router_settings
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
        custom: the slash commands that are files, by name.
        problem: why nobody may be asked, whoever is chosen; ``None`` if somebody may.
    """

    settings: Settings
    router: ProviderRouter
    watcher: Watcher
    hooks: Hooks
    no_hooks: bool
    verbose: bool
    custom: Mapping[str, Custom] = field(default_factory=dict)
    problem: str | None = None
    _router_of: _RouterOf = field(default_factory=lambda: _RouterOf({}))
    _told: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, settings: Settings, renderer: Renderer, *, no_hooks: bool, verbose: bool) -> World:
        """Return what is made of settings.

        Raises:
            SettingsError: a value in them is wrong.
        """
        made = _Made.of(settings, renderer)
        hooks = Hooks.of(settings, no_hooks=no_hooks)
        world = cls(settings, made.router, made.watcher, hooks, no_hooks, verbose)
        world._router_of = _router_of(settings, stored_keys())
        world._told = frozenset(settings.notes)
        return world

    def knows(self, provider: str) -> bool:
        """Whether there is a provider with this name."""
        return provider in KnownProviders(self.settings.values)

    async def refresh(self, tell: Callable[[str], None]) -> None:
        """Use settings, trust, keys and files as they are now; others replace ``settings``.

        What is wrong is told once, and not again until it is something else. The router stays if it
        would be made of the same; else the connections of the old one are closed.

        Args:
            tell: is told in a line what changed, and what is wrong.
        """
        found = await asyncio.to_thread(look, self.settings)
        before = self.settings
        problems = [*found.problems, *found.settings.notes]
        changes = await self._use(found, problems)
        files = await asyncio.to_thread(find_custom, self.settings.project)
        self.custom = files.commands
        problems += files.notes
        for problem in problems:
            if problem not in self._told:
                tell(f"Warning: {problem}")
        self._told = frozenset(problems)
        for change in (*what_changed(before, self.settings), *changes):
            tell(change)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.router.aclose()

    async def _use(self, found: Look, problems: list[str]) -> list[str]:
        """Use the first settings of which a router can be made; add what is wrong with others.

        Returns:
            What changed besides the settings.
        """
        if self._has(found.settings, found.keys) and self.problem is None:
            return []
        wrong = []
        for settings in self._in_order(found.settings):
            try:
                made = _Made.of(settings, self.watcher.renderer)
            except click.ClickException as error:
                wrong.append(f"{error.message}; it is not used until it is mended")
            else:
                problems += wrong[:1]
                self.problem = None
                return await self._take(settings, found.keys, made)
        self.problem = wrong[0]  # whoever asks is told
        return await self._take(alone(self.settings), found.keys, None)

    def _has(self, settings: Settings, keys: tuple[int, ...] | None) -> bool:
        return is_same(settings, self.settings) and self._router_of.keys == keys

    def _in_order(self, found: Settings) -> Iterator[Settings]:
        """Yield what was found; else what counted before, without a project that changed."""
        yield found
        if has_same_project(found, self.settings):
            yield self.settings
        else:
            yield alone(self.settings)

    async def _take(
        self, settings: Settings, keys: tuple[int, ...] | None, made: _Made | None
    ) -> list[str]:
        changes = []
        note = set_variables(settings)
        if not is_same(settings, self.settings):
            if note and self.verbose:
                changes.append(f"Warning: {note}")
            changes += self._take_hooks(settings)
        self.settings = settings
        before, self._router_of = self._router_of, _router_of(settings, keys)
        if made is not None and before != self._router_of:
            go_on(self.router.usage, made.router.usage)
            old, self.router, self.watcher = self.router, made.router, made.watcher
            await old.aclose()
        if before.keys != keys:
            changes.append("the stored keys have changed, and count from now on")
        return changes

    def _take_hooks(self, settings: Settings) -> list[str]:
        """Use the hooks of settings; return a line if some that are required are not run."""
        told = self.hooks.note()
        self.hooks = Hooks.of(settings, no_hooks=self.no_hooks)
        note = self.hooks.note()
        return [f"Warning: {note}"] if note and note != told else []


class _Made(NamedTuple):
    """A router, and what watches it."""

    router: ProviderRouter
    watcher: Watcher

    @classmethod
    def of(cls, settings: Settings, renderer: Renderer) -> _Made:
        watcher = Watcher(renderer)
        return cls(make_router(settings, watcher), watcher)


class _RouterOf(NamedTuple):
    """What a router, and the providers that it has built, are made of."""

    settings: dict[str, Any]
    aliases: Mapping[str, str] | None = None
    insecure_http: bool = False
    variables: Mapping[str, str] | None = None
    keys: tuple[int, ...] | None = None


def _router_of(settings: Settings, keys: tuple[int, ...] | None) -> _RouterOf:
    return _RouterOf(
        router_settings(settings.values),
        settings.values.get("aliases"),
        insecure_http(settings),
        set_here(),
        keys,
    )
