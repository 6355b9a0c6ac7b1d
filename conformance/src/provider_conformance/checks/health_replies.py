"""HEALTH: replies that are neither a success nor a plain failure, and what probe() says of them."""

from __future__ import annotations

from collections.abc import Mapping

from provider_sdk import (
    ProviderAuthError,
    ProviderError,
    ProviderPermissionError,
    ProviderRateLimitError,
    ProviderResponseError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance._service import Scripted
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.clients import marked_client
from provider_conformance.lab.health import must_not_raise, probe, require_healthy
from provider_conformance.lab.replies import web_page
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply, SeenRequest

_BARE = (400, 404, 408, 422, 429, 451, 520)
_EXPLAINED: Mapping[int, ErrorKind] = {
    400: "bad_request",
    402: "quota",
    404: "model_not_found",
}
_LOGIN = "/login"


def _redirect_to_login(request: SeenRequest) -> Reply:
    if request.path == _LOGIN:
        return web_page(200, "Please sign in")
    return Reply(302, {"location": _LOGIN})


@check("PC-HEALTH-019")
async def verdict_follows_the_service(lab: Lab) -> None:
    """A later health check of the same provider tells of the service as it is then.

    Rule: health_check() asks each time whether the service answers; what may be kept for a while is
    only that it accepted the credential. health_error is that of the last check, None after True.
    Why: Programs ask one provider again and again, to learn when something changes.
    How: Checks on one provider a working service, one that fails, is overloaded, cannot be reached
    or talks nonsense, each with the working one again after it.
    Fix: Ask in every health_check(), and set health_error in each.
    """
    provider = lab.provider()
    lab.equal("health_check() of a working service", True, await provider.health_check())
    failures: tuple[Failure | Reply, ...] = (
        Failure("server", lab.text()),
        Failure("overloaded", lab.text()),
        Reply(head="refuse"),
        web_page(200, "Welcome"),
    )
    for failure in failures:
        lab.service.reply_always(failure)
        lab.equal("health_check() once it fails", False, await provider.health_check())
        lab.service.reply_always(lab.service.unscripted_reply)
        lab.equal("health_check() once it works again", True, await provider.health_check())
        lab.equal("health_error once it works again", None, provider.health_error)


@check("PC-HEALTH-020")
async def only_success_is_healthy(lab: Lab) -> None:
    """A service that answers with anything but a success is unhealthy.

    Rule: probe().ok and health_check() are False for every error status, with a body and without,
    for an error under status 200, for a redirect, and for a success without content; neither
    raises.
    Why: "Not 401" is no acceptance: a wrong path, a used-up quota and a login page are not either.
    How: Checks a working service, then has it answer every request in each of these ways.
    Fix: Answer True for one thing only: a success that you can read.
    """
    await require_healthy(lab)
    scripts: dict[str, Scripted] = {
        "with an error under status 200": Reply(
            200, {"content-type": "application/json"}, (lab.wire.failure(_failure(lab)).body,)
        ),
        "with a redirect to a page": _redirect_to_login,
        "with a redirect to nowhere": Reply(307),
        "with no content": Reply(204),
    }
    scripts |= {f"with a bare {status}": Reply(status) for status in _BARE}
    for status, kind in _EXPLAINED.items():
        scripts[f"with {status}"] = Failure(kind, lab.text(), status)
    provider = lab.provider()
    for what, scripted in scripts.items():
        lab.service.reply_always(scripted)
        when = f"of a service that answers {what}"
        lab.equal(f"probe().ok {when}", False, (await probe(lab)).ok)
        healthy = await must_not_raise(f"health_check() {when}", provider.health_check())
        lab.equal(f"health_check() {when}", False, healthy)


@check("PC-HEALTH-021", "SHOULD")
async def health_has_the_error(lab: Lab) -> None:
    """Health.error is the error that the reason comes from.

    Rule: If probe() is not ok, Health.error is the exception, of the class that a call would
    raise, and Health.reason is its text; if it is ok, there is no error and no reason.
    Why: A program that asks for another key on one error and waits on another reads no sentences.
    How: Probes a working service, then one that fails in several ways, and without a credential.
    Fix: Keep the error of a failed check in health_error, which probe() reports.
    """
    health = await probe(lab)
    found = (health.ok, health.reason, health.error)
    lab.equal("ok, reason and error of a working service", (True, "", None), found)
    scripts: dict[type[ProviderError], Scripted] = {
        ProviderAuthError: Failure("auth", lab.text()),
        ProviderPermissionError: Failure("permission", lab.text()),
        ProviderRateLimitError: Failure("rate_limit", lab.text()),
        ProviderUnavailableError: Failure("server", lab.text()),
        ProviderResponseError: web_page(200, "Welcome"),
    }
    for kind, scripted in scripts.items():
        lab.service.reply_always(scripted)
        await _require_error(lab, kind, scripted, f"where a call raises {kind.__name__}")
    if lab.harness.credential_rule == "required":
        await _require_error(lab, ProviderAuthError, None, "without a credential", api_key=None)


@check("PC-HEALTH-022")
async def probe_uses_the_injected_client(lab: Lab) -> None:
    """probe() uses an injected client, and leaves it open.

    Rule: probe(http_client=…) sends its requests with that client, and never closes it, whatever
    the outcome. A provider on another HTTP library refuses the keyword.
    Why: The client holds the proxy, the certificates and the limits, and belongs to somebody else.
    How: Probes a working service and one that rejects, with a client that adds a header.
    Fix: Pass the keywords of probe() to the constructor, and close only a client of your own.
    """
    await require_healthy(lab)
    mark = payload.word(lab.rng)
    async with marked_client(mark) as client:
        try:
            lab.provider(http_client=client)
        except TypeError:
            return
        for scripted, ok in ((None, True), (Failure("auth", lab.text()), False)):
            if scripted is not None:
                lab.service.reply_always(scripted)
            before = len(lab.service.exchanges)
            health = await probe(lab, http_client=client)
            lab.true("probe(http_client=…).ok", health.ok is ok, f"{ok}", health)
            sent = {e.request.headers.get("x-mark") for e in lab.service.exchanges[before:]}
            lab.equal("the header that the injected client adds", {mark}, sent)
            closed = client.is_closed
            lab.true("the injected client after probe()", not closed, "open", "closed")


def _failure(lab: Lab) -> Failure:
    return Failure("server", lab.text())


async def _require_error(
    lab: Lab, kind: type[ProviderError], scripted: Scripted | None, when: str, **config: None
) -> None:
    health = await probe(lab, **config)
    lab.equal(f"probe().ok {when}", False, health.ok)
    shown = type(health.error).__name__
    lab.true(f"Health.error {when}", isinstance(health.error, kind), f"a {kind.__name__}", shown)
    lab.equal(f"Health.reason {when}", str(health.error), health.reason)
    # A check that a service rarely allows may be replaced by a verdict with words of its own.
    if isinstance(scripted, Failure) and kind is not ProviderRateLimitError:
        words = scripted.message
        lab.true(f"Health.reason {when}", words in health.reason, f"to hold {words!r}", health)
