"""Mutants that HEALTH must kill."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    Health,
    ProviderAuthError,
    ProviderError,
    ProviderPermissionError,
    ProviderRateLimitError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance.wires import OpenAIWire
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class Lenient(Mutable):
    """The ground of mutants that take a failure for health."""

    forgiven: ClassVar[tuple[type[ProviderError], ...]] = ()

    async def check_health(self) -> None:
        """Raise unless the failure is forgiven."""
        try:
            await super().check_health()
        except self.forgiven:
            return


@mutant("PC-HEALTH-001", "probe().ok without a credential: False")
class AlwaysHealthy(Mutable):
    """Says that it is healthy whatever happens."""

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Never look."""
        return Health(ok=True)


@mutant("PC-HEALTH-001", "requests sent without a credential: 0")
class AsksWithoutCredential(Mutable):
    """Lets the service find out that there is no credential."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        super().__init__(api_key=api_key or "none", **config)


@mutant("PC-HEALTH-001", "probe().ok without a credential: True")
class NeedsOptionalCredentialForHealth(Mutable):
    """Is unhealthy without a credential that it calls optional."""

    credential = "optional"

    async def check_health(self) -> None:
        """Insist on a credential."""
        if self.api_credential is None:
            raise ProviderAuthError("please sign in")
        await super().check_health()


@mutant("PC-HEALTH-002", "probe().ok of a working service: True")
class NeverHealthy(Mutable):
    """Asks for a model that the service need not have."""

    async def check_health(self) -> None:
        """Insist on one model."""
        if self.default_model not in await self.list_models():
            raise ProviderResponseError("the default model is missing")


@mutant("PC-HEALTH-003", "probe().ok after a rejection: False")
class AnsweringIsHealthy(Lenient):
    """Takes any answer for health, a rejection too."""

    forgiven = (ProviderAuthError,)


@mutant("PC-HEALTH-003", "health_check(): to answer, whatever happens")
class RaisesRejection(Mutable):
    """Lets the rejection out of health_check(), although not of probe()."""

    async def health_check(self) -> bool:
        """Check, and raise."""
        await self.check_health()
        return True


@mutant("PC-HEALTH-004", "probe().ok after a denial: False")
class DenialIsHealthy(Lenient):
    """Takes a denial for health, because the credential was recognised."""

    forgiven = (ProviderPermissionError,)


@mutant("PC-HEALTH-005", "probe().ok while the service fails: False")
class OnlyRejectionIsUnhealthy(Lenient):
    """Looks only at whether the credential was rejected."""

    forgiven = (ProviderUnavailableError,)


@mutant("PC-HEALTH-006", "probe().ok while the service is silent: False")
class SilenceIsHealthy(Mutable):
    """Gives a slow service the benefit of the doubt."""

    async def health_check(self) -> bool:
        """Check, and forgive a timeout."""
        healthy = await super().health_check()
        return healthy or isinstance(self.health_error, ProviderTimeoutError)


@mutant("PC-HEALTH-006", "seconds until both gave up: less than")
class PatientHealthCheck(Mutable):
    """Checks with a limit of its own, not with the one that it was given."""

    async def health_check(self) -> bool:
        """Check, patiently."""
        self.timeout = self.timeout * 8
        return await super().health_check()


@mutant("PC-HEALTH-007", "probe().ok of a service that answers with a web page: False")
class StatusIsEnough(Mutable):
    """Looks at the status of the reply and not at what it holds."""

    async def check_health(self) -> None:
        """Ask, and do not read."""
        await self.fetch(self.dialect.models_request(None))


@mutant("PC-HEALTH-008", "requests of health checks that may be billed: []")
class PaysForHealth(Mutable):
    """Checks its health with a little chat."""

    async def check_health(self) -> None:
        """Ask for a word."""
        await self.chat([{"role": "user", "content": "ping"}], max_tokens=1)


@mutant("PC-HEALTH-008", "requests of health checks that may be billed: []")
class PaysWithoutList(Mutable):
    """Checks its health with a little chat when there is no model list."""

    async def check_health(self) -> None:
        """Ask for the list, or for a word."""
        try:
            await super().check_health()
        except ProviderError as error:
            if error.status != 404:
                raise
            await self.chat([{"role": "user", "content": "ping"}], max_tokens=1)


@mutant(
    "PC-HEALTH-009",
    "probe().ok with an unknown credential: False",
    wire=OpenAIWire(token_path="/api/whoami"),
)
class TrustsPublicList(Mutable):
    """Reads the model list, which everyone may read."""


@mutant("PC-HEALTH-010", "health_check(): to answer, whatever happens")
class RaisesConnectionErrors(Mutable):
    """Lets connection errors out of the check."""

    async def health_check(self) -> bool:
        """Check, and raise."""
        try:
            await self.check_health()
        except ProviderUnavailableError as error:
            raise OSError(str(error)) from None
        except ProviderError as error:
            self.health_error = error
            return False
        return True


@mutant("PC-HEALTH-011", "probe(): to answer, whatever happens")
class RaisesOnOddSettings(Mutable):
    """Catches in probe() only what the service says."""

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Build, check and close."""
        async with cls(**config) as provider:
            ok = await provider.health_check()
            return Health(ok, "" if ok else "unhealthy")


