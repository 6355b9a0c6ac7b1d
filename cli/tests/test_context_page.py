"""What docs/context.md states is what the code does."""

from pathlib import Path

from ollama_cli.conversation.context import COMPACT_AT, KEEP, MOST_SUMMARY, SUMMARY_SHARE
from ollama_cli.conversation.known_windows import DAY_S, FAILED_S, KEPT_S
from ollama_cli.conversation.measure import MARGIN
from ollama_cli.conversation.summary import MOST_REQUESTS
from ollama_cli.conversation.window import Window, reserve_of
from ollama_cli.conversation.window_lookup import ASK_FROM, DEFAULT

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "context.md").read_text("utf-8").split())


def test_defaults() -> None:
    """Window, share and what is kept for the answer are those of the page."""
    large = Window(10**6, "service")
    answer = reserve_of({}, large)

    assert f"3. {DEFAULT:,} tokens." in PAGE
    assert f"more than {COMPACT_AT:.0%} of the room".replace("%", " %") in PAGE
    assert f"| {COMPACT_AT} |" in PAGE
    assert f"else {answer:,} tokens" in PAGE
    assert f"{reserve_of({'reasoning_effort': 'low'}, large) - answer:,} more for thoughts" in PAGE
    assert reserve_of({"reasoning_effort": "low"}, Window(1600, "service")) == 1600 / 16 + 1600 / 8


def test_limits() -> None:
    """So are the shares, the times and the number of requests."""
    assert f"about {ASK_FROM} tokens or more" in PAGE
    assert f"kept for {KEPT_S / DAY_S:.0f} days" in PAGE
    assert f"{FAILED_S / 60:.0f} minutes" in PAGE
    assert f"at most {MOST_SUMMARY:,} tokens" in PAGE
    assert "at most a fifth of the room" in PAGE
    assert SUMMARY_SHARE == 1 / 5
    assert "in two fifths of the room" in PAGE
    assert KEEP == 2 / 5
    assert f"at most {MOST_REQUESTS}." in PAGE
    assert "a margin of a quarter" in PAGE
    assert MARGIN == 1.25
