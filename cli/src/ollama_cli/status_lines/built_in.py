"""The status lines that need no process."""

from __future__ import annotations

from collections.abc import Callable

from ollama_cli.status_lines.facts import Facts, Spent


def tokens(facts: Facts) -> str:
    """Return what the answer and the session used."""
    parts = []
    if facts.turn is not None:
        turn = facts.turn
        parts.append(f"{turn.prompt_tokens} in, {turn.completion_tokens} out{_rest(turn)}")
    if facts.share is not None:
        parts.append(f"{100 * facts.share:.0f} % of {facts.context_window}")
    if facts.session is not None:
        parts.append(f"session {facts.session.total_tokens}{_rest(facts.session)}")
    return "; ".join(parts) or "tokens are not known"


def health(facts: Facts) -> str:
    """Return how those are that were asked; nobody is asked for it."""
    found = (
        f"{name} ok" if problem is None else f"{name} failed: {problem}"
        for name, problem in facts.health.items()
    )
    return "; ".join(found) or "nobody was asked"


def _rest(spent: Spent) -> str:
    source = "" if spent.source == "reported" else f" ({spent.source})"
    return source if spent.cost_usd is None else f"{source}, ${spent.cost_usd:.4f}"


BUILT_IN: dict[str, Callable[[Facts], str]] = {"tokens": tokens, "health": health}
"""By name; these win over executables of the same name."""
