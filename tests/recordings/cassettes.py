"""Recorded exchanges as cassettes, as far as the kit compares wires with them."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from provider_conformance.cassettes import Cassette, Recorded

from .exchanges import Exchange


def cassette_of(exchange: Exchange, paths: Mapping[str, str]) -> Cassette:
    """Return a cassette with one exchange.

    Args:
        paths: the paths of ``POST`` and ``GET`` as the wire knows them. Back ends that a router
            asks, and older hosts, have others.
    """
    method = "GET" if exchange.operation == "list_models" else "POST"
    chat = {"model": exchange.model, "messages": [], "stream": exchange.streams}
    recorded = Recorded(
        method=method,
        path=paths[method],
        body=chat if method == "POST" else None,
        status=exchange.status,
        headers=exchange.headers,
        chunks=[exchange.body],
        streamed=exchange.streams,
    )
    return Cassette(
        provider=exchange.provider,
        scenario=exchange.id,
        model=exchange.model,
        recorded=_day_of(exchange),
        exchanges=[recorded],
        facts={},
        host=exchange.host,
    )


def _day_of(exchange: Exchange) -> str:
    date = exchange.headers.get("date")
    return parsedate_to_datetime(date).date().isoformat() if date else ""
