"""A base class of mutants that bring their own HTTP client."""

from __future__ import annotations

from typing import Any

import httpx

from provider_conformance.zoo.reference import Mutable


class Client(httpx.AsyncClient):
    """A client that adds time limits of its own, those in ``limits``, as httpx does by default."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.limits: dict[str, float | None] = {}

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """Send a request with these limits."""
        request.extensions["timeout"].update(self.limits)
        return await super().send(request, **how)


class WithClient(Mutable):
    """A provider that sends everything through ``self.client``."""

    def __init__(self, *, client: Client | None = None, **config: Any) -> None:
        self.client = client or Client()
        super().__init__(http_client=self.client, **config)

    async def aclose(self) -> None:
        """Close the client as well."""
        await super().aclose()
        await self.client.aclose()
