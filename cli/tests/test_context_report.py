"""The line that says that a conversation was compacted."""

from decimal import Decimal

import pytest
from ollama_cli.conversation.context import Compaction
from ollama_cli.conversation.report import sentence
from provider_sdk import UsageRow


def compaction(covers: int = 36, requests: int = 2, reason: str = "") -> Compaction:
    """Return a compaction."""
    by = "extract" if reason else "model"
    return Compaction("They spoke.", covers, by, reason, 12_300, 3_100, requests)


def row(source: str = "reported", cost: str | None = "0.0012", **fields: int) -> UsageRow:
    """Return what the requests used."""
    price = None if cost is None else Decimal(cost)
    counts = {"calls": 2, "prompt_tokens": 9_000, "completion_tokens": 800, **fields}
    return UsageRow(source=source, cost_usd=price, **counts)


@pytest.mark.parametrize(
    ("made", "rows", "expected"),
    [
        (
            compaction(),
            [row()],
            "Compacted: a summary replaces the 36 oldest turns (about 12,300 tokens before, 3,100 "
            "now); it took 2 requests, 9,000 tokens read and 800 written (reported), cost $0.0012",
        ),
        (
            compaction(1, 1),
            [row("estimated", None, unpriced=2)],
            "Compacted: a summary replaces the oldest turn (about 12,300 tokens before, 3,100 now)"
            "; it took 1 request, 9,000 tokens read and 800 written (estimated), cost unknown",
        ),
        (
            compaction(0),
            [row(), row("estimated", None, unpriced=1), row("unknown", None)],
            "Compacted: a summary replaces a longer summary (about 12,300 tokens before, 3,100 "
            "now); it took 2 requests, 9,000 tokens read and 800 written (reported), 9,000 tokens "
            "read and 800 written (estimated), cost at least $0.0012",
        ),
        (
            compaction(2, 1, "the service is busy\n\x1b[2J"),
            [],
            "Compacted: a summary replaces the 2 oldest turns (about 12,300 tokens before, 3,100 "
            "now); it took 1 request, tokens unknown, cost unknown; it was partly made without the "
            "model: the service is busy",
        ),
        (
            compaction(2, 0, "its window is too small"),
            [],
            "Compacted: a summary replaces the 2 oldest turns (about 12,300 tokens before, 3,100 "
            "now); it was made without the model: its window is too small",
        ),
    ],
    ids=["model", "estimated", "mixed", "failed", "without requests"],
)
def test_sentence(made: Compaction, rows: list[UsageRow], expected: str) -> None:
    """One line says what was done, what it took and cost, and why no model did it."""
    found = sentence(made, rows)

    assert found.replace("�[2J", "").strip() == expected
    assert "\n" not in found
    assert "\x1b" not in found
