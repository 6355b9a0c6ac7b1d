"""A model that sums up: it checks what it is asked, keeps facts, and fails as it is told."""

import itertools
from collections.abc import Iterable

from ollama_cli.conversation.measure import MARGIN, REPLY, tokens_of
from provider_sdk import Message, ProviderError


class Summarizer:
    """Keeps every word that begins with ``fact``, as far as there is room.

    Args:
        window: what no request may exceed, with its answer and a margin.
        outcomes: what becomes of each request in turn, then again from the first: an error is
            raised, a text is the answer, ``None`` stands for the facts.

    Attributes:
        requests: what it was asked.
    """

    def __init__(self, window: int, outcomes: Iterable[ProviderError | str | None] = (None,)):
        self.window = window
        self.requests: list[list[Message]] = []
        self._outcomes = itertools.cycle(outcomes)

    async def __call__(self, messages: list[Message], limit: int) -> str:
        """Answer one request."""
        self.requests.append(messages)
        assert limit > 0
        assert (tokens_of(messages) + REPLY) * MARGIN + limit <= self.window
        assert [message.role for message in messages] == ["system", "user"]
        outcome = next(self._outcomes)
        if isinstance(outcome, ProviderError):
            raise outcome
        if outcome is not None:
            return outcome
        words = dict.fromkeys(messages[-1].text.split())
        return "They said: " + " ".join(word for word in words if word.startswith("fact"))
