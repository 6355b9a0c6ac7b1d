"""HEALTH: true only where the service accepted this credential just now.

The first ten ids are the truth table.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.health import probe, require_healthy, require_unhealthy
from provider_conformance.lab.replies import (
    malformed_replies,
    reply_after,
    reply_broken_off,
    web_page,
)
from provider_conformance.lab.waiting import require_cancelled
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Head, Reply


async def _require_healthy_without_credential(lab: Lab) -> None:
    """A provider that requires no credential is healthy without one."""
    lab.service.credential = None
    await require_healthy(lab, "without a credential", api_key=None)


async def _require_unhealthy_without_service(lab: Lab) -> None:
    """A provider that sends no credential is healthy while the service answers, and only then."""
    await require_healthy(lab)
    lab.service.reply_always(Failure("server", lab.text()))
    await require_unhealthy(lab, "while the service fails")


@check("PC-HEALTH-001", credentials=["required"], otherwise=_require_healthy_without_credential)
async def no_credential_is_unhealthy(lab: Lab) -> None:
    """Without a credential probe() is False, says why, and sends nothing.

    Rule: Without a required credential probe() answers ok=False with the reason, and no request is
    sent.
    Why: A health check that is green without a key promises a call that cannot succeed.
    How: Probes with a credential, which must be healthy, then without one.
    Fix: Let probe() catch what the constructor raises, and answer ok=False with its text.
    """
    await require_healthy(lab)
    before = len(lab.service.exchanges)
    health = await probe(lab, api_key=None)
    lab.equal("probe().ok without a credential", False, health.ok)
    lab.true("probe().reason", health.reason.strip(), "to say what is missing", health.reason)
    lab.equal("requests sent without a credential", 0, len(lab.service.exchanges) - before)


@check("PC-HEALTH-002")
async def accepted_is_healthy(lab: Lab) -> None:
    """A service that accepts the credential is healthy.

    Rule: probe().ok and health_check() are True if the service accepts the credential and
    answers; probe().reason is then empty.
    Why: A check that is red for a working service takes it out of rotation, or is switched off.
    How: Asks both of a working service, and makes an exchange with it.
    Fix: Ask an endpoint that exists, with the credential, and read its answer leniently.
    """
    await require_healthy(lab)
    lab.equal("probe().reason of a working service", "", (await probe(lab)).reason)
    await lab.must_succeed(lab.provider())


@check("PC-HEALTH-003")
async def rejected_credential_is_unhealthy(lab: Lab) -> None:
    """A service that rejects the credential is unhealthy.

    Rule: If the service rejects the credential (401), probe().ok and health_check() are False;
    neither raises.
    Why: An expired or mistyped key is what health checks are for.
    How: Checks a working service, then has it reject every request.
    Fix: Catch the rejection and answer False; "it answered" is not enough.
    """
    await _require_unhealthy_on(lab, "auth", "after a rejection")


@check("PC-HEALTH-004")
async def lacking_permission_is_unhealthy(lab: Lab) -> None:
    """A service that denies permission is unhealthy.

    Rule: If the credential lacks permission (403), probe().ok and health_check() are False;
    neither raises.
    Why: A key without permission fails at the first call, in production.
    How: Checks a working service, then has it deny every request.
    Fix: Treat a denial like a rejection.
    """
    await _require_unhealthy_on(lab, "permission", "after a denial")


@check("PC-HEALTH-005")
async def failing_service_is_unhealthy(lab: Lab) -> None:
    """A failing service is unhealthy.

    Rule: If the service answers with a server error (500, 502, 503), probe().ok and
    health_check() are False; neither raises.
    Why: Routers and load balancers send calls to whoever is called healthy.
    How: Checks a working service, then has it fail in each way.
    Fix: Answer True only for a successful reply.
    """
    await require_healthy(lab)
    for scripted, when in (
        (Failure("server", lab.text()), "while the service fails"),
        (web_page(502, "Bad gateway"), "behind a bad gateway"),
        (Failure("overloaded", lab.text()), "while the service is overloaded"),
    ):
        lab.service.reply_always(scripted)
        await require_unhealthy(lab, when)


@check("PC-HEALTH-006")
async def silent_service_is_unhealthy(lab: Lab) -> None:
    """A service that does not answer in time is unhealthy.

    Rule: If no answer comes within timeout, probe().ok and health_check() are False; neither
    raises, and neither waits longer.
    Why: A health check that hangs takes the monitor down instead of the service.
    How: Checks a working service, then has it accept connections and say nothing.
    Fix: Bound the check by the provider's timeout and answer False when it runs out.
    """
    await require_healthy(lab)
    lab.service.reply_always(Reply(head="hang"))
    seconds = 0.3 if lab.driver.name == "socket" else 8.0
    loop = asyncio.get_running_loop()
    start = loop.time()
    await require_unhealthy(lab, "while the service is silent", timeout=seconds)
    waited = loop.time() - start
    # Twice the limit of one check, and a second for a slow machine.
    bound = 2 * seconds + 1
    lab.true("seconds until both gave up", waited < bound, f"less than {bound:g}", f"{waited:.1f}")


@check("PC-HEALTH-007")
async def garbage_is_unhealthy(lab: Lab) -> None:
    """A service that answers with garbage is unhealthy.

    Rule: If the status is a success and the body is not an answer (a web page, bytes, other JSON, a
    body that breaks off), probe().ok and health_check() are False; neither raises.
    Why: A captive portal, a parked domain or a wrong base URL answers 200 to everything.
    How: Checks a working service, then has it send each kind of garbage to every request.
    Fix: Read the reply of the check as you read that of a call.
    """
    await require_healthy(lab)
    odd = malformed_replies(lab, "models", "token")
    for what, scripted in (*odd, ("a body that breaks off", reply_broken_off(lab))):
        lab.service.reply_always(scripted)
        await require_unhealthy(lab, f"of a service that answers with {what}")


@check("PC-HEALTH-008")
async def health_check_costs_nothing(lab: Lab) -> None:
    """A health check is never billed.

    Rule: probe() and health_check() ask only endpoints that cost nothing: no chat, and nothing
    else that a model has to answer.
    Why: A check once a minute is forty thousand paid calls a month.
    How: Checks a working service, then one that rejects the credential, fails, cannot be reached,
    talks nonsense or has nothing at the address, and looks at every request.
    Fix: Ask an endpoint for accounts or the model list.
    """
    await require_healthy(lab)
    kinds: tuple[ErrorKind, ...] = ("auth", "rate_limit", "model_not_found", "server")
    scripts: dict[str, Failure | Reply] = {
        **{f"after the failure {kind}": Failure(kind, lab.text()) for kind in kinds},
        **{f"after a bare {status}": Reply(status) for status in (404, 405, 501)},
        "of a service that cannot be reached": Reply(head="refuse"),
        "of a service that answers with a web page": web_page(200, "Welcome"),
    }
    for when, scripted in scripts.items():
        lab.service.reply_always(scripted)
        await require_unhealthy(lab, when)
    billed = [
        f"{exchange.request.method} {exchange.request.path}"
        for exchange in lab.service.exchanges
        if exchange.route == "chat" or (exchange.route == "other" and exchange.request.body)
    ]
    lab.equal("requests of health checks that may be billed", [], billed)


@check(
    "PC-HEALTH-009",
    credentials=["required", "optional"],
    otherwise=_require_unhealthy_without_service,
)
async def public_list_proves_nothing(lab: Lab) -> None:
    """A credential that the service does not know is unhealthy, even if the list is public.

    Rule: True means that the service accepted this credential. A model list that everyone may read
    proves nothing, and neither does a token endpoint that does not answer.
    Why: Several services show their models to everyone; a check that reads only those is always
    green.
    How: Checks with the right credential, then with an unknown one; if the list is public, also
    with a token endpoint that fails or answers with garbage while the list is served.
    Fix: If the list is public, ask an endpoint that checks credentials.
    """
    await require_healthy(lab)
    await require_unhealthy(lab, "with an unknown credential", api_key=lab.another_credential())
    if lab.wire.public_models:
        lab.service.reply_always(Failure("server", lab.text()), "token")
        await require_unhealthy(lab, "while credentials cannot be checked")
        lab.service.reply_always(web_page(200, "Welcome"), "token")
        await require_unhealthy(lab, "while the token endpoint answers with a web page")


@check("PC-HEALTH-010")
async def unreachable_service_is_unhealthy(lab: Lab) -> None:
    """A service that cannot be reached is unhealthy.

    Rule: If the connection is refused or breaks, probe().ok and health_check() are False;
    neither raises.
    Why: A service that is down is the first thing that a health check must notice quietly.
    How: Checks a working service, then one that refuses connections, drops them, or speaks no HTTP.
    Fix: Catch connection errors in health_check() and answer False.
    """
    await require_healthy(lab)
    heads: tuple[Head, ...] = ("refuse", "reset", "junk")
    for head in heads:
        lab.service.reply_always(Reply(head=head))
        await require_unhealthy(lab, f"after a connection error ({head})")


@check("PC-HEALTH-011")
async def probe_never_raises(lab: Lab) -> None:
    """probe() never raises, whatever configuration it is given.

    Rule: probe() answers ok=False with a reason for configuration that makes no sense; it does not
    raise.
    Why: It is called with whatever stands in somebody's settings file.
    How: Probes with valid settings, then with bad addresses, invalid limits, values of other types,
    and a setting that does not exist.
    Fix: Let probe() catch what the constructor raises, TypeError and ValueError included.
    """
    await require_healthy(lab)
    odd: tuple[dict[str, Any], ...] = (
        {"base_url": "not an address"},
        {"base_url": "ftp://service.test"},
        {"base_url": 7},
        {"timeout": -1},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"timeout": "soon"},
        {"max_retries": -1},
        {"max_retries": "two"},
        {"default_model": 7},
        {"http_client": "a client"},
        {"no_such_setting": 1},
        *([] if lab.credential is None else [{"api_key": 7}]),
    )
    for config in odd:
        health = await probe(lab, **config)
        named = ", ".join(f"{name}={value!r}" for name, value in config.items())
        lab.equal(f"probe({named}).ok", False, health.ok)
        lab.true(f"probe({named}).reason", health.reason.strip(), "to say why", health.reason)


@check("PC-HEALTH-012")
async def rate_limit_is_no_acceptance(lab: Lab) -> None:
    """A service that only says "too many requests" is not healthy.

    Rule: A rate limit (429) does not show that the credential is accepted: probe().ok and a first
    health_check() are False, and neither raises.
    Why: Many services limit by address before they look at the key, so a bad key looks alive.
    How: Checks a working service, then has it answer every request with a rate limit.
    Fix: Answer True only for a successful reply; keep an earlier verdict if you must ask rarely.
    """
    await _require_unhealthy_on(lab, "rate_limit", "while requests are limited")


@check("PC-HEALTH-013")
async def each_probe_asks_anew(lab: Lab) -> None:
    """Each probe asks the service.

    Rule: probe() tells what the service says now; no verdict outlives the provider object.
    Why: A verdict that is kept in the process stays green after a key was revoked.
    How: Probes a working service, one that rejects the credential, and the working one again.
    Fix: Keep a verdict, if one must be kept, on the provider object.
    """
    await require_healthy(lab)
    lab.service.reply_always(Failure("auth", lab.text()))
    lab.equal("probe().ok after a rejection", False, (await probe(lab)).ok)
    lab.service.reply_always(lab.service.unscripted_reply)
    lab.equal("probe().ok after acceptance again", True, (await probe(lab)).ok)


@check("PC-HEALTH-014")
async def cancelled_check_is_cancelled(lab: Lab) -> None:
    """A cancelled health check is cancelled, not unhealthy.

    Rule: CancelledError passes through health_check() and probe().
    Why: A check that turns its own cancellation into False keeps shutdowns waiting and marks good
    services as down.
    How: Checks a working service, then cancels both while a silent one is being asked.
    Fix: Catch ProviderError, not BaseException; never use a bare except.
    """
    await require_healthy(lab)
    lab.service.reply_always(Reply(head="hang"))
    await require_cancelled("a cancelled health_check()", lab.provider().health_check())
    provider: Any = lab.harness.provider
    await require_cancelled("a cancelled probe()", provider.probe(**lab.probe_config()))


@check("PC-HEALTH-015", drivers=("socket",))
async def probe_closes_what_it_opens(lab: Lab) -> None:
    """probe() leaves no connection open.

    Rule: probe() closes the provider that it builds, whatever the outcome.
    Why: A monitor that probes for weeks runs out of file descriptors.
    How: Probes a working service and one that rejects the credential, and counts open connections.
    Fix: Use `async with cls(**config) as provider` in probe().
    """
    await _require_no_connections_left(lab, "after probing a working service", ok=True)
    lab.service.reply_always(Failure("auth", lab.text()))
    await _require_no_connections_left(lab, "after probing a service that rejects", ok=False)


@check("PC-HEALTH-016", drivers=("socket",))
async def probe_measures_latency(lab: Lab) -> None:
    """probe().latency_s is the time that the check took.

    Rule: latency_s is the number of seconds from the call of probe() to its verdict.
    Why: A dashboard that shows zero, or milliseconds called seconds, hides a service that is slow.
    How: Probes a service that takes a fifth of a second to answer, on a real socket, and compares.
    Fix: Take the time before the provider is built and after the verdict, in seconds.
    """
    lab.service.reply_always(reply_after(lab, 0.2), "models", "token")
    start = time.monotonic()
    health = await probe(lab)
    took = time.monotonic() - start
    lab.equal("probe().ok of a slow service", True, health.ok)
    lab.true(
        "probe().latency_s of a service that took 0.2 s",
        0.19 <= health.latency_s <= took,
        f"seconds from 0.19 to {took:.2f}",
        repr(health.latency_s),
    )


@check("PC-HEALTH-017", "SHOULD")
async def reason_holds_the_services_words(lab: Lab) -> None:
    """probe().reason holds the service's own message.

    Rule: If the service says why it rejects, probe().reason holds its message.
    Why: "Unhealthy" sends people to the logs; "the key expired on Monday" to the key.
    How: Probes a working service, then one that rejects with a random message.
    Fix: Make the error's text the reason; what subclasses BaseProvider overrides probe() for it.
    """
    await require_healthy(lab)
    message = lab.text()
    lab.service.reply_always(Failure("auth", message))
    health = await require_unhealthy(lab, "after a rejection")
    lab.true("probe().reason", message in health.reason, f"to hold {message!r}", health.reason)


@check("PC-HEALTH-018", "SHOULD")
async def accepted_credential_needs_a_service(lab: Lab) -> None:
    """An accepted credential at a service that is down is unhealthy.

    Rule: If credentials are checked elsewhere, health also asks the service that would answer.
    Why: The account page may be up while every call fails.
    How: Checks a working service, then has everything but the token endpoint fail.
    Fix: After the credential was accepted, read something cheap from the service itself.
    """
    await require_healthy(lab)
    lab.service.reply_always(Failure("server", lab.text()), "chat", "models", "other")
    await require_unhealthy(lab, "while the service itself is down")


async def _require_unhealthy_on(lab: Lab, kind: ErrorKind, when: str) -> None:
    await require_healthy(lab)
    lab.service.reply_always(Failure(kind, lab.text()))
    await require_unhealthy(lab, when)


async def _require_no_connections_left(lab: Lab, when: str, *, ok: bool) -> None:
    lab.equal(f"probe().ok {when}", ok, (await probe(lab)).ok)
    for _ in range(50):
        if not lab.driver.connections:
            return
        await asyncio.sleep(0.01)
    lab.equal(f"open connections {when}", 0, lab.driver.connections)
