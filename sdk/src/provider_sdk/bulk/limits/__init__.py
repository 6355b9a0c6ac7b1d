"""How fast rows are sent, and how much they may cost.

A coordinator knows the limits of the whole run, and grants each worker a part for a few seconds.
The worker's limiter keeps to it. Both are told the time, so that a simulation can tell it too.
"""

from __future__ import annotations

from provider_sdk.bulk.limits.clock import Clock, SystemClock
from provider_sdk.bulk.limits.coordinator import Coordinator
from provider_sdk.bulk.limits.grants import Grant, Renew, Spent
from provider_sdk.bulk.limits.limiter import Limiter, Permit
from provider_sdk.bulk.limits.outcomes import Outcome
from provider_sdk.bulk.limits.settings import Caps, Limits, check_prices
from provider_sdk.bulk.limits.stops import RunStoppedError, Stop, StopKind

__all__ = [
    "Caps",
    "Clock",
    "Coordinator",
    "Grant",
    "Limiter",
    "Limits",
    "Outcome",
    "Permit",
    "Renew",
    "RunStoppedError",
    "Spent",
    "Stop",
    "StopKind",
    "SystemClock",
    "check_prices",
]
