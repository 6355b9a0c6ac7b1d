"""Records exchanges through a proxy on loopback between a provider and its real service."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
from provider_sdk.adapting import secrets_in

from provider_conformance._files import write_files
from provider_conformance._harness import Harness, declared
from provider_conformance._reading import MOST_BYTES
from provider_conformance._text import text_of
from provider_conformance.cassettes._cassette import SCHEMA, Cassette, Recorded
from provider_conformance.cassettes._scenarios import SCENARIOS, Scenario
from provider_conformance.cassettes._search import SecretSearch
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires._script import Exchange, Reply, SeenRequest

_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_LONGEST_S = 300.0
"""Seconds that a reply of the service may take from its head to its end."""

_BAD_GATEWAY = 502
_ENCODINGS = {"", "identity", "gzip", "x-gzip", "deflate"}
_HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "accept-encoding"}
)


class LeakingCassetteError(RuntimeError):
    """A recording would hold a credential; nothing was written."""


class UnreachableServiceError(RuntimeError):
    """The real service did not reply; the message says what happened instead."""


def record(harness: Harness, upstream: str, model: str, folder: Path) -> list[Path]:
    """Run every scenario that the provider supports, and write one cassette for each.

    The credential is the one that the provider finds by itself. Nothing is written if it, or
    another one that the requests carry, appears in any likely form in one of the cassettes.

    Args:
        harness: the provider and its wire.
        upstream: the service's real base URL.
        model: the model to ask.
        folder: where the cassettes go.

    Raises:
        ValueError: ``upstream`` is not a URL.
        UnreachableServiceError: the service did not reply.
        LeakingCassetteError: a cassette would hold the credential; nothing is written.
        ProviderAuthError: the provider finds no credential.
    """
    relay = _Relay(harness, upstream)
    try:
        cassettes = _recorded(harness, relay, model)
    except UnreachableServiceError as error:
        problem = relay.search().redacted(str(error))
    else:
        return _write(cassettes, relay.search(), folder)
    raise UnreachableServiceError(problem)


def credentials_of(harness: Harness, upstream: str) -> set[str]:
    """Return the credentials that the environment and the service's address hold."""
    names = {name for name, text in harness.environment.items() if "{credential}" in text}
    names.update(declared(harness.provider, "api_key_env"))
    found = {os.environ.get(name, "").strip() for name in names}
    with contextlib.suppress(ValueError):
        found.add(unquote(urlsplit(upstream).password or ""))
    return found - {""}


def _recorded(harness: Harness, relay: _Relay, model: str) -> list[Cassette]:
    with SocketDriver(relay) as driver:  # type: ignore[arg-type]
        return [
            asyncio.run(_record_scenario(harness, driver.address, relay, scenario, model))
            for scenario in SCENARIOS.values()
            if set(scenario.needs) <= harness.capabilities
        ]


def _write(cassettes: Iterable[Cassette], search: SecretSearch, folder: Path) -> list[Path]:
    contents: dict[Path, bytes] = {}
    for cassette in cassettes:
        file = folder / f"{cassette.scenario}.json"
        # As it is written, and as the bytes and values that it stands for, across their chunks.
        # Not the name of the schema: a credential such as that of `serve` may begin like it.
        written = cassette.dump().replace(SCHEMA, "", 1)
        parts = (written, cassette.facts, *map(_recorded_parts, cassette.exchanges))
        if any(map(search.finds_in, parts)):
            raise LeakingCassetteError(
                f"{file.name} would hold a credential; nothing was written. "
                "The service or the provider repeats it: do not record this call"
            )
        contents[file] = cassette.dump().encode("utf-8", "backslashreplace")
    folder.mkdir(parents=True, exist_ok=True)
    write_files(contents)
    return list(contents)


def _recorded_parts(exchange: Recorded) -> list[Any]:
    return [exchange.to_dict(), list(exchange.chunks), b"".join(exchange.chunks)]


