"""Records exchanges through a proxy on loopback between a provider and its real service."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx

from provider_conformance._harness import Harness
from provider_conformance.cassettes._cassette import Cassette, Recorded
from provider_conformance.cassettes._scenarios import SCENARIOS, Scenario
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires._script import Exchange, Reply, SeenRequest

_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_BAD_GATEWAY = 502
_HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "accept-encoding"}
)


class LeakingCassetteError(RuntimeError):
    """A recording would hold a credential; nothing was written."""


class UnreachableServiceError(RuntimeError):
    """The real service did not reply; the message says what happened instead."""


def record(harness: Harness, upstream: str, model: str, folder: Path) -> list[Path]:
    """Run every scenario that the provider supports, and write one cassette for each.

    The credential is the one that the provider finds by itself. Nothing is written if it appears,
    in any likely form, in one of the cassettes.

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
    with SocketDriver(relay) as driver:  # type: ignore[arg-type]
        cassettes = [
            asyncio.run(_record_scenario(harness, driver.address, relay, scenario, model))
            for scenario in SCENARIOS.values()
            if set(scenario.needs) <= harness.capabilities
        ]
    texts = {folder / f"{cassette.scenario}.json": cassette.dump() for cassette in cassettes}
    for file, text in texts.items():
        if leaked := [form for form in relay.secret_forms() if form in text]:
            raise LeakingCassetteError(
                f"{file.name} would hold the credential in {len(leaked)} form(s); "
                "nothing was written. The service echoes it: do not record this call"
            )
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return list(texts)


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
        self._credentials: set[str] = set()
        self.exchanges: list[Exchange] = []

    def handle(self, request: SeenRequest) -> Exchange:
        """Forward a request and return the exchange with the real service."""
        wire = self._harness.wire
        if credential := wire.credential_of(request):
            self._credentials.add(credential)
        try:
            reply = self._forward(request)
        except httpx.HTTPError as error:
            # Nobody would see an exception in this thread of the server, so keep it for later.
            self._unreached = str(error) or type(error).__name__
            reply = Reply(_BAD_GATEWAY, {}, ())
        exchange = Exchange(len(self.exchanges) + 1, request, reply, wire.route(request))
        self.exchanges.append(exchange)
        return exchange

    def raise_if_unreachable(self) -> None:
        """Raise ``UnreachableServiceError`` if a request got no reply."""
        if self._unreached:
            raise UnreachableServiceError(f"{self._upstream} did not reply: {self._unreached}")

    def secret_forms(self) -> Iterator[str]:
        """Yield the forms in which a credential is likely to appear."""
        for credential in self._credentials:
            yield credential
            yield quote(credential, safe="")
            yield base64.b64encode(credential.encode()).decode().rstrip("=")

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
            chunks = tuple(response.iter_bytes())
            kept = {n: v for n, v in response.headers.items() if n not in _DROPPED_HEADERS}
            return Reply(
                response.status_code,
                kept,
                chunks,
                streamed="content-length" not in response.headers,
            )


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
