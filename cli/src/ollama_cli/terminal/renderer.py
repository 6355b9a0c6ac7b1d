"""What shows an answer."""

from __future__ import annotations

from typing import Protocol

from provider_sdk import ChatChunk, ObservedAttempt, ProviderError

from ollama_cli.terminal.answers import Answer


class Renderer(Protocol):
    """Shows one answer while it arrives.

    The methods are called in this order: ``fallback`` per provider that could not answer,
    ``start``, ``chunk`` per piece, ``finish`` if the answer is complete, and ``close`` always. An
    answer that was not streamed is a single piece.
    """

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Show that another provider is asked, as ``Observer.fallback`` is told."""

    def start(self, provider: str, model: str | None) -> None:
        """Note that a provider has begun to answer."""

    def chunk(self, chunk: ChatChunk) -> None:
        """Show a piece."""

    def finish(self, answer: Answer) -> None:
        """Show what only the complete answer contains, such as usage."""

    def close(self) -> None:
        """Complete the output; nothing follows."""
