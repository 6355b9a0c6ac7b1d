"""Recording: a proxy on loopback between a provider and its real service."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx

from provider_conformance._harness import Harness
from provider_conformance._script import Exchange, Reply, SeenRequest
from provider_conformance.cassettes._cassette import Cassette, Recorded
from provider_conformance.cassettes._scenarios import SCENARIOS, Scenario
from provider_conformance.drivers import SocketDriver

_TIMEOUT_S = 120.0
_HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "accept-encoding"}
)


class LeakingCassetteError(RuntimeError):
    """A recording holds a credential; it was not written."""


def record(harness: Harness, upstream: str, model: str, folder: Path) -> list[Path]:
    """Make the calls of every scenario that the provider can do, and write a cassette for each.

    The credential is the one that the provider finds by itself. It is looked for by value in what
    would be written, in every form in which it is likely to appear.

    Args:
        harness: the provider and its wire.
        upstream: the service's real base URL.
        model: the model to ask.
        folder: where the cassettes go.

    Raises:
        LeakingCassetteError: a cassette would hold the credential; nothing is written.
        ProviderAuthError: the provider finds no credential.
    """
    relay = _Relay(harness, upstream)
    with SocketDriver(relay) as driver:  # type: ignore[arg-type]
        cassettes = [
            asyncio.run(_recorded(harness, driver.address, relay, scenario, model))
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


async def _recorded(
    harness: Harness, address: str, relay: _Relay, scenario: Scenario, model: str
) -> Cassette:
    before = len(relay.exchanges)
    async with harness.build(address, {"max_retries": 0}) as provider:
        facts = await scenario.perform(provider, model)
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
    """Stands where a scripted service stands, and passes requests on to a real one."""

    def __init__(self, harness: Harness, upstream: str) -> None:
        self._harness = harness
        self._upstream = upstream.rstrip("/")
        self._credentials: set[str] = set()
        self.exchanges: list[Exchange] = []

    def handle(self, request: SeenRequest) -> Exchange:
        """Return the exchange that the real service makes of a request."""
        wire = self._harness.wire
        if credential := wire.credential_of(request):
            self._credentials.add(credential)
        reply = self._passed_on(request)
        exchange = Exchange(len(self.exchanges) + 1, request, reply, wire.route(request))
        self.exchanges.append(exchange)
        return exchange

    def secret_forms(self) -> Iterator[str]:
        """Yield the forms in which a credential is likely to show."""
        for credential in self._credentials:
            yield credential
            yield quote(credential, safe="")
            yield base64.b64encode(credential.encode()).decode().rstrip("=")

    def _passed_on(self, request: SeenRequest) -> Reply:
        path = request.path.removeprefix(self._harness.wire.base_path)
        query = f"?{request.query}" if request.query else ""
        headers = {n: v for n, v in request.headers.items() if n not in _HOP_BY_HOP}
        with httpx.stream(
            request.method,
            f"{self._upstream}{path}{query}",
            headers=headers,
            content=request.body,
            timeout=_TIMEOUT_S,
        ) as response:
            chunks = tuple(response.iter_bytes())
            kept = {n: v for n, v in response.headers.items() if n not in _UNPACKED}
            return Reply(
                response.status_code,
                kept,
                chunks,
                streamed="content-length" not in response.headers,
            )


# The recorded bytes are unpacked and cut anew, so these would no longer be true.
_UNPACKED = _HOP_BY_HOP | {"content-encoding"}
