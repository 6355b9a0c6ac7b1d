"""``--usage``: what an answer used and cost, in one line."""

from __future__ import annotations

from provider_sdk import Usage

from ollama_cli.terminal.answers import Answer, count, dollars


def usage_line(answer: Answer) -> str:
    """Return tokens, cost, seconds and who answered; the source of each figure is named."""
    response = answer.response
    model = response.model or answer.route.model
    by = f" by {response.served_by}" if response.served_by else ""
    facts = [
        *_tokens(answer.usage),
        _cost(answer),
        f"{answer.duration_s:.1f} s",
        f"{answer.route.provider} {model}".rstrip() + by,
    ]
    return f"Usage: {', '.join(facts)}"


def _tokens(usage: Usage | None) -> list[str]:
    if usage is None:
        return ["tokens unknown"]
    counts = {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens}
    shown = [f"{name} {count(tokens)}" for name, tokens in counts.items()]
    return [f"{' + '.join(shown)} tokens ({usage.source})"]


def _cost(answer: Answer) -> str:
    if answer.cost_usd is None:
        return "cost unknown"
    source = f" ({answer.cost_source})" if answer.cost_source else ""
    return f"cost {dollars(answer.cost_usd)}{source}"
