"""Mutants that HEALTH must kill: those who take too much for health, or say too little of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import httpx
from provider_sdk import Health, ProviderError, ProviderOverloadedError, ProviderResponseError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class LenientByStatus(Mutable):
    """The ground of mutants that take some statuses for health."""

    accepted: ClassVar[frozenset[int]] = frozenset()

    async def check_health(self) -> None:
        """Raise unless the status is forgiven."""
        try:
            await super().check_health()
        except ProviderError as error:
            if error.status not in self.accepted:
                raise


@mutant("PC-HEALTH-020", "of a service that answers with a bare 400: False")
class RejectedIsHealthy(LenientByStatus):
    """Takes a rejected request for a service that works."""

    accepted = frozenset({400, 422})


@mutant("PC-HEALTH-020", "of a service that answers with a bare 404: False")
class MissingIsHealthy(LenientByStatus):
    """Takes a path that is not there for a service that works."""

    accepted = frozenset({404, 405, 410})


@mutant("PC-HEALTH-020", "of a service that answers with a redirect to a page: False")
class RedirectedIsHealthy(LenientByStatus):
    """Takes a redirect for an answer."""

    accepted = frozenset({302})


@mutant("PC-HEALTH-020", "of a service that answers with no content: False")
class NothingIsHealthy(Mutable):
    """Takes every success for acceptance."""

    async def check_health(self) -> None:
        """Raise unless something came."""
        try:
            await super().check_health()
        except ProviderResponseError as error:
            if error.status not in (None, 200, 204):
                raise


class _Saying(Mutable):
    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Probe, and say something else."""
        return cls.said(await super().probe(**config))

    @classmethod
    def said(cls, health: Health) -> Health:
        """Return what to say instead."""
        raise NotImplementedError


@mutant("PC-HEALTH-021", "Health.error where a call raises ProviderAuthError")
class KeepsErrorBack(_Saying):
    """Says why it is unhealthy, and keeps the error back."""

    @classmethod
    def said(cls, health: Health) -> Health:
        """Return health without the error."""
        return replace(health, error=None)


@mutant("PC-HEALTH-021", "Health.reason where a call raises ProviderAuthError")
class HasOwnReasons(_Saying):
    """Has a sentence of its own for everything."""

    @classmethod
    def said(cls, health: Health) -> Health:
        """Return health with another reason."""
        return replace(health, reason=health.reason and "the service is not well")


@mutant("PC-HEALTH-022", "the injected client after probe(): open")
class ClosesInjectedClientOfProbe(Mutable):
    """Closes after a probe whatever it was given."""

    @classmethod
    async def probe(cls, *, http_client: httpx.AsyncClient | None = None, **config: Any) -> Health:
        """Probe, and close."""
        health = await super().probe(http_client=http_client, **config)
        if http_client is not None:
            await http_client.aclose()
        return health


@mutant("PC-HEALTH-022", "the header that the injected client adds")
class ProbesWithOwnClient(Mutable):
    """Ignores the client that a probe is given."""

    @classmethod
    async def probe(cls, *, http_client: httpx.AsyncClient | None = None, **config: Any) -> Health:
        """Probe with a client of its own."""
        return await super().probe(**config)


@mutant("PC-HEALTH-011", "probe(default_model=7).ok: False")
class TakesAnyModel(Mutable):
    """Takes any default model, and fails when it is used."""

    def __init__(self, *, default_model: Any = None, **config: Any) -> None:
        super().__init__(**config)
        self.default_model = default_model or type(self).default_model


@mutant("PC-HEALTH-019", "health_error once it works again: None")
class KeepsComplaining(Mutable):
    """Keeps the reason of an earlier check."""

    async def health_check(self) -> bool:
        """Check, and remember too long."""
        before = self.health_error
        healthy = await super().health_check()
        if healthy:
            self.health_error = before
        return healthy


@mutant("PC-HEALTH-019", "health_check() once it fails: False")
class ForgivesOverload(Mutable):
    """Stays healthy while the service is overloaded, once it was."""

    was_healthy = False

    async def health_check(self) -> bool:
        """Check, and hope."""
        healthy = await super().health_check()
        if not healthy and self.was_healthy:
            return isinstance(self.health_error, ProviderOverloadedError)
        self.was_healthy |= healthy
        return healthy
