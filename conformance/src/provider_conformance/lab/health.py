"""Assertions about health, asked with ``probe()`` and with ``health_check()``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from provider_sdk import Health

from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab


async def probe(lab: Lab, **config: Any) -> Health:
    """Return the result of the provider class's ``probe()``."""
    provider: Any = lab.harness.provider
    health: Health = await must_not_raise("probe()", provider.probe(**lab.probe_config(**config)))
    lab.instance("the result of probe()", Health, health)
    lab.returned.append(("what probe() says", (health, health.error and str(health.error))))
    return health


async def require_healthy(lab: Lab, when: str = "of a working service", **config: Any) -> None:
    """Fail unless ``probe()`` and ``health_check()`` both report health."""
    health = await probe(lab, **config)
    lab.true(f"probe().ok {when}", health.ok is True, "True", f"{health.ok!r} ({health.reason})")
    checked = await must_not_raise("health_check()", lab.provider(**config).health_check())
    lab.equal(f"health_check() {when}", True, checked)


async def require_unhealthy(lab: Lab, when: str, **config: Any) -> Health:
    """Fail unless ``probe()`` and ``health_check()`` report ill health without raising.

    Return the result of ``probe()``.
    """
    health = await probe(lab, **config)
    lab.equal(f"probe().ok {when}", False, health.ok)
    lab.true(f"probe().reason {when}", health.reason.strip(), "to say why", health.reason)
    checked = await must_not_raise("health_check()", lab.provider(**config).health_check())
    lab.equal(f"health_check() {when}", False, checked)
    return health


async def must_not_raise(what: str, call: Awaitable[Any]) -> Any:
    """Return what a call returns; fail if it raises anything at all."""
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - any exception at all is the finding
        raise Failed(what, "to answer, whatever happens", f"raised {error!r}") from None
