"""Asking one question, showing the answer, and remembering who gave it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from provider_sdk import (
    AllProvidersFailedError,
    Attempt,
    ChatChunk,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Message,
    ObservedAttempt,
    Observer,
    ProviderError,
    ProviderRouter,
    Route,
)

from ollama_cli.choice import Choice
from ollama_cli.last_route import remember
from ollama_cli.streams import OutputError
from ollama_cli.terminal.answers import Answer, answer_of
from ollama_cli.terminal.rendering import Renderer


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


class Watcher(Observer):
    """Shows each fallback, and keeps the attempts that failed.

    Args:
        renderer: shows them, and the answer.

    Attributes:
        renderer: as the argument.
        failures: what failed, in order.
        partial: what had arrived of an answer that is not whole, also after Ctrl-C.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.failures: list[Attempt] = []
        self.partial: ChatResponse | None = None
        self._not_shown: OutputError | None = None

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show it."""
        try:
            self.renderer.fallback(attempt, error, to, note)
        except OutputError as problem:
            self._not_shown = problem  # a router does not let an observer end its call

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """Keep it."""
        self.partial = partial
        if isinstance(error, ProviderError):
            failure = Attempt(attempt.provider, attempt.model, "failed", error, attempt.seconds)
            self.failures.append(failure)

    def start(self, route: Route | None) -> None:
        """Show who answers.

        Raises:
            OutputError: that, or a fallback, could not be shown.
        """
        assert route is not None, "a router adds one to each answer"
        if self._not_shown is not None:
            raise self._not_shown
        self.renderer.start(route.provider, route.model or None)


async def ask(router: ProviderRouter, question: Question, watcher: Watcher) -> str | None:
    """Ask the question and show the answer while it arrives.

    Args:
        router: whom to ask; its observer is the watcher.
        question: the question.
        watcher: shows the answer.

    Returns:
        Why the route cannot be remembered, ``None`` if it was.

    Raises:
        ProviderError: the call failed or the answer is incomplete; what arrived has been shown.
    """
    task = question.choice.task
    try:
        answer = await _answer(router, question, watcher)
    except AllProvidersFailedError as error:
        remember(task, error.attempts, None)
        raise
    except ProviderError:
        if watcher.failures:
            remember(task, watcher.failures, None)
        raise
    return remember(task, answer.route.attempts, answer.route)


async def _answer(router: ProviderRouter, question: Question, watcher: Watcher) -> Answer:
    start = time.monotonic()
    choice = question.choice
    try:
        answer = await router.route(
            choice.task,
            question.messages,
            provider=choice.provider,
            model=question.model,
            stream=question.stream,
            **question.options,
        )
        if isinstance(answer, ChatStream):
            response = await _streamed(answer, watcher)
        else:
            response = _whole(answer, watcher)
        found = answer_of(response, router.usage, time.monotonic() - start)
        watcher.renderer.finish(found)
    finally:
        watcher.renderer.close()
    return found


async def _streamed(stream: ChatStream, watcher: Watcher) -> ChatResponse:
    async with stream:
        watcher.start(stream.route)
        async for chunk in stream:
            watcher.renderer.chunk(chunk)
    return stream.response


def _whole(response: ChatResponse, watcher: Watcher) -> ChatResponse:
    watcher.start(response.route)
    watcher.renderer.chunk(ChatChunk(response.text, response.reasoning or ""))
    return response
