"""What a run may cost by the user's budgets, and counting what it has used."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from provider_sdk import Budgets, UsageRow

from ollama_cli.batch.world import World
from ollama_cli.conversation.database import StoreError
from ollama_cli.conversation.spending import spent
from ollama_cli.conversation.store import Store
from ollama_cli.settings.own_files import NotOwnError, read_own, write_own

_COUNTED = "counted.json"
_LARGEST = 1 << 20


def budget_left(world: World, cost_so_far: Decimal) -> Decimal | None:
    """Return the USD that a run may cost over all its processes; ``None`` for any amount.

    A run is a session of its own for ``session_usd``. What cannot be priced does not count, as
    everywhere.

    Args:
        world: who may be asked, by which settings.
        cost_so_far: what the run has cost already.

    Raises:
        BudgetExceededError: a budget is used up, or it refuses a model whose price is not known.
    """
    setting = world.settings.values.get("budgets")
    if not setting:
        return None
    budgets, usage = Budgets(setting), world.router.usage
    try:
        with Store.open(create=False) as store:
            usage.merge(spent(store, usage, None))
    except StoreError as error:
        world.warn(f"the budgets count this run only: {error.message}")
    is_priced = False
    for name in world.names:
        model = world.model_of(name)
        budgets.check(usage, provider=name, model=model)
        is_priced = is_priced or usage.prices.price(provider=name, model=model) is not None
    limits = budgets.to_dict()
    left = []
    if "session_usd" in limits:
        left.append(limits["session_usd"])
    if "day_usd" in limits:
        used = usage.spent(day=usage.today().isoformat()) or Decimal(0)
        left.append(cost_so_far + max(limits["day_usd"] - used, Decimal(0)))
    return min(left, default=None) if is_priced else None


def count_usage(world: World, directory: Path, used: Iterable[UsageRow]) -> None:
    """Add what a run has used to the user's usage: what was not added yet, by day of today.

    How much was added stands in the run directory. So what a process that was killed used is added
    by the next.

    Args:
        world: where lines for the user go.
        directory: the run directory.
        used: what the whole run has used.
    """
    before = {_key(row): row for row in _counted(directory)}
    now = list(used)
    new = [row for row in (_difference(row, before.get(_key(row))) for row in now) if row.calls]
    if not new:
        return
    try:
        with Store.open(create=True) as store:
            store.record_calls(new)
    except StoreError as error:
        world.warn(f"the tokens are not counted: {error.message}")
        return
    kept = json.dumps([row.to_dict() for row in now])
    with suppress(OSError, NotOwnError):  # the next process counts them once more
        write_own(directory / _COUNTED, kept.encode())


def _counted(directory: Path) -> list[UsageRow]:
    try:
        found = json.loads(read_own(directory / _COUNTED, _LARGEST, follow_links=False))
        return [UsageRow.from_dict(each) for each in found]
    except (OSError, NotOwnError, ValueError, TypeError, AttributeError, RecursionError):
        return []  # nothing was counted


def _key(row: UsageRow) -> tuple[str, str, str]:
    return row.provider, row.model, row.source


def _difference(now: UsageRow, before: UsageRow | None) -> UsageRow:
    """Return what came since, as used today."""
    was = before or UsageRow()
    return replace(
        now,
        day=date.today().isoformat(),
        session=None,
        calls=max(now.calls - was.calls, 0),
        failed=max(now.failed - was.failed, 0),
        retries=max(now.retries - was.retries, 0),
        prompt_tokens=_less(now.prompt_tokens, was.prompt_tokens),
        completion_tokens=_less(now.completion_tokens, was.completion_tokens),
        cached_tokens=_less(now.cached_tokens, was.cached_tokens),
        cache_write_tokens=_less(now.cache_write_tokens, was.cache_write_tokens),
        reasoning_tokens=_less(now.reasoning_tokens, was.reasoning_tokens),
        cost_usd=None
        if now.cost_usd is None
        else max(now.cost_usd - (was.cost_usd or 0), Decimal(0)),
        unpriced=max(now.unpriced - was.unpriced, 0),
    )


def _less(now: int | None, was: int | None) -> int | None:
    return None if now is None else max(now - (was or 0), 0)
