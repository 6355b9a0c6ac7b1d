"""The shapes of what a real service has sent."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from provider_conformance.cassettes import Cassette, CassetteError, Recorded, read_cassettes
from provider_conformance.shapes._shapes import (
    SSE,
    PartName,
    Shapes,
    UnreadableReplyError,
    media_type,
)
from provider_conformance.shapes._stored import load_shapes
from provider_conformance.wires import SeenRequest, Wire

_ROUTES: dict[str, PartName] = {"models": "model list", "token": "account"}
_FAILED = 400
_REDIRECTED = 300


def read_shapes(place: Path, wire: Wire) -> Shapes:
    """Return the shapes in a file, or those of the cassettes in a folder.

    Raises:
        CassetteError: a file in the folder is not a cassette, or the wire cannot read it.
        ValueError: there is no recording, or none that belongs to this wire.
    """
    if not place.is_dir():
        return load_shapes(place)
    cassettes = read_cassettes(place)
    if not cassettes:
        raise ValueError(f"{place} holds no cassettes; `provider-conformance record` makes them")
    shapes = recorded_shapes(cassettes, wire)
    if not shapes.exchanges:
        raise ValueError(
            f"no exchange in {place} has a path that {type(wire).__name__} knows; "
            "these are recordings of another service"
        )
    return shapes


def recorded_shapes(cassettes: Iterable[Cassette], wire: Wire) -> Shapes:
    """Return the shapes of the exchanges in some cassettes that the wire knows.

    Raises:
        CassetteError: the wire cannot read a reply.
    """
    shapes = Shapes()
    for cassette in cassettes:
        for number, exchange in enumerate(cassette.exchanges, 1):
            _add(shapes, exchange, wire, f"exchange {number} of {cassette.scenario}")
        shapes.days |= {cassette.recorded} - {""}
        shapes.hosts |= {cassette.host} - {""}
    return shapes


def _add(shapes: Shapes, exchange: Recorded, wire: Wire, name: str) -> None:
    part = _part_of(exchange, wire)
    if part is None:
        return
    try:
        shapes.add(part, exchange.reply, wire)
        shapes.exchanges += 1
        return
    except UnreadableReplyError as error:
        problem = f"{name} cannot be compared: {error}"
    raise CassetteError(problem)


def _part_of(exchange: Recorded, wire: Wire) -> PartName | None:
    request = _request(exchange)
    route = "other"
    with contextlib.suppress(Exception):  # a foreign path is not the author's fault
        route = wire.route(request)
    if _REDIRECTED <= exchange.status < _FAILED or route == "other":
        return None
    if exchange.status >= _FAILED:
        return "failure"
    if route == "chat":
        return "stream" if _streams(exchange, request, wire) else "chat answer"
    return _ROUTES.get(route)


def _streams(exchange: Recorded, request: SeenRequest, wire: Wire) -> bool:
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    sent, said = media_type(headers.get("content-type", "")), media_type(wire.stream_type)
    if sent == said:
        return True
    if sent == SSE or (sent and sent != "application/json"):
        return False
    with contextlib.suppress(Exception):
        return wire.read_chat(request).stream
    return isinstance(exchange.body, dict) and exchange.body.get("stream") is True


def _request(exchange: Recorded) -> SeenRequest:
    body = b"" if exchange.body is None else json.dumps(exchange.body).encode()
    return SeenRequest(exchange.method, "", exchange.path, "", {}, body)
