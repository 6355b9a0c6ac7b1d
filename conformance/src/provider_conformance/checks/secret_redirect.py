"""SECRET: a service that sends callers to another host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from provider_sdk import BaseProvider

from provider_conformance._check import check
from provider_conformance.checks.auth import sends_no_credential
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.errors import only_provider_errors
from provider_conformance.lab.leaks import holds_secret, request_text, requests_elsewhere
from provider_conformance.lab.replies import ReplyFunction
from provider_conformance.wires._script import Reply, SeenRequest

_WITH_CREDENTIAL = ("required", "optional")
_STATUSES = (301, 302, 303, 307, 308)


@check("PC-SECRET-014", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def call_stays_at_home(lab: Lab) -> None:
    """A redirected call does not carry the credential to another host.

    Rule: The credential goes to the host that it was given for. A redirect of a call to another
    host, with whatever status, carries it nowhere.
    Why: Whoever controls one redirect would collect the keys of all users.
    How: Makes an exchange, then redirects calls to a second host with each status, streamed and
    not, and searches what arrives there.
    Fix: Do not follow redirects; report them as a wrong base_url.
    """
    await _require_credential_kept(lab, lambda provider: lab.chat(provider))
    if "streaming" in lab.capabilities:
        await _require_credential_kept(lab, lambda provider: lab.stream(provider))


@check(
    "PC-SECRET-015",
    needs=["model_listing"],
    credentials=_WITH_CREDENTIAL,
    otherwise=sends_no_credential,
)
async def list_stays_at_home(lab: Lab) -> None:
    """A redirected model list does not carry the credential to another host.

    Rule: As for calls: a redirect to another host carries the credential nowhere.
    Why: GET requests are redirected most often, and carry the same credential.
    How: Makes an exchange, then redirects model lists to a second host with each status.
    Fix: Do not follow redirects; report them as a wrong base_url.
    """
    await _require_credential_kept(lab, lambda provider: provider.list_models())


@check("PC-SECRET-016", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def health_check_stays_at_home(lab: Lab) -> None:
    """A redirected health check does not carry the credential to another host, and is False.

    Rule: As for calls: a redirect to another host carries the credential nowhere. What that host
    answers says nothing about health.
    Why: Health checks run unattended, every minute, and with the real key.
    How: Makes an exchange, then redirects health checks to a second host with each status.
    Fix: Do not follow redirects in a health check either.
    """
    verdicts: list[object] = []

    async def asked(provider: BaseProvider) -> None:
        verdicts.append(await provider.health_check())

    await _require_credential_kept(lab, asked)
    lab.equal("health_check() of a service that redirects", [False] * len(_STATUSES), verdicts)


@check("PC-SECRET-017", "SHOULD")
async def prompt_stays_at_home(lab: Lab) -> None:
    """A redirected call does not carry the conversation to another host.

    Rule: A redirect to another host is reported and not followed.
    Why: The conversation may be as secret as the credential, and a redirected POST repeats it.
    How: Makes an exchange, then redirects calls to a second host with each status.
    Fix: Do not follow redirects; report them as a wrong base_url.
    """
    await _call_redirected(lab, lambda provider: lab.chat(provider))
    lab.equal("requests to another host", 0, len(requests_elsewhere(lab)))


async def _require_credential_kept(
    lab: Lab, call: Callable[[BaseProvider], Awaitable[object]]
) -> None:
    await _call_redirected(lab, call)
    for request in requests_elsewhere(lab):
        if holds_secret(lab, request_text(request)):
            found = f"{request.method} {request.path} with the credential"
            raise Failed("a request to another host", "not to hold the credential", found)


async def _call_redirected(lab: Lab, call: Callable[[BaseProvider], Awaitable[object]]) -> None:
    """Make an exchange, then make the call once for each redirect status."""
    lab.service.reply_always(lab.service.unscripted_reply)
    await lab.must_succeed(lab.provider())
    for status in _STATUSES:
        lab.service.reply_always(_redirect_elsewhere(lab, status))
        what = f"a call that is redirected with {status}"
        await only_provider_errors(lab, call(lab.provider()), what)


def _redirect_elsewhere(lab: Lab, status: int) -> ReplyFunction:
    """Return a redirect to the other host, which answers every request."""
    other = lab.driver.other_address

    def reply(request: SeenRequest) -> Reply:
        if request.host == other.partition("//")[2]:
            return lab.service.unscripted_reply(request)
        query = f"?{request.query}" if request.query else ""
        return Reply(status, {"location": f"{other}{request.path}{query}"})

    return reply
