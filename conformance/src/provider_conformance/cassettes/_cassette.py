"""A cassette: one call, the bytes of its exchanges, and the facts that a provider must return."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
            return json.loads(body) if body else None
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
    """

    provider: str
    scenario: str
    model: str
    recorded: str
    exchanges: Sequence[Recorded]
    facts: Mapping[str, Any]

    def dump(self) -> str:
        """Return the cassette as JSON text."""
        data = {
            "schema": SCHEMA,
            "provider": self.provider,
            "scenario": self.scenario,
            "model": self.model,
            "recorded": self.recorded,
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
            data = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(data, dict):
                raise ValueError("it does not hold an object")
            if data.pop("schema", None) != SCHEMA:
                raise ValueError(f"its schema is not {SCHEMA}")
            data["exchanges"] = [Recorded.from_dict(item) for item in data["exchanges"]]
            return cls(**data)
        except OSError as error:
            raise CassetteError(f"{file} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CassetteError(f"{file} is not a cassette: {error}") from None


def read_cassettes(folder: Path | None) -> list[Cassette]:
    """Return the cassettes in a folder, sorted by name; an empty list without a folder.

    Raises:
        CassetteError: a file in it is not a cassette.
    """
    files = sorted(folder.glob("*.json")) if folder is not None else []
    return [Cassette.load(file) for file in files]


def _readable(chunk: bytes) -> Any:
    try:
        return chunk.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(chunk).decode()}


def _bytes(chunk: Any) -> bytes:
    return chunk.encode() if isinstance(chunk, str) else base64.b64decode(chunk["base64"])
