"""The provider: what holds for this service only, and not for all that speak its protocol."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import Capability, Dialect, HttpProvider

from provider_parley._dialect import ParleyDialect


class ParleyProvider(HttpProvider):
    """Parley at its own address."""

    name = "parley"
    dialect: ClassVar[Dialect] = ParleyDialect()
    base_url = "https://api.parley.example"
    base_url_env = "PARLEY_BASE_URL"
    api_key_env = ("PARLEY_API_KEY",)
    credential_hint = "Get a key at https://parley.example/keys."
    default_model = "parley-large"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {"streaming", "system", "seed", "stop", "usage_in_stream", "model_listing"}
    )
