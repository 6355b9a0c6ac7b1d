"""What tokens cost: by settings, by what a service lists, or by the table of known prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from provider_sdk._usage import Usage

if TYPE_CHECKING:
    from decimal import Decimal

    from provider_sdk._accounting.price import Price
    from provider_sdk._models import ModelInfo

_KEPT = 256
"""How many answers are kept: every call asks, mostly the same."""


class Prices:
    """Finds the price of a model; what none of its sources says is unknown, and never zero.

    The first that knows the model counts: the settings, then what ``learn`` was told, then the
    table of list prices that comes with this package. The table holds for the services' own
    addresses; behind another one, set your own prices. It sends nothing by itself.

    ```python
    prices = Prices({"llama3.2": {"input": 0, "output": 0}})
    prices.learn("hf", await hf.describe_models())
    prices.cost(response.usage, provider="hf", model="org/model", served_by="novita")
    ```

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
        # Only those who ask for a price pay for it.
        from provider_sdk._accounting.known_prices import listed_price, set_price, table_price

        names = [name for name in (model, response_model) if name]
        listed = self._learned.get(provider, {})
        return (
            set_price(self._set, names)
            or listed_price(listed, names, served_by)
            or table_price(provider, names, day)
        )

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
    if settings is None:
        return {}
    from provider_sdk._accounting.known_prices import prices_of_settings

    return prices_of_settings(settings)
