"""A cassette: one call, the bytes of its exchanges, and the facts that a provider must return."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provider_conformance._reading import parse_json, read_bytes
from provider_conformance.wires import Traits
from provider_conformance.wires._script import Exchange, Reply

SCHEMA = "provider-conformance-cassette/1"

_KEPT_HEADERS = frozenset(
    {
        "content-type",
        "retry-after",
        "retry-after-ms",
        "request-id",
        "x-request-id",
    }
)
"""Response headers that are kept; others may identify a person, and no provider needs them."""


_NAMES = {"provider": str, "scenario": str, "model": str, "recorded": str, "host": str}
_KINDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class CassetteError(ValueError):
    """A file is not a cassette; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded exchange.

    Attributes:
        path: path of the request, without the query.
        body: body of the request, decoded if it is JSON.
        chunks: body of the response, in the pieces in which it arrived.
        streamed: whether the response had no ``Content-Length``.
    """

    method: str
    path: str
    body: Any
    status: int
    headers: Mapping[str, str]
    chunks: Sequence[bytes]
    streamed: bool

    @classmethod
    def of(cls, exchange: Exchange, traits: Traits) -> Recorded:
        """Return what is recorded of an exchange, without the headers of the request."""
        request, reply = exchange.request, exchange.reply
        kept = _KEPT_HEADERS | {traits.request_id_header, traits.backend_header}
        return cls(
            method=request.method,
            path=request.path,
            body=cls.decoded(request.body),
            status=reply.status,
            headers={n: v for n, v in reply.headers.items() if n.lower() in kept},
            chunks=[step for step in reply.steps if isinstance(step, bytes)],
            streamed=reply.streamed,
        )

    @staticmethod
    def decoded(body: bytes) -> Any:
        """Return a request's body decoded from JSON, else as text."""
        try:
            return parse_json(body) if body else None
        except ValueError:
            return _readable(body)

    @property
    def reply(self) -> Reply:
        """The response as a reply that a driver can play."""
        return Reply(self.status, self.headers, tuple(self.chunks), streamed=self.streamed)

    def to_dict(self) -> dict[str, Any]:
        """Return the exchange as plain JSON types."""
        return {
            "request": {"method": self.method, "path": self.path, "body": self.body},
            "response": {
                "status": self.status,
                "headers": dict(self.headers),
                "streamed": self.streamed,
                "chunks": [_readable(chunk) for chunk in self.chunks],
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recorded:
        """Return an exchange from what ``to_dict`` returned."""
        request, response = data["request"], data["response"]
        return cls(
            method=request["method"],
            path=request["path"],
            body=request["body"],
            status=response["status"],
            headers=response["headers"],
            chunks=[_bytes(chunk) for chunk in response["chunks"]],
            streamed=response["streamed"],
        )


@dataclass(frozen=True, slots=True)
class Cassette:
    """One call of a scenario.

    Attributes:
        scenario: the name of the scenario, and of the file.
        model: the model that was called.
        recorded: the day, as ``YYYY-MM-DD``.
        exchanges: the recorded exchanges, in order.
        facts: what the provider returned when it was recorded, reviewed by a person.
        host: the host of the service, without its port; empty in a file that does not name it.
    """

    provider: str
    scenario: str
    model: str
    recorded: str
    exchanges: Sequence[Recorded]
    facts: Mapping[str, Any]
    host: str = ""

    def dump(self) -> str:
        """Return the cassette as JSON text."""
        data = {
            "schema": SCHEMA,
            "provider": self.provider,
            "scenario": self.scenario,
            "model": self.model,
            "recorded": self.recorded,
            "host": self.host,
            "exchanges": [exchange.to_dict() for exchange in self.exchanges],
            "facts": self.facts,
        }
        return json.dumps(data, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def load(cls, file: Path) -> Cassette:
        """Return the cassette in a file.

        Raises:
            CassetteError: the file cannot be read or is not a cassette.
        """
        try:
            return cls(**_cassette_fields(parse_json(read_bytes(file))))
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        except ValueError as error:
            problem = f"is not a cassette: {error}"
        raise CassetteError(f"{file} {problem}")


def read_cassettes(folder: Path | None) -> list[Cassette]:
    """Return the cassettes in a folder, sorted by name; an empty list without a folder.

    Raises:
        CassetteError: a file in it is not a cassette.
    """
    files = sorted(folder.glob("*.json")) if folder is not None else []
    return [Cassette.load(file) for file in files]


def _cassette_fields(data: Any) -> dict[str, Any]:
    if isinstance(data, dict):
        data = {"host": "", **data}
    fields = _fields(data, "it", {"schema": str, "exchanges": list, "facts": dict, **_NAMES})
    if fields.pop("schema") != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    fields["exchanges"] = [
        Recorded.from_dict(_exchange_fields(item, f"exchange {number}"))
        for number, item in enumerate(fields["exchanges"], 1)
    ]
    return fields


def _exchange_fields(item: Any, where: str) -> dict[str, Any]:
    exchange = _fields(item, where, {"request": dict, "response": dict})
    request = {"method": str, "path": str, "body": object}
    response = {"status": int, "headers": dict, "streamed": bool, "chunks": list}
    found = {
        "request": _fields(exchange["request"], f"the request of {where}", request),
        "response": _fields(exchange["response"], f"the response of {where}", response),
    }
    headers = found["response"]["headers"]
    if not all(isinstance(value, str) for value in headers.values()):
        raise ValueError(f"a header of {where} is not text")
    return found


def _fields(data: Any, where: str, kinds: Mapping[str, type]) -> dict[str, Any]:
    """Return an object that has these fields, each of its type, and no others."""
    if not isinstance(data, dict):
        raise ValueError(f"{where} does not hold an object")
    if odd := sorted(data.keys() ^ kinds.keys()):
        raise ValueError(f"{where} lacks {odd[0]!r}, or does not know it")
    for name, kind in kinds.items():
        # To Python, True is a number too.
        if not isinstance(data[name], kind) or (kind is int and isinstance(data[name], bool)):
            raise ValueError(f"{name!r} of {where} is not {_KINDS[kind]}")
    return dict(data)


def _readable(chunk: bytes) -> Any:
    try:
        return chunk.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(chunk).decode()}


def _bytes(chunk: Any) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode("utf-8", "surrogatepass")
    return base64.b64decode(_fields(chunk, "a chunk", {"base64": str})["base64"], validate=True)
