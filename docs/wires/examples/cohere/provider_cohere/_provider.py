"""The provider: what holds for the service, not for every one that speaks its protocol."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import Capability, Dialect, HttpProvider, ProviderAuthError

from provider_cohere._dialect import CohereDialect
from provider_cohere._errors import KEYS_PAGE
from provider_cohere._models import KEY_CHECK, is_accepted


class CohereProvider(HttpProvider):
    """Cohere at ``api.cohere.com``.

    Of ``reasoning_effort`` it can send ``"none"`` only: the service knows no other efforts, but a
    budget, ``extra_body={"thinking": {"type": "enabled", "token_budget": 2048}}``.
    """

    name = "cohere"
    dialect: ClassVar[Dialect] = CohereDialect()
    base_url = "https://api.cohere.com"
    base_url_env = "CO_API_URL"
    api_key_env = ("CO_API_KEY", "COHERE_API_KEY")
    default_model = "command-a-03-2025"
    credential_hint = f"Make a key at {KEYS_PAGE} and set CO_API_KEY to it."
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
        }
    )

    async def check_health(self) -> None:
        """Raise unless the service says that the key is valid, and lists its models for it."""
        if not is_accepted(await self.fetch(KEY_CHECK, max_retries=0)):
            raise ProviderAuthError(
                "the service says that the key is not valid", hint=f"Check it at {KEYS_PAGE}."
            )
        await super().check_health()
