"""Recorded exchanges: real ones from ``RECORDINGS_DIR``, and a few made by hand in ``own``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
RECORDINGS = Path(os.environ.get("RECORDINGS_DIR") or HERE.parents[2] / "shared" / "recordings")


@dataclass(frozen=True)
class Exchange:
    """One answer of a service, and the facts that a correct client reads from it."""

    id: str
    provider: str
    operation: str
    api: str
    host: str
    model: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    facts: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Service and operation, as the report counts them."""
        return f"{'our own' if self.id.startswith('own-') else self.provider} {self.operation}"

    @property
    def streams(self) -> bool:
        """Whether the answer came piece by piece."""
        return self.operation == "chat_stream"

    @property
    def outcome(self) -> str:
        """The operation; of a stream that holds an error, or has no end, what became of it."""
        if self.facts.get("stream_error"):
            return "failed_stream"
        return "endless_stream" if self.facts.get("incomplete_stream") else self.operation


def load() -> list[Exchange]:
    """Return every exchange that there is, in the order of their files."""
    paths = [*sorted(RECORDINGS.glob("*/*.json")), *sorted(HERE.glob("own/*.json"))]
    return [_read(path) for path in paths]


def _read(path: Path) -> Exchange:
    data = json.loads(path.read_text("utf-8"))
    asked = data["request"].get("json")
    response = data["response"]
    return Exchange(
        id=data["id"],
        provider=data["provider"],
        operation=data["operation"],
        api=data["api"],
        host=urlsplit(data["request"].get("url", "")).hostname or "",
        model=(asked.get("model") if isinstance(asked, Mapping) else None) or "asked/for",
        status=response["status"],
        headers=response["headers"],
        body=response["body_text"].encode(),
        facts=data["facts"],
    )
