"""HEALTH: true only where the service accepted this credential just now."""

from __future__ import annotations

from typing import Any

from provider_sdk import Health

from provider_conformance._check import check
from provider_conformance._lab import Lab


async def probe(lab: Lab, **config: Any) -> Health:
    """Return what the provider class's probe says of the service."""
    provider: Any = lab.harness.provider
    health = await provider.probe(**lab.probe_config(**config))
    lab.instance("the result of probe()", Health, health)
    return health  # type: ignore[no-any-return]


async def _healthy_without(lab: Lab) -> None:
    """A provider without a required credential is healthy without one."""
    lab.service.credential = None
    health = await probe(lab, api_key=None)
    lab.equal("probe().ok without a credential", True, health.ok)


@check("PC-HEALTH-001", credentials=["required"], other_side=_healthy_without)
async def no_credential_is_unhealthy(lab: Lab) -> None:
    """Without a credential probe() is False, says why, and sends nothing.

    Rule: Without a required credential probe() answers ok=False with the reason, and no request is
    sent.
    Why: A health check that is green without a key promises a call that cannot succeed.
    How: Probes with a credential, which must be healthy, then without one.
    Fix: Let probe() catch what the constructor raises, and answer ok=False with its text.
    """
    lab.equal("probe().ok with the right credential", True, (await probe(lab)).ok)
    before = len(lab.service.exchanges)
    health = await probe(lab, api_key=None)
    lab.equal("probe().ok without a credential", False, health.ok)
    lab.true("probe().reason", health.reason.strip(), "to say what is missing", health.reason)
    lab.equal("requests sent without a credential", 0, len(lab.service.exchanges) - before)
