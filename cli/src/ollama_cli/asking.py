"""Asking one question, showing the answer, and remembering who gave it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from provider_sdk import (
    AllProvidersFailedError,
    ChatChunk,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Message,
    ProviderRouter,
    Route,
    Usage,
    UsageCounter,
)

from ollama_cli.choice import Choice
from ollama_cli.last_route import remember
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.answers import Answer
from ollama_cli.terminal.output import print_err
from ollama_cli.terminal.renderers import Renderer


@dataclass(frozen=True, slots=True)
class Question:
    """One call, ready to be made.

    Attributes:
        choice: who is to answer.
        messages: the conversation to send.
        model: the model to ask; ``None`` for the default.
        stream: whether to stream the answer.
        options: further options of the call.
    """

    choice: Choice
    messages: Sequence[Message]
    model: str | None
    stream: bool
    options: ChatOptions

    async def ask(self, router: ProviderRouter) -> ChatResponse | ChatStream:
        """Make the call and return the answer, or a stream if ``stream`` is set.

        Raises:
            ProviderError: see ``ProviderRouter.route``.
        """
        return await router.route(
            self.choice.task,
            self.messages,
            provider=self.choice.provider,
            model=self.model,
            stream=self.stream,
            **self.options,
        )
