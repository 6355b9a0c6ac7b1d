"""A router before several services, which tells of them all that the contract knows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar

from provider_sdk import HttpReply, ModelBackend, ModelInfo, ModelPage, OpenAIDialect
from provider_sdk.chat_completions import model_entries

from provider_conformance._harness import Harness
from provider_conformance.wires import OpenAIWire
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.zoo.reference import ReferenceProvider

_BACKEND_HEADER = "x-back-end"
_FACTS = [field.name for field in fields(ModelInfo) if field.name != "id"]


class RouterWire(OpenAIWire):
    """OpenAI chat completions; the model list has the fields of ``ModelInfo`` by their names."""

    def __init__(self) -> None:
        super().__init__(backend_header=_BACKEND_HEADER)
        self.traits = replace(self.traits, model_facts=[frozenset({name}) for name in _FACTS])

    def described(self, models: Sequence[ModelInfo], request: SeenRequest) -> Reply:
        """Return the list, with the facts that are known."""
        entries = [
            {name: value for name, value in model.to_dict().items() if value not in (None, ())}
            for model in models
        ]
        body = json.dumps({"object": "list", "data": entries}).encode()
        return Reply(headers={"content-type": "application/json"}, steps=(body,))


class RouterDialect(OpenAIDialect):
    """Reads what ``RouterWire`` says beyond OpenAI's protocol."""

    def served_by(self, headers: Mapping[str, str]) -> str | None:
        """Return the back end."""
        return headers.get(_BACKEND_HEADER)

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models with their facts."""
        return ModelPage([self.read_model(entry) for entry in model_entries(reply)])

    def read_model(self, entry: Mapping[str, Any]) -> ModelInfo:
        """Return what an entry of the list says."""
        said = {name: entry[name] for name in _FACTS if name in entry}
        for name in ("input_modalities", "output_modalities"):
            said[name] = tuple(said.get(name, ()))
        said["backends"] = tuple(ModelBackend(**backend) for backend in said.get("backends", ()))
        return ModelInfo(entry["id"], **said)


class RouterProvider(ReferenceProvider):
    """The reference, speaking to the router."""

    dialect: ClassVar[OpenAIDialect] = RouterDialect()


ROUTER_HARNESS = Harness(RouterProvider, RouterWire())
