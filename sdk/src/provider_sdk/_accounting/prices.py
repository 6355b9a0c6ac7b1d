"""What tokens cost: by settings, by what a service lists, or by the table of known prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from provider_sdk._accounting.price import Price, amount, is_amount, price_of_entry
from provider_sdk._patterns import Pattern
from provider_sdk._usage import Usage
from provider_sdk._validation import is_mapping, safe_repr

if TYPE_CHECKING:
    from provider_sdk._models import ModelBackend, ModelInfo

_KEPT = 256
"""How many answers are kept: every call asks, mostly the same."""
_DATE = Pattern(r"-(?:\d{8}|\d{4}-\d\d-\d\d|latest)$")


class Prices:
    """Finds the price of a model; what none of its sources says is unknown, and never zero.

    The first that knows the model counts: the settings, then what ``learn`` was told, then the
    table of list prices that comes with this package. The table holds for the services' own
    addresses; behind another one, set your own prices. It sends nothing by itself.

    ::

        prices = Prices({"llama3.2": {"input": 0, "output": 0}})
        prices.learn("hf", await hf.describe_models())
        prices.cost(response.usage, provider="hf", model="org/model", served_by="novita")

    Args:
        settings: the setting ``prices``: by model ``input`` and ``output``, and if you like
            ``cached`` and ``cache_write``, in USD per million tokens, or ``per`` ``"1K"`` or
            ``"1"``.

    Raises:
        ValueError: the setting is not valid; the message names the place.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self._set = _parsed(settings)
        self._learned: dict[str, dict[str, ModelInfo]] = {}
        self._found: dict[tuple[object, ...], tuple[Price | None]] = {}

    def add(self, settings: Mapping[str, Any] | None) -> None:
        """Take over another setting ``prices``, for models that have no price by settings yet.

        Raises:
            ValueError: the setting is not valid; the message names the place.
        """
        self._set = {**_parsed(settings), **self._set}
        self._found = {}

    def learn(self, provider: str, models: Iterable[ModelInfo]) -> None:
        """Take over the prices that a service lists, as ``describe_models`` returns them."""
        self._learned[provider] = {model.id: model for model in models}
        self._found = {}

    def price(
        self,
        *,
        provider: str,
        model: str,
        response_model: str = "",
        served_by: str | None = None,
        day: date | None = None,
    ) -> Price | None:
        """Return the price of a model, ``None`` if it is not known.

        Args:
            provider: the provider's name.
            model: the model that was asked.
            response_model: the model that answered, if the service names it.
            served_by: the back end that answered; back ends of one model have their own prices.
            day: the day of the call; ``None`` for today.
        """
        asked = (provider, model, response_model, served_by, day or date.today())
        found = self._found  # if another thread replaces it meanwhile, this is of no use to it
        held = found.get(asked)
        if held is None:
            if len(found) >= _KEPT:
                found.clear()
            held = found[asked] = (self._search(*asked),)
        return held[0]

    def _search(
        self,
        provider: str,
        model: str,
        response_model: str,
        served_by: str | None,
        day: date,
    ) -> Price | None:
        names = [name for name in (model, response_model) if name]
        for name in names if self._set else ():
            for variant in _variants(name):
                if (found := self._set.get(variant)) is not None:
                    return found
        listed = self._learned.get(provider, {})
        for name in names if listed else ():
            if (found := _listed_price(listed, name, served_by)) is not None:
                return found
        return _table_price(provider, names, day)

    def cost(
        self,
        usage: Usage | None,
        *,
        provider: str,
        model: str,
        response_model: str = "",
        served_by: str | None = None,
        day: date | None = None,
    ) -> Decimal | None:
        """Return what a call costs in USD, ``None`` if its price or one of its counts is unknown.

        Args:
            usage: the token counts.
            provider: as in ``price``, as all that follow.
            model: the model that was asked.
            response_model: the model that answered.
            served_by: the back end that answered.
            day: the day of the call.
        """
        if usage is None:
            return None
        price = self.price(
            provider=provider,
            model=model,
            response_model=response_model,
            served_by=served_by,
            day=day,
        )
        return None if price is None else price.cost(usage)


def _parsed(settings: Mapping[str, Any] | None) -> dict[str, Price]:
    if settings is not None and not is_mapping(settings):
        raise ValueError(f"prices must be a mapping, not {safe_repr(settings)}")
    return {
        str(model): Price.parse(f"prices[{str(model)!r}]", price)
        for model, price in (settings or {}).items()
        if price is not None
    }


def _variants(name: str) -> Iterator[str]:
    """Yield a name, and the ones of the model without a date, and without a back end or tag."""
    yield name
    yield from _dateless(name)
    yield from _dateless(name.partition(":")[0])


def _dateless(name: str) -> tuple[str, str]:
    name = name.removeprefix("models/")
    return name, _DATE.sub("", name)


def _listed_price(
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


def _table_price(provider: str, names: Iterable[str], day: date) -> Price | None:
    for name in names:
        for variant in _dateless(name):
            held = [p for first, p in _table().get((provider, variant), ()) if first <= day]
            if held:
                return held[-1]
    return None


@cache
def _table() -> Mapping[tuple[str, str], list[tuple[date, Price]]]:
    import tomllib  # only those who ask for a price pay for it
    from importlib.resources import files

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
