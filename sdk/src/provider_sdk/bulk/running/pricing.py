"""The prices of all models that a run asks: its own, and those that rows name."""

from __future__ import annotations

from decimal import Decimal

from provider_sdk._accounting.prices import Prices
from provider_sdk._usage import Usage
from provider_sdk.bulk.inputs import Survey
from provider_sdk.bulk.inputs.survey import MOST_MODELS


def unpriced(found: Survey, prices: Prices, *, provider: str, model: str) -> str | None:
    """Return in words which model has no known price; ``None`` if all have one.

    Args:
        found: the input.
        prices: what tokens cost.
        provider: who is asked.
        model: the model that rows get which name none; ``""`` if the provider finds one by itself.
    """
    if len(found.models) >= MOST_MODELS:
        return f"some of the {MOST_MODELS} models or more that rows name"
    for each in (model, *sorted(found.models)):
        if prices.price(provider=provider, model=each) is None:
            return f"the model {each!r}" if each else "the provider's own model"
    return None


def highest_cost(
    usage: Usage, found: Survey, prices: Prices, *, provider: str, model: str
) -> Decimal | None:
    """Return what the dearest model asks for this usage; ``None`` if a price is not known.

    Args:
        usage: the token counts.
        found: as of ``unpriced``, as all that follow.
        prices: what tokens cost.
        provider: who is asked.
        model: the model that rows get which name none.
    """
    if unpriced(found, prices, provider=provider, model=model) is not None:
        return None
    models = (model, *found.models)
    costs = [prices.cost(usage, provider=provider, model=each) for each in models]
    return max((cost for cost in costs if cost is not None), default=None)
