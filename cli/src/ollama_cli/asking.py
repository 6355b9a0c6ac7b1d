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
from ollama_cli.terminal.answers import Answer, answer_of
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


class Watcher(Observer):
    """Shows each fallback, and keeps the attempts that failed.

    Args:
        renderer: shows them.

    Attributes:
        failures: what failed, in order.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self.failures: list[Attempt] = []

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show it."""
        self._renderer.fallback(attempt, error, to, note)

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """Keep it."""
        if isinstance(error, ProviderError):
            failure = Attempt(attempt.provider, attempt.model, "failed", error, attempt.seconds)
            self.failures.append(failure)


async def ask(
    router: ProviderRouter, question: Question, renderer: Renderer, watcher: Watcher
) -> str | None:
    """Ask the question and show the answer while it arrives.

    Returns:
        Why the route cannot be remembered, ``None`` if it was.

    Raises:
        ProviderError: the call failed or the answer is incomplete; what arrived has been shown.
    """
    task = question.choice.task
    try:
        answer = await _answer(router, question, renderer)
    except AllProvidersFailedError as error:
        remember(task, error.attempts, None)
        raise
    except ProviderError:
        if watcher.failures:
            remember(task, watcher.failures, None)
        raise
    return remember(task, answer.route.attempts, answer.route)


async def _answer(router: ProviderRouter, question: Question, renderer: Renderer) -> Answer:
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
            response = await _streamed(answer, renderer)
        else:
            response = _whole(answer, renderer)
        found = answer_of(response, router.usage, time.monotonic() - start)
        renderer.finish(found)
    finally:
        renderer.close()
    return found


async def _streamed(stream: ChatStream, renderer: Renderer) -> ChatResponse:
    async with stream:
        _start(stream.route, renderer)
        async for chunk in stream:
            renderer.chunk(chunk)
    return stream.response


def _whole(response: ChatResponse, renderer: Renderer) -> ChatResponse:
    _start(response.route, renderer)
    renderer.chunk(ChatChunk(response.text, response.reasoning or ""))
    return response


def _start(route: Route | None, renderer: Renderer) -> None:
    assert route is not None, "a router adds one to each answer"
    renderer.start(route.provider, route.model or None)
