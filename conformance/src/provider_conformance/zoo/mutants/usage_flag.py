"""Mutants that USAGE must kill: they ask for usage wrongly, or take its rejection wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, cast

from provider_sdk import (
    ChatCall,
    ChatOptions,
    HttpRequest,
    OpenAIDialect,
    ProviderError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class _Unasking(OpenAIDialect):
    def chat_request(self, call: ChatCall) -> HttpRequest:
        return super().chat_request(replace(call, include_usage=False))


@mutant("PC-USAGE-003", "the request for usage in a stream: True")
class DoesNotAskForUsage(Mutable):
    """Waits for usage that it did not ask for."""

    dialect: ClassVar[Any] = _Unasking()


@mutant("PC-USAGE-003", "fields of the request for a whole answer: no stream_options")
class AsksAlways(Mutable):
    """Asks for usage in a stream when there is no stream."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        wish = {"extra_body": {"stream_options": {"include_usage": True}}}
        return messages, model, stream, options if stream else options | wish


class _Giving(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return None


@mutant("PC-USAGE-013", "a stream whose usage flag was rejected: a ChatResponse")
class InsistsOnUsage(Mutable):
    """Has no stream when it cannot have usage."""

    dialect: ClassVar[Any] = _Giving()


class _Forgetting(OpenAIDialect):
    is_new_call = False

    def chat_request(self, call: ChatCall) -> HttpRequest:
        is_new_call, self.is_new_call = self.is_new_call, False
        return super().chat_request(replace(call, include_usage=True) if is_new_call else call)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return super().relax(replace(call, include_usage=True), error)


@mutant("PC-USAGE-013", "usage requested, request by request: [False]")
class ForgetsRejection(Mutable):
    """Runs into the same rejection with every call."""

    dialect: ClassVar[Any] = _Forgetting()

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.dialect.is_new_call = True
        return messages, model, stream, options


class _Remembering(OpenAIDialect):
    rejected = False

    def chat_request(self, call: ChatCall) -> HttpRequest:
        return super().chat_request(replace(call, include_usage=False) if self.rejected else call)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        relaxed = super().relax(call, error)
        self.rejected = self.rejected or relaxed is not None
        return relaxed


@mutant("PC-USAGE-013", "usage requested, request by request: [True, False]")
class RemembersForAllModels(Mutable):
    """Asks no model for usage once one has rejected the request for it."""

    def __init__(self, **config: Any) -> None:
        cast("Any", self).dialect = _Remembering()
        super().__init__(**config)


class _Stripping(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        relaxed = super().relax(call, error)
        kept = {name: v for name, v in call.options.items() if name != "extra_body"}
        return relaxed and replace(relaxed, options=cast("ChatOptions", kept))


@mutant("PC-USAGE-013", "the call without the flag")
class AsksLessWithoutUsage(Mutable):
    """Leaves out the caller's own fields when it leaves out the request for usage."""

    dialect: ClassVar[Any] = _Stripping()


class _Guessing(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return replace(call, include_usage=False) if call.include_usage else None


@mutant("PC-USAGE-014", "requests of a rejected stream: 1")
class BlamesUsageFlag(Mutable):
    """Takes any rejection for a rejection of the usage request."""

    dialect: ClassVar[Any] = _Guessing()
