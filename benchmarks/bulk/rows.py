"""The rows of a measurement."""

from __future__ import annotations

import json
from pathlib import Path


def write_rows(path: Path, number: int) -> None:
    """Write so many rows, which the service knows by a marker in their prompts."""
    with path.open("w", encoding="utf-8") as file:
        for row in range(number):
            prompt = f"[row {row}] Say in one sentence what is remarkable about {row}."
            file.write(json.dumps({"id": f"r{row}", "prompt": prompt}) + "\n")
