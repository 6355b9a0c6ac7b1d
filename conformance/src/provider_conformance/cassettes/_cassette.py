"""A cassette: one call of the contract, its exchanges byte by byte, and the facts in them."""

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
"""Response headers that any provider may read; all others may identify somebody."""


class CassetteError(ValueError):
    """A file is no cassette; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded exchange.

    Attributes:
        path: of the request, without its query.
        body: of the request, decoded where it is JSON.
        chunks: of the response, cut as they arrived.
        streamed: whether the response announced no length.
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
        """Return what is kept of an exchange: nothing that carries a credential."""
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
        """Return a request's body as plain JSON types, or as text."""
        try:
            return json.loads(body) if body else None
        except ValueError:
            return _readable(body)

    @property
    def reply(self) -> Reply:
        """The response as something that a driver can play."""
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
        """Build an exchange from plain JSON types."""
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
        scenario: the name of what was called, and of the file.
        model: the model that was asked.
        recorded: the day, as ``YYYY-MM-DD``.
        exchanges: what went over the wire.
        facts: what the provider made of it when it was recorded, for a person to review.
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
            CassetteError: there is none in it.
        """
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(data, dict):
                raise ValueError("it holds no object")
            if data.pop("schema", None) != SCHEMA:
                raise ValueError(f"its schema is not {SCHEMA}")
            data["exchanges"] = [Recorded.from_dict(item) for item in data["exchanges"]]
            return cls(**data)
        except OSError as error:
            raise CassetteError(f"{file} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CassetteError(f"{file} is no cassette: {error}") from None


def read_cassettes(folder: Path | None) -> list[Cassette]:
    """Return the cassettes in a folder, by name; none for no folder.

    Raises:
        CassetteError: a file in it is no cassette.
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
