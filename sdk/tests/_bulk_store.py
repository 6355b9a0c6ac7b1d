"""What the tests of the store share."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from provider_sdk import ToolCall, Usage
from provider_sdk.bulk.rows import Result, RowError
from provider_sdk.bulk.shards import Shard, plan_shards
from provider_sdk.bulk.store import InputFacts, Manifest, RunDirectory

STRANGER = 54321


def answer(index: int = 0, **changes: Any) -> Result:
    """A result with a value in every field."""
    whole: dict[str, Any] = {
        "index": index,
        "id": f"row-{index}",
        "input_hash": "0" * 64,
        "state": "done",
        "attempts": 2,
        "text": "Because of Rayleigh scattering. 🌌",
        "reasoning": "hm",
        "tool_calls": (ToolCall.parse("call-1", "look", '{"at": ["sky", 1.5, null]}'),),
        "finish_reason": "stop",
        "usage": Usage(10, 20, cached_tokens=3, source="estimated"),
        "cost_usd": Decimal("0.000125"),
        "provider": "hf",
        "served_by": "novita",
        "model": "glm",
        "seconds": 0.25,
        "ended_at": 1.5,
    }
    return Result(**{**whole, **changes})


def refusal(index: int = 0, **changes: Any) -> Result:
    """A result of a row that failed."""
    failed: dict[str, Any] = {
        "state": "failed",
        "text": None,
        "error": RowError("ProviderTimeoutError", "too slow", 504, "req-1"),
    }
    return answer(index, **{**failed, **changes})


def manifest(rows: int = 10, **changes: Any) -> Manifest:
    """A manifest with a value in every field."""
    whole: dict[str, Any] = {
        "input": InputFacts(
            path="in.jsonl", format="jsonl", size=100, digest="sha256:00", rows=rows
        ),
        "form": {"template": "Say {word}", "id_column": "id"},
        "provider": "hf",
        "model": "glm",
        "options": {"temperature": 0.5},
        "shards": plan_shards([(row, 10 * row) for row in range(rows)], rows),
        "asked": {"rpm": 60},
    }
    return Manifest(**{**whole, **changes})


def new_run(folder: Path, rows: int = 10) -> RunDirectory:
    """The directory of a run that has begun, in a new folder."""
    directory = RunDirectory.create(folder / "run")
    directory.begin(manifest(rows))
    return directory


def new_journal(folder: Path) -> Path:
    """The path of an empty journal."""
    return new_run(folder).journal_path(0)


def shards_of(*sizes: int) -> tuple[Shard, ...]:
    """Shards of these sizes."""
    firsts = [sum(sizes[:number]) for number in range(len(sizes))]
    return tuple(
        Shard(number, first, size, first)
        for number, (first, size) in enumerate(zip(firsts, sizes, strict=True))
    )


def foreign_folder(folder: Path) -> Path:
    """A folder of another user; root can make one, and others have root's."""
    if os.geteuid():
        return Path("/usr")
    made = folder / "foreign"
    made.mkdir(mode=0o700)
    os.chown(made, STRANGER, STRANGER)
    return made
