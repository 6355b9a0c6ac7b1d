"""Mutants that MODELS must kill."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    HttpReply,
    HttpRequest,
    ModelInfo,
    ModelPage,
    OpenAIDialect,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderPermissionError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk.decoding import decode_json

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable

_KNOWN = ["reference/small", "reference/large"]


class Forgiving(Mutable):
    """The ground of mutants that take a failure for an empty list."""

    forgiven: ClassVar[tuple[type[ProviderError], ...]] = ()

    async def describe_models(self) -> list[ModelInfo]:
        """List, or shrug."""
        try:
            return await super().describe_models()
        except self.forgiven:
            return []


@mutant("PC-MODELS-001", "the ids of list_models()")
class ListsConstants(Mutable):
    """Lists models that stand in the code."""

    async def list_models(self) -> list[str]:
        """Ask nobody."""
        return list(_KNOWN)


@mutant("PC-MODELS-001", "the ids of list_models()")
class LowersIds(Mutable):
    """Writes all ids small."""

    async def list_models(self) -> list[str]:
        """List, and tidy up."""
        return [id.lower() for id in await super().list_models()]


@mutant("PC-MODELS-001", "the ids of list_models()")
class CutsTags(Mutable):
    """Takes what follows a colon for a detail."""

    async def list_models(self) -> list[str]:
        """List, and cut."""
        return [id.partition(":")[0] for id in await super().list_models()]


@mutant("PC-MODELS-002", "the ids of list_models()")
class RepeatsIds(Mutable):
    """Passes on the list as it comes."""

    async def list_models(self) -> list[str]:
        """List, repetitions included."""
        reply = await self.fetch(self.dialect.models_request(None))
        return [model.id for model in self.dialect.parse_models(reply).models]


@mutant("PC-MODELS-003", "models of a long list that are missing from list_models(): 0")
class ReadsFirstPage(Mutable):
    """Stops after a hundred models."""

    async def list_models(self) -> list[str]:
        """List the first page."""
        return (await super().list_models())[:100]


@mutant("PC-MODELS-004", "requests for a list: less than 12")
class PagesForEver(Mutable):
    """Asks for the next page until one is empty."""

    async def list_models(self) -> list[str]:
        """List page after page."""
        found: dict[str, None] = {}
        while ids := await super().list_models():
            found.update(dict.fromkeys(ids))
        return list(found)


@mutant("PC-MODELS-005", "list_models() that fails with auth: to raise ProviderAuthError")
class RejectedIsEmpty(Forgiving):
    """Lists nothing when the credential is rejected."""

    forgiven = (ProviderAuthError,)


@mutant("PC-MODELS-006", "list_models() that fails with server: to raise ProviderUnavailableError")
class FailingIsEmpty(Forgiving):
    """Lists nothing when the service fails."""

    forgiven = (ProviderUnavailableError,)


@mutant("PC-MODELS-007", "list_models() that gets a web page: to raise ProviderResponseError")
class GarbageIsEmpty(Forgiving):
    """Lists nothing when it cannot read the list."""

    forgiven = (ProviderResponseError,)


class _LenientList(OpenAIDialect):
    def parse_models(self, reply: HttpReply) -> ModelPage:
        body = decode_json(reply.body)
        entries = body.get("data") if isinstance(body, Mapping) else ()
        return ModelPage([ModelInfo(entry["id"]) for entry in entries or ()])


@mutant("PC-MODELS-008", "list_models() that gets an error as 200: to raise ProviderError")
class ErrorIsEmpty(Mutable):
    """Takes an absent list for an empty one."""

    dialect: ClassVar[Any] = _LenientList()


@mutant("PC-MODELS-009", "meets a connection error (refuse): to raise ProviderUnavailableError")
class ListsKnownOffline(Mutable):
    """Falls back on a list in the code when nothing answers."""

    async def list_models(self) -> list[str]:
        """List, or guess."""
        try:
            return await super().list_models()
        except ProviderUnavailableError:
            return list(_KNOWN)


@mutant("PC-MODELS-010", "list_models() that gets nothing: to raise ProviderTimeoutError")
class TimesOutWithNothing(Mutable):
    """Lists nothing when time is up."""

    async def list_models(self) -> list[str]:
        """List, while there is time."""
        try:
            async with asyncio.timeout(self.timeout / 2):
                return await super().list_models()
        except (TimeoutError, ProviderTimeoutError):
            return []


@mutant("PC-MODELS-011", "the ids of list_models()")
class KeepsList(Mutable):
    """Asks once and keeps the list."""

    kept: list[str] | None = None

    async def list_models(self) -> list[str]:
        """List what was listed."""
        if self.kept is None:
            self.kept = await super().list_models()
        return self.kept


@mutant("PC-MODELS-011", "the list that was returned first")
class ReturnsOneList(Mutable):
    """Returns one list each time, and changes what earlier callers keep."""

    kept: list[str] | None = None

    async def list_models(self) -> list[str]:
        """Ask, and write the answer into the list."""
        found = await super().list_models()
        if self.kept is None:
            self.kept = found
        self.kept[:] = found
        return self.kept


@mutant("PC-MODELS-012", "models that the service does not list: []")
class FillsEmptyList(Mutable):
    """Lists models from the code when the service has none."""

    async def list_models(self) -> list[str]:
        """List, or guess."""
        return await super().list_models() or list(_KNOWN)


@mutant("PC-MODELS-013", "the ids of describe_models()")
class DescribesOthers(Mutable):
    """Describes only models that it knows prices for."""

    async def describe_models(self) -> list[ModelInfo]:
        """Describe some."""
        return [ModelInfo(id, input_price=1.0) for id in _KNOWN]

    async def list_models(self) -> list[str]:
        """List all."""
        return [model.id for model in await super().describe_models()]


@mutant("PC-MODELS-014", "list_models() that gets half a list: to raise ProviderError")
class ListsHalf(Mutable):
    """Makes do with what has arrived of a list."""

    async def list_models(self) -> list[str]:
        """List what can be found."""
        exchange = await self.open(self._signed(self.dialect.models_request(None)))
        found = b""
        try:
            while part := await exchange.read():
                found += part
        except ProviderResponseError:
            pass  # half a list is better than none
        await exchange.aclose()
        return [id.decode() for id in re.findall(rb'"id":"([^"]+)"', found)]

    def _signed(self, request: HttpRequest) -> HttpRequest:
        headers = {**request.headers, **self.dialect.auth_headers(self.api_key)}
        return replace(request, headers=headers)


@mutant("PC-MODELS-006", "list_models() that is rejected with permission: to raise ProviderError")
class ForbiddenIsEmpty(Forgiving):
    """Takes a list that the account may not see for an empty list."""

    forgiven = (ProviderPermissionError,)


@mutant("PC-MODELS-006", "list_models() that is not found: to raise, or to name known models")
class MissingIsEmpty(Forgiving):
    """Takes a list that does not exist for an empty list."""

    forgiven = (ProviderModelNotFoundError,)


@mutant("PC-MODELS-001", "the ids of list_models()")
class ListsChatModelsOnly(Mutable):
    """Leaves out the models whose names do not sound like chat."""

    async def list_models(self) -> list[str]:
        """List, and judge by the name."""
        return [id for id in await super().list_models() if "embed" not in id]
