"""The provider for OpenAI's models, and the base of those for other Responses API services."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    Capability,
    ChatCall,
    ChatResponse,
    ChatStream,
    HttpProvider,
    ProviderRequestError,
    ProviderWarning,
)

from provider_openai._account import OpenAIAccount
from provider_openai._dialect import CodexDialect, ResponsesDialect
from provider_openai._models import CODEX_MODEL
from provider_openai._relax import without_rejected


class ResponsesCompatibleProvider(HttpProvider):
    """A provider for a service that speaks the Responses API; class attributes are enough.

    ::

        class AcmeProvider(ResponsesCompatibleProvider):
            name = "acme"
            base_url = "https://api.acme.example/v1"
            api_key_env = ("ACME_API_KEY",)
            default_model = "acme-large"

    Narrow ``capabilities`` to what the service really does; a call for anything else is then
    refused before it is sent.
    """

    dialect: ClassVar[ResponsesDialect] = ResponsesDialect()
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            "streaming",
            "system",
            "tools",
            "parallel_tools",
            "images",
            "json_schema",
            "json_object",
            "reasoning",
            "usage_in_stream",
            "model_listing",
        }
    )

    def __init__(self, **config: Any) -> None:
        self._learned: dict[str, Mapping[str, Any]] = {}
        super().__init__(**config)

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Send the call, without what its model rejected before."""
        sent = self._without_rejected(call)
        _warn(sent.notes[len(call.notes) :])
        return await super().answer(sent)

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return the reduced call that the dialect proposes; warn of what the caller asked for."""
        sent = self._without_rejected(call)
        relaxed = super().relax(sent, error)
        if relaxed is None:
            return None
        _warn(relaxed.notes[len(sent.notes) :])
        self._learned[call.model] = relaxed.learned
        return relaxed

    def _without_rejected(self, call: ChatCall) -> ChatCall:
        if not (learned := self._learned.get(call.model)):
            return call
        return without_rejected(replace(call, learned={**call.learned, **learned}))


def _warn(notes: Iterable[str]) -> None:
    for note in notes:
        warnings.warn(note, ProviderWarning, stacklevel=3)


class CodexProvider(OpenAIAccount, ResponsesCompatibleProvider):
    """OpenAI's models at ``api.openai.com``, over the Responses API.

    The credential comes from ``api_key``, or from ``OPENAI_API_KEY``.
    """

    dialect = CodexDialect()
    name = "codex"
    default_model = CODEX_MODEL
