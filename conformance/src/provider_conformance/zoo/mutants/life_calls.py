"""Mutants that LIFE must kill: those who forget a method, a thread or the first call."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from dataclasses import replace
from typing import Any, Self

import httpx
from provider_sdk import (
    ChatResponse,
    HttpExchange,
    HttpReply,
    HttpRequest,
    ModelInfo,
)

from provider_conformance.zoo._clients import WithClient
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class Forgetful(Mutable):
    """The ground of mutants that open again for one method."""

    def reopened(self) -> Mutable:
        """Return an open provider like this one."""
        return type(self)(api_key=self.api_key, base_url=self.base_url, max_retries=0)


@mutant("PC-LIFE-030", "describe_models() after aclose(): to raise ProviderError")
class DescribesAfterClosing(Forgetful):
    """Forgets that it is closed when it describes models."""

    async def list_models(self) -> list[str]:
        """List as it should."""
        return [model.id for model in await super().describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Describe, always."""
        async with self.reopened() as fresh:
            return await Mutable.describe_models(fresh)


@mutant("PC-LIFE-030", "several aclose() at once: to succeed")
class ClosesOneByOne(Mutable):
    """Cannot be closed while it is being closed."""

    closing = False

    async def aclose(self) -> None:
        """Insist on being alone."""
        if self.closing:
            raise RuntimeError("it is being closed")
        self.closing = True
        await asyncio.sleep(0)
        await super().aclose()
        self.closing = False


@mutant("PC-LIFE-031", "connections after aclose(): 0")
class LeavesClientOpen(WithClient):
    """Marks itself as closed, and leaves its client open."""

    async def aclose(self) -> None:
        """Close, and leave the client."""
        await Mutable.aclose(self)


@mutant("PC-LIFE-032", "the injected client's header in health_check()")
class ChecksWithOwnClient(Mutable):
    """Checks health with a client of its own."""

    async def check_health(self) -> None:
        """Ask with another client."""
        async with httpx.AsyncClient() as client:
            headers = dict(self.auth_headers(self.api_key))
            reply = await client.get(f"{self.base_url}/models", headers=headers)
            reply.raise_for_status()


@mutant("PC-LIFE-032", "the credential of chat(): that of the provider")
class PutsCredentialIntoClient(Mutable):
    """Gives the injected client its credential, for all who share it."""

    def __init__(self, *, http_client: httpx.AsyncClient | None = None, **config: Any) -> None:
        super().__init__(http_client=http_client, **config)
        self.shared = http_client
        if http_client is not None:
            http_client.auth = lambda request: self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers.update(self.auth_headers(self.api_key))
        return request


@mutant("PC-LIFE-032", "chat() with an injected client: to succeed")
class ClosesClientOnException(Mutable):
    """Closes an injected client if an exception leaves its block."""

    def __init__(self, *, http_client: httpx.AsyncClient | None = None, **config: Any) -> None:
        super().__init__(http_client=http_client, **config)
        self.injected = http_client

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Close, and the client too if something went wrong."""
        await super().__aexit__(kind, error, traceback)
        if kind is not None and self.injected is not None:
            await self.injected.aclose()


@mutant("PC-LIFE-033", "connections that a cancelled list_models() left open: 0")
class HoldsCancelledLists(Mutable):
    """Closes the connection of a list only if it was read to its end."""

    async def fetch(self, request: HttpRequest, *, max_retries: int | None = None) -> HttpReply:
        """Read a reply, and then close it."""
        headers = {**request.headers, **self.auth_headers(self.api_key)}
        exchange = await self.open(replace(request, headers=headers))
        body = b""
        while part := await exchange.read():
            body += part
        await exchange.aclose()
        return HttpReply(exchange.status, exchange.headers, body)


@mutant("PC-LIFE-034", "the answer to a question in a thread")
class KeepsCallOnItself(Mutable):
    """Keeps the answer on the provider until it is returned."""

    last: ChatResponse | None = None

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Keep the response, and return what is there after a moment."""
        self.last = response
        time.sleep(0.01)  # as a lock, a file or a slow computation would
        return self.last


class _Beginner(Mutable):
    begun = False

    def prepare(self) -> None:
        """Do something that takes a while."""
        raise NotImplementedError

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request; the first one needs preparation."""
        if not self.begun:
            self.begun = True
            self.prepare()
        return await super().open(request)


@mutant("PC-LIFE-035", "chat() as the first call: not to block")
class ResolvesFirst(_Beginner):
    """Looks up its host itself, in the event loop."""

    def prepare(self) -> None:
        """Look the host up."""
        socket.getaddrinfo("127.0.0.1", 80)


@mutant("PC-LIFE-035", "chat() as the first call: not to block")
class LoadsCertificatesFirst(_Beginner):
    """Loads its certificates with the first call."""

    def prepare(self) -> None:
        """Load what is trusted."""
        ssl.create_default_context()


@mutant("PC-LIFE-030", "chat() in a block after aclose(): to raise ProviderError")
class OpensAnew(Mutable):
    """Opens again in a block after it was closed."""

    anew: Mutable | None = None

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.config = config

    async def __aenter__(self) -> Self:
        """Enter as if new."""
        self.anew = Mutable(**self.config)
        return self

    async def chat(self, *args: Any, **options: Any) -> Any:
        """Ask the new one, if there is one."""
        if self.anew is not None:
            return await self.anew.chat(*args, **options)
        return await super().chat(*args, **options)

    async def aclose(self) -> None:
        """Close both."""
        await super().aclose()
        if self.anew is not None:
            await self.anew.aclose()
