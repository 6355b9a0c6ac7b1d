"""Counts what was served, also by row."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

SCHEMA = "provider-conformance-counts/1"

_MARKER = re.compile(rb'\[row ([^\]\\"]{1,64})\]')
_HASH_DIGITS = 16


def row_of(body: bytes) -> str:
    """Return the name of the row that a request's body asks.

    It is what stands in the last marker ``[row NAME]``; without one, the first 16 hexadecimal
    digits of the body's SHA-256. The name has at most 64 bytes, and neither ``]``, a backslash nor
    a quotation mark, so that it stands in JSON as it is.
    """
    if b"[row " in body and (found := _MARKER.findall(body)):
        return str(found[-1], "utf-8", "backslashreplace")
    return hashlib.sha256(body).hexdigest()[:_HASH_DIGITS]


class Counts:
    """What a service received and answered; one object per service, used by one thread at a time.

    Attributes:
        requests: how many requests came.
        received: how often each row came, by its name.
        answered: how often each row's answer was sent to its end.
        violations: requests that a limit refused.
        early: requests that came while the service still asked everyone to wait.
        faults: how often each fault was simulated, by its name.
        at_once: requests that are being answered now.
        most_at_once: the most that were.
    """

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.requests = 0
        self.violations = 0
        self.early = 0
        self.faults: Counter[str] = Counter()
        self.at_once = 0
        self.most_at_once = 0

    def begin(self, row: str) -> None:
        """Count a request."""
        self.received[row] += 1
        self.requests += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)

    def end(self, row: str, *, answered: bool) -> None:
        """Count the end of a request: by a whole answer, or by anything else."""
        self.at_once -= 1
        if answered:
            self.answered[row] += 1

    def to_dict(self) -> dict[str, Any]:
        """Return all counts as JSON has them; ``docs/conformance/traffic.md`` shows the shape."""
        return {
            "schema": SCHEMA,
            "requests": self.requests,
            "answered": self.answered.total(),
            "violations": self.violations,
            "early": self.early,
            "most_at_once": self.most_at_once,
            "faults": dict(self.faults),
            "rows": {
                row: {"received": times, "answered": self.answered[row]}
                for row, times in self.received.items()
            },
        }

    def write(self, path: Path) -> None:
        """Replace a file with the counts; a reader sees the old ones or the new ones, never half.

        Raises:
            OSError: the file cannot be written.
        """
        new = path.with_name(f"{path.name}.new")
        new.write_text(json.dumps(self.to_dict()) + "\n", encoding="utf-8")
        new.replace(path)
