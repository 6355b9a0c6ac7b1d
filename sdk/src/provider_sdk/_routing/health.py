"""Asking several providers at once whether they are healthy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError
from provider_sdk._health import Health
from provider_sdk._prepared import HEALTH_TIMEOUT_S
from provider_sdk._routing.declared import reason_of
from provider_sdk._routing.foreign import in_time, secrets_of
from provider_sdk._routing.route import text_of
from provider_sdk._routing.standing import Standing
from provider_sdk._timeouts import Deadline


async def health_of_all(standings: Iterable[Standing]) -> dict[str, Health]:
    """Return the health of each candidate by its name; those that cannot be asked are not."""
    asked = list(standings)
    found = await asyncio.gather(*map(health_of, asked))
    return {standing.name: health for standing, health in zip(asked, found, strict=True)}


async def health_of(standing: Standing) -> Health:
    """Return the health of one candidate; never raises."""
    if standing.provider is None:
        return Health(False, str(standing.error), 0.0, standing.error)
    return await check_health(standing.provider)


async def check_health(provider: BaseProvider) -> Health:
    """Ask a provider whether it is healthy, and return why not; never raises.

    The reason is one that may be shown, whatever the provider raised.
    """
    start = time.monotonic()
    failure = await _failure(provider)
    if failure is None:
        reason = ""
    elif isinstance(failure, ProviderError):
        reason = text_of(failure) or type(failure).__name__
    else:
        reason = reason_of(failure, secrets_of(provider))
    return Health(failure is None, reason, time.monotonic() - start, failure)


async def _failure(provider: BaseProvider) -> Exception | None:
    try:
        deadline = Deadline.after(HEALTH_TIMEOUT_S)
        healthy = await in_time(provider, "health_check", deadline, provider.health_check)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is the reason
        return error.with_traceback(None)
    if healthy:
        return None
    return provider.health_error or ProviderError(
        "the service did not accept the health check", provider=getattr(provider, "name", None)
    )


async def first_healthy(standings: Iterable[Standing]) -> Mapping[str, Health]:
    """Ask all at once; return as soon as one is healthy, with what is known then."""
    asking = {asyncio.ensure_future(health_of(each)): each.name for each in standings}
    found: dict[str, Health] = {}
    try:
        while asking and not any(health.ok for health in found.values()):
            done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            found.update({asking.pop(task): task.result() for task in done})
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return found


def error_of(health: Health) -> ProviderError:
    """Return why a candidate is not healthy; a foreign provider may have raised anything."""
    if isinstance(health.error, ProviderError):
        return health.error
    return ProviderError(health.reason)
