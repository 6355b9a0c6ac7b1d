"""The provider for Gemini, and the base of providers for services with the same protocol."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from typing import Any, ClassVar, Unpack

from provider_sdk import (
    Capability,
    ChatCall,
    ChatOptions,
    ChatResponse,
    ChatStream,
    HttpProvider,
    Messages,
    ProviderRequestError,
    ProviderWarning,
    checked_options,
)
from provider_sdk.adapting import check_supported, normalized

from provider_gemini._dialect import GeminiDialect
from provider_gemini._errors import KEYS_PAGE
from provider_gemini._models import DEFAULT_MODEL, short_name

_API_PATH = re.compile(r"(?<!/)/v1(beta|alpha)?(/models|/openai)?/*$", re.IGNORECASE)


class GeminiCompatibleProvider(HttpProvider):
    """A provider for a service that speaks generateContent; class attributes are enough.

    ::

        class AcmeProvider(GeminiCompatibleProvider):
            name = "acme"
            base_url = "https://api.acme.example/gemini"
            api_key_env = ("ACME_API_KEY",)
            default_model = "acme-large"

    Narrow ``capabilities`` to what the service really does; a call for anything else is then
    refused before it is sent.

    Args:
        config: see ``HttpProvider``.
    """

    dialect: ClassVar[GeminiDialect] = GeminiDialect()
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
            "seed",
            "stop",
            "usage_in_stream",
            "model_listing",
            "token_counting",
        }
    )

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._learned: dict[str, dict[str, Any]] = {}

    def complete_address(self, address: str) -> str:
        """Return the base URL for an address as other clients take it, with its version."""
        return _API_PATH.sub("", address.strip())

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Send the call, in the way that earlier rejections taught."""
        return await super().answer(self._as_learned(call))

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return the reduced call that the dialect proposes; remember what it taught."""
        sent = self._as_learned(call)
        relaxed = super().relax(sent, error)
        if relaxed is not None:
            self._learned[short_name(call.model)] = dict(relaxed.learned)
            for note in relaxed.notes[len(sent.notes) :]:
                warnings.warn(note, ProviderWarning, stacklevel=3)
        return relaxed

    async def count_tokens(
        self, messages: Messages, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> int:
        """Return how many tokens the service would read for a call; it is not billed.

        ``timeout`` and ``extra_headers`` are ignored.

        Raises:
            TypeError, ProviderError: as ``chat``.
        """
        self.require_open()
        conversation, checked = normalized(messages, self.name), checked_options(options)
        check_supported(self, conversation, checked, stream=False)
        if not (name := model or self.default_model):
            raise ProviderRequestError(
                "no model was named, and the provider has no default", provider=self.name
            )
        call = self._as_learned(ChatCall(name, conversation, checked, provider=self.name))
        return self.dialect.parse_count(await self.fetch(self.dialect.count_request(call)))

    def _as_learned(self, call: ChatCall) -> ChatCall:
        learned = self._learned.get(short_name(call.model), {})
        return replace(call, learned={**learned, **call.learned})


class GeminiProvider(GeminiCompatibleProvider):
    """Gemini at ``generativelanguage.googleapis.com``.

    The credential comes from ``api_key``, from ``GOOGLE_API_KEY``, or from ``GEMINI_API_KEY``.
    """

    name = "gemini"
    base_url = "https://generativelanguage.googleapis.com"
    base_url_env = "GEMINI_BASE_URL"
    api_key_env = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
    default_model = DEFAULT_MODEL
    credential_hint = f"Make a key at {KEYS_PAGE} and set GOOGLE_API_KEY or GEMINI_API_KEY to it."
