"""The provider: what is particular to this service, beyond the protocol."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import Capability, Dialect, HttpProvider

from tagline.dialect import TaglineDialect


class TaglineProvider(HttpProvider):
    """Speaks tagline over HTTP."""

    name = "tagline"
    dialect: ClassVar[Dialect] = TaglineDialect()
    base_url = "https://tagline.example"
    base_url_env = "TAGLINE_BASE_URL"
    api_key_env = ("TAGLINE_API_KEY",)
    default_model = "tagline/large"
    credential_hint = "Get a key at https://tagline.example/keys."
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            "streaming",
            "system",
            "tools",
            "parallel_tools",
            "seed",
            "stop",
            "usage_in_stream",
            "model_listing",
        }
    )
