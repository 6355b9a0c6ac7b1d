"""Finds the items that the end of an answer lists among those that its events began."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk.decoding import text_or_none

from provider_openai._item import Item, kind_of

Raw = Mapping[str, Any]


def matched(items: Sequence[Item], output: Sequence[Raw]) -> list[tuple[Item | None, Raw]]:
    """Return what the end lists, each with its item, or ``None`` if no event began it.

    Some services leave out the events of items without text, others give an item other ids at its
    end. So an item is known by its id, and else it is the next of its kind.
    """
    if [item.kind for item in items] == [kind_of(raw) for raw in output]:
        return [*zip(items, output, strict=True)]
    by_id = {(item.kind, item.raw["id"]): item for item in items if _has_id(item.raw)}
    named = [by_id.pop((kind_of(raw), raw["id"]), None) if _has_id(raw) else None for raw in output]
    left: dict[str, deque[Item]] = defaultdict(deque)
    known = set(named)
    for item in items:
        if item not in known:
            left[item.kind].append(item)
    return [
        (item or _next(left[kind_of(raw)]), raw) for item, raw in zip(named, output, strict=True)
    ]


def _has_id(raw: Raw) -> bool:
    return text_or_none(raw.get("id")) is not None


def _next(items: deque[Item]) -> Item | None:
    return items.popleft() if items else None
