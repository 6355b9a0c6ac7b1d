"""A complete answer as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from provider_sdk import ChatResponse, Prices, Route, ToolCall, Usage, UsageCounter

from ollama_cli.terminal.escapes import values_without_escapes, without_escapes
from ollama_cli.terminal.json_text import shown_number

SCHEMA = "ollama-cli/1"


class Answer(NamedTuple):
    """A complete answer, and what is known about it.

    Attributes:
        response: the answer.
        route: how the router came to it.
        duration_s: the seconds from the call to the end of the answer.
        usage: its tokens, reported or estimated.
        cost_usd: what they cost; ``None`` if the price of the model is not known.
        cost_source: where the price comes from.
        session_id: where it is stored; ``None`` if it is not.
        first_s: the seconds from the call to the first piece; ``None`` if it was not streamed.
    """

    response: ChatResponse
    route: Route
    duration_s: float
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    cost_source: str = ""
    session_id: str | None = None
    first_s: float | None = None


def answer_of(response: ChatResponse, counter: UsageCounter, duration_s: float) -> Answer:
    """Return a routed answer with what was counted of it.

    Args:
        response: the answer.
        counter: has counted this call, and no other of the provider.
        duration_s: how long the answer took.
    """
    route = response.route
    assert route is not None, "a router adds one to each answer"
    usage, cost = response.usage, None
    for row in counter.rows():
        if row.provider == route.provider:
            cost = row.cost_usd
            if row.source == "estimated":
                usage = Usage(row.prompt_tokens, row.completion_tokens, source="estimated")
    source = "" if cost is None else _price_source(response, route, counter.prices)
    return Answer(response, route, duration_s, usage, cost, source)


def _price_source(response: ChatResponse, route: Route, prices: Prices) -> str:
    listed, used = (
        source.price(
            provider=route.provider,
            model=route.model,
            response_model=response.model,
            served_by=response.served_by,
        )
        for source in (Prices(), prices)
    )
    return "list price" if listed == used else "the setting 'prices'"


def answer_fields(answer: Answer, *, raw: bool) -> dict[str, Any]:
    """Return the object that ``--format json`` writes; ``run.schema.json`` describes it."""
    response = answer.response
    model = cleaned(response.model or None, raw)
    return {
        "schema": SCHEMA,
        "provider": answer.route.provider,
        "model": cleaned(answer.route.model or None, raw) or model,
        "response_model": model,
        "served_by": cleaned(response.served_by, raw),
        "text": cleaned(response.text, raw),
        "reasoning": cleaned(response.reasoning, raw),
        "refusal": cleaned(response.refusal, raw),
        "tool_calls": [tool_call_fields(call, raw=raw) for call in response.tool_calls],
        "finish_reason": response.finish_reason,
        "usage": usage_fields(answer.usage),
        "cost_usd": None if answer.cost_usd is None else float(answer.cost_usd),
        "session_id": answer.session_id,
        "duration_s": round(answer.duration_s, 3),
        "warnings": [cleaned(warning, raw) for warning in response.warnings],
        "route": values_without_escapes(answer.route.to_dict()),
    }


def tool_call_fields(call: ToolCall, *, raw: bool) -> dict[str, Any]:
    """Return a tool call as JSON."""
    # Arguments are data for a program, which must get them as they are.
    names = {"id": cleaned(call.id, raw), "name": cleaned(call.name, raw)}
    return {**names, "arguments": call.arguments}


def usage_fields(usage: Usage | None) -> dict[str, Any] | None:
    """Return the token counts as JSON."""
    if usage is None:
        return None
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "source")
    return {name: getattr(usage, name) for name in names}


def cleaned(text: str | None, raw: bool) -> str | None:
    """Return the text without escapes, unless ``raw``."""
    return text if text is None or raw else without_escapes(text)


def count(tokens: int | None) -> str:
    """Return a number of tokens for people."""
    number = None if tokens is None else shown_number(tokens)
    return "unknown" if number is None else f"{number:,}"


def dollars(amount: Decimal) -> str:
    """Return an amount of USD for people, with all digits that it has."""
    digits = f"{amount:f}"
    return f"${digits.rstrip('0').rstrip('.') if '.' in digits else digits}"
