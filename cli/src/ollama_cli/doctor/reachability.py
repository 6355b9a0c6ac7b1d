"""Which providers can be reached with which credentials, and whether the clock is right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from provider_sdk import (
    BaseProvider,
    Health,
    HttpProvider,
    ProviderDescription,
    ProviderError,
    ProviderRouter,
    ProviderTimeoutError,
    check_health,
)

from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.importing import importing
from ollama_cli.choosing.routing import ASKED
from ollama_cli.command_line.exit_codes import CREDENTIAL, UNAVAILABLE, exit_code
from ollama_cli.doctor.findings import Finding
from ollama_cli.terminal.sentences import health_reason, sentence

_MOST_SKEW_S = 60.0
"""From here on, certificates and tokens that have just been made, or soon end, may be refused."""


@dataclass(slots=True)
class Reached:
    """What was found.

    Attributes:
        providers: each provider, as JSON.
        skews: by how many seconds this machine's clock is ahead of each service's.
        findings: what is wrong.
    """

    providers: list[dict[str, Any]] = field(default_factory=list)
    skews: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def clock(self) -> dict[str, Any]:
        """Return what is known of the clock as JSON."""
        skew = round(median(self.skews), 1) if self.skews else None
        return {"skew_s": skew, "services": len(self.skews)}


async def reach(
    router: ProviderRouter,
    described: Sequence[ProviderDescription],
    choice: Choice,
    timeout: float | None,
) -> Reached:
    """Ask all providers that could answer whether they are healthy.

    Args:
        router: has the providers; it is closed.
        described: what is known of them.
        choice: who would answer a question.
        timeout: the most seconds for each; ``None`` to send nothing.
    """
    found = Reached()
    async with router:
        asked = {}
        for each in described:
            provider, error = _built(router, each)
            if provider is not None:
                asked[each.name] = provider
            found.providers.append(_fields(each, provider, error))
        with importing():
            outlooks = router.explain(choice.task, provider=choice.provider, model=choice.model)
        health: Mapping[str, Health] = {}
        if timeout is not None:
            health = await _ask(asked, timeout, found.skews)
        needed = [each.provider for each in outlooks if each.state in ASKED]
    for fields in found.providers:
        fields["health"] = _health_fields(health.get(fields["name"]))
    found.findings += _about_answers(choice, needed, health, found, is_offline=timeout is None)
    skew = found.clock["skew_s"]
    if skew is not None and abs(skew) > _MOST_SKEW_S:
        way = "ahead of" if skew > 0 else "behind"
        told = f"this machine's clock is {abs(skew):.0f} s {way} that of the services; set it"
        found.findings.append(Finding("clock", told))
    return found


def _built(
    router: ProviderRouter, description: ProviderDescription
) -> tuple[BaseProvider | None, ProviderError | None]:
    if description.problem or description.credential == "missing":
        return None, None
    try:
        with importing():
            return router.get_provider(description.name), None
    except ProviderError as error:
        return None, error


async def _ask(
    providers: Mapping[str, BaseProvider], timeout: float, skews: list[float]
) -> dict[str, Health]:
    for provider in providers.values():
        _watch_clock(provider, skews)
    found = await asyncio.gather(*(_health(each, timeout) for each in providers.values()))
    return dict(zip(providers, found, strict=True))


async def _health(provider: BaseProvider, timeout: float) -> Health:
    try:
        async with asyncio.timeout(timeout):
            return await check_health(provider)
    except TimeoutError:
        error = ProviderTimeoutError(f"it did not answer within {timeout:g} s (--timeout)")
        return Health(False, error.message, timeout, error)


def _watch_clock(provider: BaseProvider, skews: list[float]) -> None:
    """Compare the clock with the header ``Date`` of each reply, which has whole seconds."""
    if not isinstance(provider, HttpProvider):
        return
    send = provider.open

    async def watched(request: Any) -> Any:
        exchange = await send(request)
        now, then = time.time(), _seconds_of(exchange.headers.get("date", ""))
        if then is not None:
            skews.append(now - then - 0.5)
        return exchange

    # `open` is the hook that every request passes. It is watched on this one object, which is soon
    # closed; the other way is a class of our own for each class of others.
    provider.open = watched  # type: ignore[method-assign]


def _seconds_of(date: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _fields(
    found: ProviderDescription, provider: BaseProvider | None, error: ProviderError | None
) -> dict[str, Any]:
    return {
        "name": found.name,
        "source": found.source,
        "credential": found.credential,
        "credential_source": found.credential_source,
        "api_key_env": list(found.api_key_env),
        "address": _address(provider),
        "local": found.local,
        "problem": found.problem or (sentence(error) if error else None),
    }


def _address(provider: BaseProvider | None) -> str | None:
    """Return its address without a credential that somebody took for one."""
    return provider.redact(provider.base_url) if isinstance(provider, HttpProvider) else None


def _health_fields(health: Health | None) -> dict[str, Any] | None:
    if health is None:
        return None
    reason = health_reason(health) or None
    return {"ok": health.ok, "reason": reason, "latency_s": round(health.latency_s, 3)}


def _about_answers(
    choice: Choice,
    needed: Sequence[str],
    health: Mapping[str, Health],
    found: Reached,
    *,
    is_offline: bool,
) -> list[Finding]:
    """Return why a question would not be answered now; nothing if it would."""
    if needed and (is_offline or any(health[name].ok for name in needed if name in health)):
        return []
    who = f"{choice.provider}, which {choice.source} names," if choice.provider else "no provider"
    told = f"{who} {'cannot' if choice.provider else 'can'} answer a question now"
    if not needed:
        store = "store a key with 'ollama-cli login', or start Ollama"
        return [Finding("answers", f"{told}; {store}", CREDENTIAL)]
    failed = {name: health[name] for name in needed if name in health}
    reasons = "; ".join(f"{name}: {health_reason(each)}" for name, each in failed.items())
    codes = {exit_code(each.error) if each.error else UNAVAILABLE for each in failed.values()}
    code = CREDENTIAL if codes == {CREDENTIAL} else UNAVAILABLE
    return [Finding("answers", f"{told}: {reasons}", code)]
