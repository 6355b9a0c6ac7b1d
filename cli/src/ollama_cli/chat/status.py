"""The status line of a chat: rendered in the background, so that nothing waits for it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from provider_sdk import ProviderError, RegistryError

from ollama_cli.chat.view import View
from ollama_cli.settings.files import Settings
from ollama_cli.status_lines.answered import facts_of, sum_of
from ollama_cli.status_lines.built_in import ANSWER
from ollama_cli.status_lines.facts import Facts
from ollama_cli.status_lines.lines import StatusLine

if TYPE_CHECKING:
    from ollama_cli.chat.chat import Chat
    from ollama_cli.choosing.choice import Choice
    from ollama_cli.terminal.answers import Answer


class Status:
    """Keeps the status line of a view as it should be.

    Where a view keeps one in sight, it is shown from the beginning, and without being chosen. Where
    it is a line among others, it is shown after an answer, on a terminal, if the settings choose
    one: as after a question without a chat.

    Args:
        view: shows it.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._line = StatusLine(Settings())
        self._settings: Settings | None = None
        self._answered: tuple[Facts, Choice, object] | None = None
        self._task: asyncio.Task[None] | None = None

    async def answered(self, chat: Chat, answer: Answer) -> None:
        """Show what is known after an answer."""
        provider = chat.world.router.get_provider(answer.route.provider)
        window = chat.world.settings.values.get("context_window")
        facts = facts_of(answer, provider, chat.session.calls(), window)
        self._answered = facts, chat.choice, chat.session
        if self._view.keeps_status:
            return  # `update` follows each entry
        self._use(chat.world.settings)
        if sys.stderr.isatty() and (line := await self._line.render(facts)):
            self._view.status(line)

    def update(self, chat: Chat) -> None:
        """Show who is asked now, or answered last, in the background."""
        if not self._view.keeps_status:
            return
        self._use(chat.world.settings)
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._show(self._facts(chat)))

    async def aclose(self) -> None:
        """End what is still rendered."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _use(self, settings: Settings) -> None:
        """Go on with the same line, so that it is not run more often than it may be."""
        if settings is not self._settings:
            self._settings = settings
            default = ANSWER if self._view.keeps_status else None
            self._line = StatusLine(settings, default)

    async def _show(self, facts: Facts) -> None:
        try:
            line = await self._line.render(facts, patient=True)
        except Exception as error:  # noqa: BLE001 - shown; nobody awaits this task
            line = f"[status line: {type(error).__name__}]"
        self._view.status(line or "")

    def _facts(self, chat: Chat) -> Facts:
        """Return what is known of the last answer, if the same would be asked again."""
        if self._answered is not None:
            facts, choice, session = self._answered
            if choice == chat.choice and session is chat.session:
                return facts
        provider, model = chat.choice.provider, chat.choice.model
        with suppress(click.ClickException, ProviderError, RegistryError):
            exchange = chat.exchange()
            provider, model = exchange.first, exchange.model
        return Facts(
            provider=provider,
            model=model,
            session_id=chat.session.id,
            session=sum_of(chat.session.calls()),
            context_window=chat.world.settings.values.get("context_window"),
        )
