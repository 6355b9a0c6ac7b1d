"""Who answers the rows of a run, by which settings, and what listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from provider_sdk import ProviderRouter

from ollama_cli.batch.hooks import RunHooks
from ollama_cli.batch.worker_provider import WhoAnswers
from ollama_cli.choosing.choice import Choice, choose
from ollama_cli.choosing.routing import candidates, insecure_http, load_settings, make_router
from ollama_cli.hooks.events import name_of
from ollama_cli.hooks.firing import Hooks
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.output import warn


@dataclass(frozen=True, slots=True)
class World:
    """Who answers, by which settings, and what listens.

    Attributes:
        settings: the settings.
        router: knows who may be asked; it is not asked any row.
        choice: who is to answer, with which model.
        names: those who may be asked, the first to be asked first.
        who: the same for workers.
        hooks: what is told of the run.
        output_format: the form of lines on standard error.
    """

    settings: Settings
    router: ProviderRouter
    choice: Choice
    names: tuple[str, ...]
    who: WhoAnswers
    hooks: RunHooks
    output_format: str

    @classmethod
    def of(cls, given: Mapping[str, Any], kept: Choice | None = None) -> Self:
        """Return it for the options of a command.

        Args:
            given: the options.
            kept: who was to answer when the run began; ``None`` for a new run.

        Raises:
            SettingsError: the settings are broken.
            click.UsageError: the name of a model means nothing, or a provider's configuration is
                invalid.
            RegistryError: a name is unknown, or what it names cannot be loaded or built.
            ProviderError: a named provider has no credential.
        """
        output_format, verbose = given["output_format"], given["verbose"]
        note = partial(warn, output_format=output_format)
        settings = load_settings(output_format, verbose=verbose)
        router = make_router(settings, many_calls=True)
        choice = kept or choose(settings.values, given["provider"], given["task"], given["model"])
        if choice.note and verbose:
            note(choice.note)
        names = tuple(candidates(router, choice))
        hooks = Hooks.of(settings, no_hooks=given["no_hooks"])
        if told := hooks.note():
            note(told)
        first, model = next(iter(names), None), choice.model
        others = [
            name_of(name, router.get_provider(name).default_model)
            for name in names
            if name != first
        ]
        if first is not None and model is None:
            model = router.get_provider(first).default_model or None
        return cls(
            settings,
            router,
            choice,
            names,
            WhoAnswers.of(choice, insecure_http=insecure_http(settings)),
            RunHooks(hooks, first, model, others, note, note if verbose else lambda _: None),
            output_format,
        )

    def model_of(self, name: str) -> str:
        """Return which model of a provider is asked; ``""`` if that is not known yet."""
        if self.choice.model and name == next(iter(self.names), None):
            return self.choice.model
        return self.router.get_provider(name).default_model or ""

    def warn(self, message: str) -> None:
        """Write a line to standard error."""
        warn(message, self.output_format)
