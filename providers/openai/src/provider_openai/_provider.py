"""The provider for OpenAI's models, and the base of those for other Responses API services."""

from __future__ import annotations

from typing import ClassVar

from provider_sdk import Capability, HttpProvider

from provider_openai._account import OpenAIAccount
from provider_openai._dialect import ResponsesDialect
from provider_openai._models import CODEX_MODEL


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


class CodexProvider(OpenAIAccount, ResponsesCompatibleProvider):
    """OpenAI's models at ``api.openai.com``, over the Responses API.

    The credential comes from ``api_key``, or from ``OPENAI_API_KEY``.
    """

    name = "codex"
    default_model = CODEX_MODEL