async def _record_scenario(
    harness: Harness, address: str, relay: _Relay, scenario: Scenario, model: str
) -> Cassette:
    before = len(relay.exchanges)
    try:
        async with harness.build(address, {"max_retries": 0}) as provider:
            facts = await scenario.perform(provider, model)
    finally:
        # The provider saw only the relay's 502; what must be raised is that the relay got no reply.
        relay.raise_if_unreachable()
    return Cassette(
        provider=harness.name,
        scenario=scenario.name,
        model=model,
        recorded=datetime.now(UTC).date().isoformat(),
        host=relay.host,
        exchanges=[
            Recorded.of(exchange, harness.wire.traits) for exchange in relay.exchanges[before:]
        ],
        facts=facts,
    )


class _Relay:
    """Takes the place of a ``Service``, and forwards requests to the real one."""

    def __init__(self, harness: Harness, upstream: str) -> None:
        self._harness = harness
        self._upstream = _checked_url(upstream)
        self._unreached = ""
        self._credentials = credentials_of(harness, upstream)
        self.exchanges: list[Exchange] = []

    @property
    def host(self) -> str:
        """The host of the real service, without its port."""
        return httpx.URL(self._upstream).host

    def handle(self, request: SeenRequest) -> Exchange:
        """Forward a request and return the exchange with the real service."""
        wire = self._harness.wire
        for name, value in [*request.headers.items(), *parse_qsl(request.query)]:
            self._credentials.update(secrets_in({name: value}))
        try:
            if credential := wire.credential_of(request):
                self._credentials.add(credential)
            reply = self._forward(request)
        except Exception as error:  # noqa: BLE001 - nobody would see it in this thread
            self._unreached = text_of(error) or type(error).__name__
            reply = Reply(_BAD_GATEWAY, {}, ())
        exchange = Exchange(len(self.exchanges) + 1, request, reply, wire.route(request))
        self.exchanges.append(exchange)
        return exchange

    def raise_if_unreachable(self) -> None:
        """Raise ``UnreachableServiceError`` if a request got no reply."""
        if self._unreached:
            raise UnreachableServiceError(f"{self._upstream} did not reply: {self._unreached}")

    def search(self) -> SecretSearch:
        """Return what finds the credentials that are known by now."""
        return SecretSearch(self._credentials)

    def _forward(self, request: SeenRequest) -> Reply:
        path = request.path.removeprefix(self._harness.wire.base_path)
        query = f"?{request.query}" if request.query else ""
        headers = {n: v for n, v in request.headers.items() if n not in _HOP_BY_HOP}
        with httpx.stream(
            request.method,
            f"{self._upstream}{path}{query}",
            headers=headers,
            content=request.body,
            timeout=_TIMEOUT,
        ) as response:
            _check_encoding(response.headers.get("content-encoding", ""))
            chunks = _chunks_of(response)
            kept = {n: v for n, v in response.headers.items() if n not in _DROPPED_HEADERS}
            return Reply(
                response.status_code,
                kept,
                chunks,
                streamed="content-length" not in response.headers,
            )


def _chunks_of(response: httpx.Response) -> tuple[bytes, ...]:
    """Return the body as it arrives, or raise ``ValueError`` if it does not end."""
    chunks, size, end = [], 0, monotonic() + _LONGEST_S
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise ValueError(f"a reply is larger than {MOST_BYTES // 1024**2} MB")
        if monotonic() > end:
            raise ValueError(f"a reply did not end within {_LONGEST_S:g} s")
    return tuple(chunks)


def _check_encoding(names: str) -> None:
    unknown = {name.strip().lower() for name in names.split(",")} - _ENCODINGS
    if unknown:
        raise ValueError(f"a reply is compressed by {', '.join(sorted(unknown))}; it is unreadable")


def _checked_url(upstream: str) -> str:
    try:
        url = httpx.URL(upstream)
    except httpx.InvalidURL as error:
        raise ValueError(f"{upstream!r} is not a URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"{upstream!r} is not a URL that begins with https:// or http://")
    return upstream.rstrip("/")


# Replies are recorded without compression and in other chunks, so these no longer apply.
_DROPPED_HEADERS = _HOP_BY_HOP | {"content-encoding"}
