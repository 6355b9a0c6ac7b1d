"""The status lines that need no process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ollama_cli.status_lines.facts import Facts, Spent
from ollama_cli.terminal.markdown.widths import width_of

ANSWER = "answer"
"""The one that the chat shows if the settings choose none."""

_BETWEEN = " · "
_THOUSAND = 1000


def answer(facts: Facts, width: int) -> str:
    """Return who answered, and what that took; what matters least is left out if it is too long."""
    for parts in _answer_parts(facts):
        line = _BETWEEN.join(part for part in parts if part)
        if width_of(line) <= width:
            break
    return line


def tokens(facts: Facts, width: int) -> str:
    """Return what the answer and the session used."""
    parts = []
    if facts.turn is not None:
        turn = facts.turn
        parts.append(f"{turn.prompt_tokens} in, {turn.completion_tokens} out{_rest(turn)}")
    if facts.share is not None:
        parts.append(f"{_percent(facts.share)} of {facts.context_window}")
    if facts.session is not None:
        parts.append(f"session {facts.session.total_tokens}{_rest(facts.session)}")
    return "; ".join(parts) or "tokens are not known"


def health(facts: Facts, width: int) -> str:
    """Return how those are that were asked; nobody is asked for it."""
    found = (
        f"{name} ok" if problem is None else f"{name} failed: {problem}"
        for name, problem in facts.health.items()
    )
    return "; ".join(found) or "nobody was asked"


def _answer_parts(facts: Facts) -> Iterator[tuple[str, ...]]:
    """Yield what the line consists of, each time a little less."""
    provider, model = facts.provider or "", facts.model or ""
    name = model.rpartition("/")[2]
    served = "" if _names(model, facts.served_by) else f"by {facts.served_by}"
    used, cost, speed = _used(facts), _cost(facts), _speed(facts)
    yield provider, model, served, used, cost, speed
    yield provider, name, served, used, cost, speed
    yield provider, name, used, cost, speed
    yield provider, name, used, cost
    yield provider, name, used
    yield name, used
    yield name, "" if facts.share is None else _percent(facts.share)
    yield (name or provider,)


def _names(model: str, served_by: str | None) -> bool:
    """Whether a model already says who runs it, as ``org/model:novita`` does."""
    return not served_by or model.endswith(f":{served_by}")


def _used(facts: Facts) -> str:
    turn = facts.turn
    if turn is None:
        return ""
    about = "" if turn.source == "reported" else "~"
    share = "" if facts.share is None else f" ({_percent(facts.share)})"
    return f"{about}{_short(turn.total_tokens)} tokens{share}"


def _cost(facts: Facts) -> str:
    """Return what the session has cost, else the answer."""
    spent = facts.session if facts.session and facts.session.cost_usd is not None else facts.turn
    cost = spent.cost_usd if spent else None
    return "" if cost is None else f"${cost:.4f}"


def _speed(facts: Facts) -> str:
    speed = facts.tokens_per_s
    return "" if speed is None else f"{speed:.0f} tokens/s"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _short(count: int) -> str:
    return str(count) if count < 10 * _THOUSAND else f"{count / _THOUSAND:.0f}k"


def _rest(spent: Spent) -> str:
    source = "" if spent.source == "reported" else f" ({spent.source})"
    return source if spent.cost_usd is None else f"{source}, ${spent.cost_usd:.4f}"


BUILT_IN: dict[str, Callable[[Facts, int], str]] = {
    ANSWER: answer,
    "tokens": tokens,
    "health": health,
}
"""By name; these win over executables of the same name."""
