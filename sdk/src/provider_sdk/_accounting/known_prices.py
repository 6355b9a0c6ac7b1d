"""The prices that settings, the list of a service, and the table of list prices have."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from provider_sdk._accounting.price import Price, amount, is_amount, price_of_entry
from provider_sdk._patterns import Pattern
from provider_sdk._validation import is_mapping, safe_repr

if TYPE_CHECKING:
    from provider_sdk._models import ModelBackend, ModelInfo

_DATE = Pattern(r"-(?:\d{8}|\d{4}-\d\d-\d\d|latest)$")


def prices_of_settings(settings: Mapping[str, Any]) -> dict[str, Price]:
    """Return the prices by model that the setting ``prices`` describes.

    Raises:
        ValueError: the setting is not valid; the message names the place.
    """
    if not is_mapping(settings):
        raise ValueError(f"prices must be a mapping, not {safe_repr(settings)}")
    return {
        str(model): Price.parse(f"prices[{str(model)!r}]", price)
        for model, price in settings.items()
        if price is not None
    }


def set_price(prices: Mapping[str, Price], names: Iterable[str]) -> Price | None:
    """Return the price that settings have for the first of these names, as far as one is there."""
    variants = (variant for name in names for variant in _variants(name))
    return next((prices[variant] for variant in variants if variant in prices), None)


def _variants(name: str) -> Iterator[str]:
    """Yield a name, and the ones of the model without a date, and without a back end or tag."""
    yield name
    yield from _dateless(name)
    yield from _dateless(name.partition(":")[0])


def _dateless(name: str) -> tuple[str, str]:
    name = name.removeprefix("models/")
    return name, _DATE.sub("", name)


def listed_price(
    listed: Mapping[str, ModelInfo], names: Iterable[str], served_by: str | None
) -> Price | None:
    """Return the price that a service lists for the first of these names."""
    found = (_price_in_list(listed, name, served_by) for name in names)
    return next((price for price in found if price is not None), None)


def _price_in_list(
    listed: Mapping[str, ModelInfo], name: str, served_by: str | None
) -> Price | None:
    id, _, suffix = name.partition(":")
    model = listed.get(name) or listed.get(id)
    if model is None:
        return None
    # What follows the colon may name a back end, or say how to choose one.
    for back_end in model.backends:
        if back_end.provider == (served_by or suffix):
            return _usable(back_end)
    return None if served_by and model.backends else _usable(model)


def _usable(said: ModelInfo | ModelBackend) -> Price | None:
    read, written = said.input_price, said.output_price
    if not (is_amount(read) and is_amount(written)):
        return None
    return Price(amount(read), amount(written))


def table_price(provider: str, names: Iterable[str], day: date) -> Price | None:
    """Return the list price on a day of the first of these names that the table knows."""
    for name in names:
        for variant in _dateless(name):
            held = [p for first, p in _table().get((provider, variant), ()) if first <= day]
            if held:
                return held[-1]
    return None


@cache
def _table() -> Mapping[tuple[str, str], list[tuple[date, Price]]]:
    text = files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text, parse_float=Decimal)
    table: dict[tuple[str, str], list[tuple[date, Price]]] = {}
    for service, about in data["services"].items():
        for entry in data[service]:
            dated = (entry.get("first", date.min), price_of_entry(entry))
            for provider in about["providers"]:
                for model in entry["models"]:
                    table.setdefault((provider, model), []).append(dated)
    return table
