"""``/cost``: what this session cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from provider_sdk import UsageCounter

from ollama_cli.terminal.answers import dollars
from ollama_cli.terminal.counted import counted
from ollama_cli.terminal.pairs import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provider_sdk import UsageRow

    from ollama_cli.chat.chat import Chat
    from ollama_cli.terminal.answers import Answer

_LIMITS = {"session_usd": "session", "day_usd": "day"}


async def run(chat: Chat, argument: str) -> None:
    """Show what the last answer and this session cost, and what the budgets leave.

    Prices are those of your setting `prices`, else what the service lists, else the list prices
    that come with this program. What is not known is not counted as nothing: a line says so.
    """
    rows = [("last answer", _of_answer(chat.newest.answer))]
    rows += [("session", _of_calls(chat.session.calls()))]
    rows += _budgets(chat)
    chat.show(pairs(rows))


def _of_answer(answer: Answer | None) -> str:
    if answer is None:
        return "none was given yet"
    if answer.cost_usd is None:
        model = answer.response.model or answer.route.model
        return f"unknown: no price of {model} is known; the setting 'prices' can say it"
    return f"{dollars(answer.cost_usd)} ({answer.cost_source})"


def _of_calls(calls: Iterable[UsageRow]) -> str:
    counter = UsageCounter()
    counter.merge(calls)
    rows = counter.rows(())
    if not rows:
        return dollars(Decimal(0))
    known = dollars(rows[0].cost_usd or Decimal(0))
    many = rows[0].unpriced
    if not many:
        return known
    return f"{known}, and {counted(many, 'call')} of which the price is not known"


def _budgets(chat: Chat) -> Iterator[tuple[str, str]]:
    budgets: dict[str, Any] = chat.world.settings.values.get("budgets") or {}
    limits = {name: budgets[name] for name in _LIMITS if budgets.get(name) is not None}
    if not limits:
        return
    counter = chat.world.router.usage  # the budgets are checked by it
    counter.merge(chat.session.spent(counter))
    spent = {
        "session_usd": counter.spent(session=chat.session.counted_as),
        "day_usd": counter.spent(day=counter.today().isoformat()),
    }
    for name, limit in limits.items():
        used = dollars(spent[name] or Decimal(0))
        yield f"budget of the {_LIMITS[name]}", f"{used} of {dollars(Decimal(str(limit)))}"
