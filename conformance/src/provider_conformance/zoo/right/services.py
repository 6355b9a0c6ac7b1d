"""Right providers for services that differ: in health, credentials, models and what they forbid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from provider_sdk import Dialect, HttpRequest, ModelInfo, OpenAIDialect, ProviderResponseError
from provider_sdk.decoding import json_reply

from provider_conformance.wires import OpenAIWire
from provider_conformance.wires._script import Reply, SeenRequest
from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider


@right(wire=OpenAIWire(token_path="/v1/whoami"), warns=["PC-HEALTH-018"])
class AsksWhoItIs(ReferenceProvider):
    """Checks its health at an endpoint for accounts, because everybody may list the models."""

    async def check_health(self) -> None:
        """Ask who the credential belongs to."""
        reply = await self.fetch(HttpRequest("GET", "/whoami"), max_retries=0)
        account = json_reply(reply)
        if not isinstance(account, Mapping) or "name" not in account:
            raise ProviderResponseError("the service does not say whose the credential is")


class _KeyWire(OpenAIWire):
    def credential_of(self, request: SeenRequest) -> str | None:
        return request.headers.get("x-api-key")


class _KeyDialect(OpenAIDialect):
    def auth_headers(self, credential: str) -> Mapping[str, str]:
        return {"X-Api-Key": credential}


@right(wire=_KeyWire())
class SendsKeyHeader(ReferenceProvider):
    """Sends its credential in a header of its own, without a scheme."""

    dialect: ClassVar[Dialect] = _KeyDialect()


class _ReasoningWire(OpenAIWire):
    """The service of a model that takes no sampling parameters."""

    def __init__(self) -> None:
        super().__init__(reasoning_field="reasoning")
        self.traits = replace(self.traits, forbidden=frozenset({"temperature", "top_p"}))


class _ReasoningDialect(OpenAIDialect):
    forbidden_sampling = frozenset({"temperature", "top_p"})


@right(wire=_ReasoningWire())
class DropsSampling(ReferenceProvider):
    """Drops temperature and top_p with a warning, and reads reasoning from another field."""

    dialect: ClassVar[Dialect] = _ReasoningDialect()


@right(wire=OpenAIWire(reasoning_field=None))
class ReasonsUnseen(ReferenceProvider):
    """Steers how much a model reasons, and never gets to see it."""


@right(wire=OpenAIWire(base_path="/api/paas/v4"))
class DeepAddress(ReferenceProvider):
    """Has a base URL with a long path and no version in its usual place."""

    base_url = "http://localhost:1/api/paas/v4"


@right(wire=OpenAIWire(backend_header="x-served-by"))
class NamesBackEnd(ReferenceProvider):
    """Says which back end a router chose."""

    class _Dialect(OpenAIDialect):
        def served_by(self, headers: Mapping[str, str]) -> str | None:
            """Return the back end."""
            return headers.get("x-served-by")

    dialect: ClassVar[Dialect] = _Dialect()


class _DescribingWire(OpenAIWire):
    def models(self, ids: Sequence[str], request: SeenRequest) -> Reply:
        reply = super().models(ids, request)
        listed = json.loads(reply.body)
        for entry in listed["data"]:
            entry |= {"context_length": 8192, "pricing": {"prompt": "0.1"}, "tools": True}
        return replace(reply, steps=(json.dumps(listed).encode(),))


@right(wire=_DescribingWire())
class DescribesModels(ReferenceProvider):
    """Describes models by fields that only this service has."""

    async def fetch_models(self) -> list[ModelInfo]:
        """Add the fields."""
        reply = await self.fetch(HttpRequest("GET", "/models"))
        models = self.dialect.parse_models(reply).models
        entries = {entry.get("id"): entry for entry in json.loads(reply.body)["data"]}
        return [
            replace(
                model,
                context_window=entries[model.id].get("context_length"),
                tools=entries[model.id].get("tools"),
            )
            for model in models
        ]


@right()
class SortsModels(ReferenceProvider):
    """Returns the models sorted by their ids, not in the service's order."""

    async def fetch_models(self) -> list[ModelInfo]:
        """Sort them."""
        return sorted(await super().fetch_models(), key=lambda model: model.id)


@right(model="right/model with blanks & 漢字")
class OddModelNames(ReferenceProvider):
    """Is asked for a model whose name has blanks and characters outside ASCII."""
