"""A provider for any service that speaks OpenAI chat completions."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk._capabilities import Capability
from provider_sdk._dialect import Dialect
from provider_sdk._http.provider import HttpProvider
from provider_sdk.chat_completions._dialect import OpenAIDialect


class OpenAICompatibleProvider(HttpProvider):
    """A provider for a service that speaks OpenAI chat completions; class attributes are enough.

    ```python
    class AcmeProvider(OpenAICompatibleProvider):
        name = "acme"
        base_url = "https://api.acme.example/v1"
        api_key_env = ("ACME_API_KEY",)
        default_model = "acme-large"
    ```

    Narrow ``capabilities`` to what the service really does; a call for anything else is then
    refused before it is sent.
    """

    dialect: ClassVar[Dialect] = OpenAIDialect()
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
