"""Mutants that ERROR must kill: wrong calls, and calls after a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import ChatResponse, ChatStream, ProviderError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Call, Mutable

_ROLES = ("system", "user", "assistant", "tool")


@mutant("PC-ERROR-028", "complete() that fails with auth: to raise ProviderAuthError")
class CompletesWithErrors(Mutable):
    """Completes a prompt with the error, if need be."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Answer, with whatever there is."""
        try:
            return await super().complete(prompt, model, **options)
        except ProviderError as error:
            return f"Error: {error}"


@mutant("PC-ERROR-029", "a call without messages: to raise ProviderRequestError")
class AsksNothing(Mutable):
    """Sends an empty message if the caller gave no messages."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        return messages or [{"role": "user", "content": ""}], model, stream, options


@mutant("PC-ERROR-030", "a message with an unknown role: to raise ProviderRequestError")
class GuessesRoles(Mutable):
    """Takes every unknown role for the user's."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        known = [
            {**turn, "role": "user"}
            if isinstance(turn, Mapping) and turn.get("role") not in _ROLES
            else turn
            for turn in messages
        ]
        return known, model, stream, options


@mutant("PC-ERROR-031", "the answer to a call after one that failed")
class ClosesOnFailure(Mutable):
    """Closes itself after a failure."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, or give up for good."""
        try:
            return await call()
        except ProviderError:
            await self.aclose()
            raise


@mutant("PC-ERROR-060", "chat() with half a character: to return an answer or raise ProviderError")
class EncodesStrictly(Mutable):
    """Measures what it sends in bytes, and trips over half a character."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change nothing."""
        for message in messages:
            str(message["content"] if isinstance(message, dict) else "").encode()
        return messages, model, stream, options
