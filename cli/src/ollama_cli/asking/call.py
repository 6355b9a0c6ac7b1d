"""Making one call, and showing the answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from provider_sdk import (
    Attempt,
    ChatChunk,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Message,
    ObservedAttempt,
    Observer,
    Prices,
    ProviderError,
    ProviderRouter,
    Route,
    UsageCounter,
)

from ollama_cli.choosing.choice import Choice
from ollama_cli.processes.streams import OutputError
from ollama_cli.terminal.answers import Answer, answer_of
from ollama_cli.terminal.renderer import Renderer

if TYPE_CHECKING:
    from provider_sdk import UsageRow


class Fallback(NamedTuple):
    """That another provider is asked, as ``Observer.fallback`` is told."""

    attempt: ObservedAttempt
    error: ProviderError
    to: str
    note: str


class Call(NamedTuple):
    """One call, ready to be made.

    Attributes:
        choice: who is to answer, with which model.
        messages: the conversation to send.
        stream: whether to stream the answer.
        options: further options of the call.
    """

    choice: Choice
    messages: Sequence[Message]
    stream: bool
    options: ChatOptions


class Watcher(Observer):
    """Shows each fallback, and keeps what became of the attempts.

    Args:
        renderer: shows them, and the answer.

    Attributes:
        renderer: as the argument.
        failures: what failed, in order.
        fallbacks: whom was asked next, and why, in order.
        partial: what had arrived of an answer that was cut short.
        first_at: when its first piece arrived, by the monotonic clock; ``None`` before.
        has_asked: whether anybody was asked.
        counter: counts what is used, apart from what the router's counter knows of before.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.reset(renderer)

    def reset(self, renderer: Renderer) -> None:
        """Forget everything: another answer follows, which this renderer shows."""
        self.renderer = renderer
        self.counter = UsageCounter()
        self.failures: list[Attempt] = []
        self.fallbacks: list[Fallback] = []
        self.partial: ChatResponse | None = None
        self.first_at: float | None = None
        self.has_asked = False
        self._not_shown: OutputError | None = None

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show it, and keep it."""
        self.fallbacks.append(Fallback(attempt, error, to, note))
        try:
            self.renderer.fallback(attempt, error, to, note)
        except OutputError as problem:
            self._not_shown = problem  # a router does not let an observer end its call

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """Count it, and keep it."""
        self.counter.failed(attempt, error, partial)
        self.partial = partial
        if isinstance(error, ProviderError):
            failure = Attempt(attempt.provider, attempt.model, "failed", error, attempt.seconds)
            self.failures.append(failure)

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """Count it."""
        self.has_asked = True
        self.counter.attempt_started(attempt)

    def finished(self, attempt: ObservedAttempt, response: ChatResponse) -> None:
        """Count it."""
        self.counter.finished(attempt, response)

    def count_at(self, prices: Prices) -> None:
        """Count from zero, at these prices."""
        self.counter = UsageCounter(prices)

    def take_calls(self) -> list[UsageRow]:
        """Return what was counted, and count from zero."""
        rows = self.counter.rows()
        self.count_at(self.counter.prices)
        return rows

    def start(self, route: Route | None) -> None:
        """Show who answers.

        Raises:
            OutputError: that, or a fallback, could not be shown.
        """
        assert route is not None, "a router adds one to each answer"
        if self._not_shown is not None:
            raise self._not_shown
        self.renderer.start(route.provider, route.model or None)


async def ask(
    router: ProviderRouter,
    call: Call,
    watcher: Watcher,
    keep: Callable[[Answer], str | None],
) -> Answer:
    """Make the call and show the answer while it arrives.

    Args:
        router: whom to ask; its observer is the watcher.
        call: the call.
        watcher: shows the answer.
        keep: stores it when it is complete, and returns the id of its session.

    Returns:
        The answer.

    Raises:
        ProviderError: the call failed or the answer is incomplete; what arrived has been shown.
    """
    start = time.monotonic()
    choice = call.choice
    found = await router.route(
        choice.task,
        call.messages,
        provider=choice.provider,
        model=choice.model,
        stream=call.stream,
        **call.options,
    )
    response = await _streamed(found, watcher) if isinstance(found, ChatStream) else found
    answer = answer_of(response, watcher.counter, time.monotonic() - start)
    first = watcher.first_at
    answer = answer._replace(first_s=None if first is None else first - start)
    answer = answer._replace(session_id=keep(answer))
    if response is found:  # what is complete is kept before it is shown, which may fail
        _show_whole(response, watcher)
    watcher.renderer.finish(answer)
    return answer


async def _streamed(stream: ChatStream, watcher: Watcher) -> ChatResponse:
    async with stream:
        watcher.start(stream.route)
        try:
            async for chunk in stream:
                if watcher.first_at is None:
                    watcher.first_at = time.monotonic()
                watcher.renderer.chunk(chunk)
        except BaseException:
            watcher.partial = replace(stream.partial, route=stream.route)
            raise
    return stream.response


def _show_whole(response: ChatResponse, watcher: Watcher) -> None:
    watcher.start(response.route)
    watcher.renderer.chunk(ChatChunk(response.text, response.reasoning or ""))
