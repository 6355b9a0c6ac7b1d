"""Who is asked in which session, and what listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from provider_sdk import ProviderRouter

from ollama_cli.asking.call import Watcher
from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.routing import candidates
from ollama_cli.conversation.current import CurrentSession
from ollama_cli.hooks import DeniedByHookError
from ollama_cli.hooks.events import name_of
from ollama_cli.hooks.firing import Hooks, Outcome
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.output import warn


class Exchange(NamedTuple):
    """Who is asked in which session, and what listens.

    Attributes:
        router: asks; its observer is the watcher.
        choice: who is to answer, with which model.
        first: who is asked first; ``None`` if that is not known, or nobody can be asked.
        settings: the settings.
        session: the session.
        hooks: the hooks.
        watcher: shows the answer.
        output_format: the form of lines on standard error.
        verbose: whether details are shown there.
    """

    router: ProviderRouter
    choice: Choice
    first: str | None
    settings: Settings
    session: CurrentSession
    hooks: Hooks
    watcher: Watcher
    output_format: str
    verbose: bool = False

    @property
    def model(self) -> str | None:
        """Return the model that is asked first, as far as that is known."""
        if self.choice.model or self.first is None:
            return self.choice.model
        return self.router.get_provider(self.first).default_model

    @contextmanager
    def budgeted(self) -> Iterator[None]:
        """Within it, budgets count what was spent before, by other questions too.

        What is stored is read for each question: other commands add to it while a chat is open.
        """
        usage = self.router.usage
        if not self.settings.values.get("budgets"):
            yield
            return
        usage.merge(self.session.spent(usage))
        with usage.session(self.session.counted_as):
            yield

    async def fire(self, event: str, **fields: Any) -> Outcome:
        """Run the hooks of an event before the call.

        Raises:
            DeniedByHookError: one of them denies it.
        """
        outcome = await self.tell(event, **fields)
        refuse(outcome.denied)
        return outcome

    async def tell(self, event: str, **fields: Any) -> Outcome:
        """Run the hooks of an event about the call; the outcome says whether it is denied."""
        if not self.hooks.listens(event):
            return Outcome()
        return await self.tell_of(self.first, self.model, event, others=self._others(), **fields)

    async def tell_of(
        self, provider: str | None, model: str | None, event: str, **fields: Any
    ) -> Outcome:
        """Run the hooks of an event about a provider and a model; as ``tell``."""
        outcome = await self.hooks.fire(event, provider, model, self.session.id, **fields)
        for note in outcome.notes:
            self.warn(note)
        for detail in outcome.details if self.verbose else ():
            self.warn(detail)
        return outcome

    def _others(self) -> list[str]:
        """Return who may be asked after the first, as matchers see them."""
        if self.first is None:
            return []
        names = candidates(self.router, self.choice)
        found = (name for name in names if name != self.first)
        return [name_of(name, self.router.get_provider(name).default_model) for name in found]

    def warn(self, message: str) -> None:
        """Write a line to standard error."""
        warn(message, self.output_format)


def refuse(reason: str | None) -> None:
    """Raise ``DeniedByHookError`` if there is a reason."""
    if reason is not None:
        raise DeniedByHookError(reason)
