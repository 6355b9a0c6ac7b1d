"""How the handmade provider speaks HTTP: over httpx clients of its own, one per event loop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx
from provider_sdk import (
    HttpReply,
    HttpRequest,
    OpenAIDialect,
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk.adapting import retry_after

from provider_conformance.zoo.right._exchange import CONNECT_S, lower

DIALECT = OpenAIDialect()

_MOST_BYTES = 64 * 1024 * 1024
_UNSENDABLE = (
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    UnicodeError,
)

_T = TypeVar("_T")


class Body:
    """The body of a response, whose failures are the contract's."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._pieces = response.aiter_bytes()
        self.kept: list[bytes] = []

    async def read(self) -> bytes | None:
        """Return the next bytes."""
        if self.kept:
            return self.kept.pop(0)
        try:
            await asyncio.sleep(0)  # bytes that are here already would not let others run
            return await anext(self._pieces, None)
        except (httpx.HTTPError, httpx.StreamError) as error:
            problem = type(error).__name__
        raise ProviderResponseError(f"the connection broke ({problem})")

    async def read_all(self) -> bytes:
        """Return the rest of the body, and close it."""
        parts: list[bytes] = []
        size = 0
        try:
            while (part := await self.read()) is not None:
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES:
                    raise ProviderResponseError(f"the answer is larger than {_MOST_BYTES} bytes")
        finally:
            await self.aclose()
        return b"".join(parts)

    async def first(self) -> bytes:
        """Return the first byte that is not blank; it is read again."""
        seen: list[bytes] = []
        while len(seen) < 100 and (piece := await self.read()) is not None:
            seen.append(piece)
            if piece.strip(b"\xef\xbb\xbf \t\r\n"):
                break
        self.kept = seen
        return b"".join(seen).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]

    async def aclose(self) -> None:
        """Close the response."""
        await self._response.aclose()


class Http:
    """Sends requests to one address.

    Args:
        url: the base URL.
        headers: headers of every request.
        client: used instead of own clients, and never closed.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str], client: httpx.AsyncClient | None
    ) -> None:
        self._url = url
        self._headers = headers
        self._injected = client
        self._clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}

    async def open(
        self, request: HttpRequest, extra: Mapping[str, str]
    ) -> tuple[httpx.Response, Body]:
        """Send a request; return its successful response, whose body is still to be read."""
        headers = {**self._headers, "content-type": "application/json", **lower(request.headers)}
        client = self._injected or await self._client()
        failure: ProviderError
        try:
            prepared = client.build_request(
                request.method,
                self._url + request.path,
                content=request.body,
                headers={**headers, **lower(extra)},
                timeout=httpx.Timeout(None, connect=CONNECT_S),
            )
            response = await client.send(prepared, stream=True, follow_redirects=False)
        except httpx.TimeoutException:
            failure = ProviderTimeoutError("the service did not take the connection in time")
        except (
            httpx.LocalProtocolError,
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
            UnicodeError,
        ):
            failure = ProviderRequestError("the request cannot be sent")
        except httpx.HTTPError as error:
            problem = type(error).__name__
            failure = ProviderUnavailableError(f"the service cannot be reached ({problem})")
        else:
            body = Body(response)
            if response.is_success:
                return response, body
            failure = await self._error(response, body)
        raise failure

    async def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            context: Any = False
            if self._url.startswith("https:"):
                context = await asyncio.to_thread(ssl.create_default_context)
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._clients[loop] = httpx.AsyncClient(verify=context, limits=limits, trust_env=False)
        return self._clients[loop]

    async def _error(self, response: httpx.Response, body: Body) -> ProviderError:
        try:
            text = await body.read_all()
        except ProviderResponseError:
            text = b""
        headers = lower(response.headers)
        status = response.status_code
        if status < 400:
            error: ProviderError = ProviderResponseError(f"the service answers with HTTP {status}")
        else:
            error = DIALECT.parse_error(HttpReply(status, headers, text))
            if error.retry_after is None:
                error.retry_after = retry_after(headers)
        error.status = status
        error.request_id = error.request_id or DIALECT.request_id(headers)
        return error

    async def aclose(self) -> None:
        """Close the clients of this event loop."""
        clients, self._clients = self._clients, {}
        for loop, client in clients.items():
            if loop is asyncio.get_running_loop():
                await client.aclose()


def made(make: Callable[[], HttpRequest]) -> HttpRequest:
    """Return the request that the dialect makes of a call."""
    try:
        return make()
    except ProviderError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a caller put into a call
        problem = type(error).__name__
    raise ProviderRequestError(f"the request cannot be written ({problem})")


async def understood(read: Callable[[], _T], reply: HttpReply) -> _T:
    """Return what the dialect reads in a reply."""
    failure: ProviderError
    try:
        # In a thread, because a large body takes long.
        return await asyncio.to_thread(read) if len(reply.body) > 2**18 else read()
    except ProviderError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - whatever a service sent
        failure = ProviderResponseError(f"the answer cannot be read ({type(error).__name__})")
    failure.status = failure.status or reply.status
    failure.request_id = failure.request_id or DIALECT.request_id(reply.headers)
    raise failure