@mutant("PC-HEALTH-012", "probe().ok while requests are limited: False")
class LimitedIsHealthy(Lenient):
    """Takes a rate limit for a sign of life."""

    forgiven = (ProviderRateLimitError,)


@mutant("PC-HEALTH-013", "probe().ok after a rejection: False")
class RemembersHealth(Mutable):
    """Keeps the first verdict for the whole process."""

    verdicts: ClassVar[dict[str, Health]] = {}

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Look once."""
        key = f"{config.get('base_url')} {config.get('api_key')}"
        if key not in cls.verdicts:
            cls.verdicts[key] = await super().probe(**config)
        return cls.verdicts[key]


@mutant("PC-HEALTH-014", "a cancelled health_check(): to be cancelled")
class SwallowsCancellation(Mutable):
    """Takes its own cancellation for a failure of the service."""

    async def health_check(self) -> bool:
        """Check, whatever comes."""
        try:
            return await super().health_check()
        except asyncio.CancelledError:
            return False


@mutant("PC-HEALTH-015", "open connections after probing a working service: 0")
class LeavesConnectionOpen(Mutable):
    """Leaves the closing in probe() to a task that has time."""

    tasks: ClassVar[set[asyncio.Task[None]]] = set()

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Build and check."""
        start = time.monotonic()
        provider = cls(**config)
        cls.tasks.add(asyncio.create_task(provider.close_some_day()))
        ok = await provider.health_check()
        return Health(ok, "" if ok else "unhealthy", time.monotonic() - start)

    async def close_some_day(self) -> None:
        """Close, in a minute or at the end."""
        try:
            await asyncio.sleep(60)
        finally:
            await self.aclose()


@mutant("PC-HEALTH-016", "probe().latency_s of a service that took 0.2 s")
class LatencyInMilliseconds(Mutable):
    """Counts milliseconds and calls them seconds."""

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Look, and count differently."""
        health = await super().probe(**config)
        return replace(health, latency_s=health.latency_s * 1000)


@mutant("PC-HEALTH-016", "probe().latency_s of a service that took 0.2 s")
class MeasuresNothing(Mutable):
    """Reports no latency."""

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Look, and do not count."""
        return replace(await super().probe(**config), latency_s=0.0)


@mutant("PC-HEALTH-017", "probe().reason: to hold")
class SaysOnlyUnhealthy(Mutable):
    """Gives the same reason for everything."""

    @classmethod
    async def probe(cls, **config: Any) -> Health:
        """Look, and keep the reason back."""
        health = await super().probe(**config)
        return health if health.ok else replace(health, reason="the health check failed")


@mutant(
    "PC-HEALTH-018",
    "probe().ok while the service itself is down: False",
    wire=OpenAIWire(token_path="/api/whoami"),
)
class ChecksOnlyTheAccount(Mutable):
    """Asks only the endpoint for accounts."""

    async def check_health(self) -> None:
        """Ask who we are."""
        address = self.base_url.removesuffix("/v1")
        request = replace(self.dialect.models_request(None), path="/api/whoami", base_url=address)
        await self.fetch(request)


@mutant("PC-HEALTH-019", "health_check() once it fails: False")
class KeepsItsVerdict(Mutable):
    """Asks once, and answers from memory ever after."""

    verdict: bool | None = None

    async def health_check(self) -> bool:
        """Ask where nothing is known."""
        if self.verdict is None:
            self.verdict = await super().health_check()
        return self.verdict
