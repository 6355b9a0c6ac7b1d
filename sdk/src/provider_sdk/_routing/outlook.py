"""Who would answer a call now, and why the others would not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from provider_sdk._routing.choice import Chosen
from provider_sdk._routing.cooldowns import CoolDowns
from provider_sdk._routing.route import text_of
from provider_sdk._routing.standing import Standing


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a router expects of one candidate.

    Attributes:
        provider: its name.
        model: the model that it would be asked for; ``""`` if it finds one by itself.
        state: ``"would answer"``; ``"next"`` if it is asked after others have failed;
            ``"cooling down"`` if it is asked after all of those; or why it is not asked:
            ``"no credential"``, ``"cannot"``, ``"not local"``, ``"unknown"``, ``"broken"``.
        reason: why, in one sentence; empty for ``"would answer"`` and ``"next"``.
    """

    provider: str
    model: str
    state: str
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def outlook_of(
    standings: Sequence[Standing], chosen: Chosen, cool_downs: CoolDowns, now: float
) -> list[Outlook]:
    """Return what is expected of each candidate, in the given order."""
    usable = [each.name for each in standings if each.state == "usable"]
    # A named provider is asked whether it cools down or not.
    waits = {} if chosen.provider else {name: cool_downs.seconds_left(name, now) for name in usable}
    ready = [name for name in usable if not waits.get(name)]
    cooling = sorted((name for name in usable if name not in ready), key=lambda n: waits[n] or 0)
    answering = next(iter((*ready, *cooling)), None)

    def outlook(standing: Standing) -> Outlook:
        name, model = standing.name, standing.default_model
        if name in usable[:1] and chosen.model:
            model = chosen.model
        if standing.error is not None:
            return Outlook(name, model, standing.state, text_of(standing.error))
        if name == answering:
            return Outlook(name, model, "would answer")
        if name in ready:
            return Outlook(name, model, "next")
        return Outlook(
            name, model, "cooling down", f"it failed lately; {waits[name]:.0f} s are left"
        )

    return [outlook(standing) for standing in standings]
