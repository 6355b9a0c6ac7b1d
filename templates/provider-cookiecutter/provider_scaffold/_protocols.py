"""The protocols that a bake may speak: a row each."""

from __future__ import annotations

from dataclasses import dataclass

_USUAL = ("streaming", "system", "tools", "parallel_tools", "usage_in_stream", "model_listing")


@dataclass(frozen=True)
class Protocol:
    """What a bake needs to know of its protocol.

    Attributes:
        capabilities: the capabilities that are proposed.
        lacks: capabilities that the protocol cannot express.
        base_path: what follows the host in the address that is proposed.
        endpoints: paths that the provider adds itself, and that an address must not end in.
        owner: whose protocol it is.
        module: the package that has the base class; empty for a protocol of its own.
        base: the base class of the provider.
        wire: the kit's wire.
        wire_arguments: what the wire is made with.
        member: the folder of the member that ``module`` comes from, if that is not the SDK.
    """

    capabilities: tuple[str, ...]
    lacks: frozenset[str] = frozenset()
    base_path: str = ""
    endpoints: tuple[str, ...] = ()
    owner: str = ""
    module: str = ""
    base: str = ""
    wire: str = ""
    wire_arguments: str = ""
    member: str = ""

    @property
    def distribution(self) -> str:
        """The distribution of ``member``, empty for the SDK."""
        return f"provider-contract-{self.member.rpartition('/')[2]}" if self.member else ""


PROTOCOLS = {
    "openai-compatible": Protocol(
        capabilities=(*_USUAL, "json_schema", "json_object", "seed", "stop"),
        base_path="/v1",
        endpoints=("/chat/completions",),
        owner="OpenAI",
        module="provider_sdk",
        base="OpenAICompatibleProvider",
        wire="OpenAIWire",
    ),
    "responses-compatible": Protocol(
        capabilities=(*_USUAL, "json_schema", "json_object"),
        lacks=frozenset({"seed", "stop"}),
        base_path="/v1",
        endpoints=("/responses",),
        owner="OpenAI",
        module="provider_openai",
        base="ResponsesCompatibleProvider",
        wire="ResponsesWire",
        member="providers/openai",
    ),
    "anthropic-compatible": Protocol(
        capabilities=(*_USUAL, "stop"),
        lacks=frozenset({"json_object", "seed"}),
        endpoints=("/v1/messages", "/v1"),
        owner="Anthropic",
        module="provider_anthropic",
        base="AnthropicCompatibleProvider",
        wire="AnthropicWire",
        wire_arguments="sampling=True",
        member="providers/anthropic",
    ),
    "gemini-compatible": Protocol(
        capabilities=(*_USUAL, "json_schema", "json_object", "seed", "stop"),
        endpoints=("/v1beta/models", "/v1beta", "/v1"),
        owner="Gemini",
        module="provider_gemini",
        base="GeminiCompatibleProvider",
        wire="GeminiWire",
        member="providers/gemini",
    ),
    "ollama-compatible": Protocol(
        capabilities=(*_USUAL, "json_schema", "json_object", "seed", "stop"),
        endpoints=("/api/chat", "/api", "/v1"),
        owner="Ollama",
        module="provider_ollama",
        base="OllamaCompatibleProvider",
        wire="OllamaWire",
        member="providers/ollama",
    ),
    "custom": Protocol(capabilities=(*_USUAL, "seed", "stop"), base_path="/v1"),
}
