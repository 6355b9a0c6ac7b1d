"""The provider of a worker, wherever the worker runs.

A worker gets a description without any secret, and reads settings, keys and variables where it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from provider_sdk import BaseProvider

from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.importing import importing

CHAIN = "router"
"""What a run is bound to if those of the chain are asked: this, a colon, and the task."""


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """Who answers the rows of a run; it can be pickled, and holds nothing secret.

    Attributes:
        provider: the provider that was named; ``None`` for the chain.
        task: what the questions are for, which decides who is in the chain.
        folder: where the command was called: its project counts, if it is trusted there too.
        insecure_http: whether credentials may go over plain http to other machines.
    """

    provider: str | None
    task: str
    folder: str
    insecure_http: bool

    @classmethod
    def of(cls, choice: Choice, *, insecure_http: bool) -> WhoAnswers:
        """Return who answers for somebody who calls the command here."""
        return cls(choice.provider, choice.task, str(Path.cwd()), insecure_http)

    @property
    def name(self) -> str:
        """What the run is bound to: the provider, or the chain of a task."""
        return self.provider or f"{CHAIN}:{self.task}"

    def make(self) -> BaseProvider:
        """Build the provider, as the settings of the user who runs the worker describe it.

        Raises:
            SettingsError: the settings are broken.
            RegistryError: no provider has this name, or it cannot be loaded or built.
            ProviderError: it has no credential, or may not be sent where it is.
        """
        from ollama_cli.choosing.routing import make_router, set_variables
        from ollama_cli.keys.choosing import KeyChooser
        from ollama_cli.settings.files import read_settings

        folder = Path(self.folder)
        if folder.is_dir() and not folder.samefile(Path.cwd()):
            os.chdir(folder)  # a worker on another machine may not have it
        settings = read_settings()
        if settings.project is not None:
            set_variables(settings)
        permits = self.insecure_http or bool(settings.values.get("insecure_http"))
        chooser = KeyChooser(insecure_http=permits)
        router = make_router(settings, choose_credential=chooser, many_calls=True)
        with importing():
            if self.provider is not None:
                return router.make_provider(self.provider)
            return router.as_provider(self.task)


def make_worker_provider(who: WhoAnswers) -> BaseProvider:
    """Build the provider of a worker; see ``WhoAnswers.make``."""
    return who.make()


def maker_of(who: WhoAnswers) -> partial[BaseProvider]:
    """Return what builds the provider, for every engine."""
    return partial(make_worker_provider, who)
