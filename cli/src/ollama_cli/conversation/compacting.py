"""Fitting the earlier turns of a session into the window of the model that is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from provider_sdk import BaseProvider, ChatOptions, ContextLengthError, Message

from ollama_cli.conversation.context import (
    COMPACT_AT,
    Compaction,
    Conversation,
    Fitted,
    fit,
    messages_of,
)
from ollama_cli.conversation.measure import tokens_of
from ollama_cli.conversation.window import Window, names_limit, reserve_of, window_after
from ollama_cli.conversation.window_lookup import Windows

if TYPE_CHECKING:
    from ollama_cli.conversation.summary import Summarize


class Compacting:
    """Turns a conversation into the messages to send, with a summary of older turns if needed.

    Args:
        conversation: the earlier turns and the question.
        provider: who is asked first.
        model: the model; ``None`` for the provider's default.
        options: the options of the call.
        settings: the settings, for ``context_window`` and ``compact_at``.
        summarize: asks the model for a summary.
        before: is called with the tokens and the window before the first summary is asked for.
        done: is told of each compaction.
    """

    def __init__(
        self,
        conversation: Conversation,
        provider: BaseProvider,
        model: str | None,
        options: ChatOptions,
        settings: Mapping[str, Any],
        *,
        summarize: Summarize,
        before: Callable[[int, Window], Awaitable[None]],
        done: Callable[[Compaction], None],
    ) -> None:
        self._conversation = conversation
        self._provider = provider
        self._model = model
        self._settings = settings
        self._options = options
        self._ask = summarize
        self._before = before
        self._done = done
        self._windows = Windows()
        self._window: Window | None = None
        self._is_told = False

    async def messages(self) -> list[Message]:
        """Return the messages to send.

        Raises:
            ContextLengthError: the question alone is too long; nothing was sent.
        """
        self._window = await self._windows.of(
            self._provider, self._model, self._settings, self._conversation
        )
        return (await self._fitted(self._window)).messages

    async def messages_after(self, error: ContextLengthError) -> list[Message]:
        """Return fewer messages, after the service found the first ones too long.

        Raises:
            ContextLengthError: the same, if there is nothing to compact.
        """
        assert self._window is not None, "the first messages were sent"
        sent = tokens_of(messages_of(self._conversation))
        reserve = reserve_of(self._options, self._window)
        window = window_after(error, self._window, sent, reserve)
        if error.provider == self._provider.name and names_limit(error):
            self._windows.learn(self._provider, self._model, window)
        fitted = await self._fitted(window)
        if fitted.compaction is None:
            raise error
        return fitted.messages

    async def now(self, focus: str) -> Compaction | None:
        """Replace older turns by a summary, although the conversation may fit.

        Args:
            focus: what to keep above all, in the words of the user; ``""`` for what matters.

        Returns:
            What was done; ``None`` if they are too short for a summary.

        Raises:
            ProviderError: the model did not answer; then nothing is replaced.
        """
        from ollama_cli.conversation.forced import compact

        window = await self._windows.of(
            self._provider, self._model, self._settings, self._conversation
        )
        found = await compact(self._conversation, window, self._telling(window), focus)
        if found is not None:
            self._conversation = self._conversation.after(found)
            self._done(found)
        return found

    def _telling(self, window: Window) -> Summarize:
        """Return what asks for a summary, and tells so before the first time."""

        async def summarize(messages: list[Message], max_tokens: int) -> str:
            if not self._is_told:
                self._is_told = True
                await self._before(tokens_of(messages_of(self._conversation)), window)
            return await self._ask(messages, max_tokens)

        return summarize

    async def _fitted(self, window: Window) -> Fitted:
        compact_at = self._settings.get("compact_at") or COMPACT_AT
        reserve = reserve_of(self._options, window)
        fitted = await fit(self._conversation, window, compact_at, reserve, self._telling(window))
        if fitted.compaction is not None:
            self._conversation = self._conversation.after(fitted.compaction)
            self._done(fitted.compaction)
        return fitted
