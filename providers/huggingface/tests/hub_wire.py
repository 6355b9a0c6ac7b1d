"""The router from the service's side: what it says of models beyond OpenAI's protocol.

Source: https://huggingface.co/docs/inference-providers/hub-api
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from provider_conformance.wires import Documented, OpenAIWire, Reply, SeenRequest
from provider_sdk import ModelBackend, ModelInfo

_ERRORS = Documented(
    "https://github.com/huggingface/smolagents/issues/2584",
    "an error of the router itself; those recorded are of its back ends",
    ["failure: error = object"],
)


class HubWire(OpenAIWire):
    """Chat completions of the router, whose model list names back ends and prices."""

    def __init__(self) -> None:
        super().__init__(
            token_path="/api/whoami-v2",
            backend_header="x-inference-provider",
            documented=[_ERRORS],
        )
        of_back_ends = {"context_window", "input_price", "output_price", "tools"}
        self.traits = replace(
            self.traits,
            model_facts=(
                frozenset({"backends", "structured_output", *of_back_ends}),
                frozenset({"input_modalities", "output_modalities"}),
                frozenset({"owned_by"}),
            ),
        )

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the list; what a model costs and can do stands with its back ends."""
        data = [_entry(model) for model in models]
        body = json.dumps({"object": "list", "data": data}).encode()
        return Reply(headers={"content-type": "application/json"}, steps=(body,))


def _entry(model: ModelInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": model.id, "object": "model", "created": 1}
    entry["providers"] = [_backend(backend) for backend in model.backends]
    if model.input_modalities:
        entry["architecture"] = {
            "input_modalities": list(model.input_modalities),
            "output_modalities": list(model.output_modalities),
        }
    return entry | ({"owned_by": model.owned_by} if model.owned_by else {})


def _backend(backend: ModelBackend) -> dict[str, Any]:
    prices = {"input": backend.input_price, "output": backend.output_price}
    entry = {
        "provider": backend.provider,
        "status": backend.status,
        "context_length": backend.context_window,
        "pricing": None if backend.input_price is None else prices,
        "supports_tools": backend.tools,
        "supports_structured_output": backend.structured_output,
    }
    return {name: value for name, value in entry.items() if value is not None}
