"""AUTH: the credential of every call, and where it comes from."""

from __future__ import annotations

import os

from provider_sdk import BaseProvider, ProviderError

from provider_conformance._check import check
from provider_conformance.checks.auth import sends_no_credential
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import every_call
from provider_conformance.lab.waiting import fast_forward
from provider_conformance.wires._answer import Failure

_WITH_CREDENTIAL = ("required", "optional")


async def _calls_without_credential(lab: Lab) -> None:
    """Every call of a provider whose credential rule is "none" sends none."""
    await _require_credential(lab, lab.provider(), None)


@check("PC-AUTH-015", credentials=_WITH_CREDENTIAL, otherwise=_calls_without_credential)
async def every_call_carries_the_credential(lab: Lab) -> None:
    """Every call sends the credential that was given, and so does every retry.

    Rule: The credential from the constructor goes with chat, complete, streams, list_models,
    describe_models and health_check, and with each attempt; only if the list is public may it be
    left out of that.
    Why: The method with a path of its own through the code forgets it, and is rejected.
    How: Makes every call while all credentials are accepted, then a call that the service overloads
    once, and reads the credential from each request.
    Fix: Build the headers of all requests in one place.
    """
    provider = lab.provider(max_retries=1)
    await _require_credential(lab, provider, lab.credential)
    before = lab.request_count()
    lab.service.reply_next(Failure("overloaded", lab.text()))
    await lab.outcome(fast_forward(lab, lab.chat(provider)))
    sent = [lab.wire.credential_of(request) for request in lab.service.requests()[before:]]
    own = sent == [lab.credential] * 2
    lab.true("the credential of both attempts", own, "the one given", "another, or none")


@check("PC-AUTH-016", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def credential_comes_from_the_environment(lab: Lab) -> None:
    """Without an argument, the credential is that of the provider's variable.

    Rule: If api_key is not given, the first variable of api_key_env that is set holds the
    credential; one that is blank counts as not set. base_url_env holds the address likewise.
    Why: Programs that are deployed get their keys this way and no other.
    How: Sets the variables that the class or the harness names, the blank one of several first, and
    builds the provider without the arguments. A class that names none is tried with its argument.
    Fix: Read the variables in the constructor, in the order of api_key_env.
    """
    variables = lab.harness.variables(lab.driver.address, lab.credential or "")
    names = list(getattr(lab.harness.provider, "api_key_env", ()))
    held = [name for name, value in variables.items() if value == lab.credential]
    if not held:
        await _require_credential(lab, lab.provider(), lab.credential)
        return
    os.environ.update(variables)
    config = lab.harness.config(lab.driver.address) | {"max_retries": 0}
    base_path = lab.driver.address + lab.wire.base_path
    if base_path in variables.values():
        del config["base_url"]
    await _require_built(lab, config)
    if len(names) > 1 and names[0] in held:
        os.environ |= {names[0]: " ", names[1]: lab.credential or ""}
        await _require_built(lab, config)


async def _require_built(lab: Lab, config: dict[str, object]) -> None:
    """Fail unless a provider with these arguments uses the credential of the environment."""
    try:
        provider = lab.harness.provider(**config)
    except ProviderError as error:
        found = f"raised {type(error).__name__}: {error}"
        raise Failed("building without an argument", "to find the credential", found) from None
    lab.providers.append(provider)
    await _require_credential(lab, provider, lab.credential)


async def _require_credential(lab: Lab, provider: BaseProvider, own: str | None) -> None:
    """Fail unless every call sends this credential."""
    lab.service.reply_always(lab.service.unscripted_reply)
    for name, call in every_call(lab, provider).items():
        before = len(lab.service.exchanges)
        await call()
        exchanges = lab.service.exchanges[before:]
        lab.true(f"the requests of {name}", exchanges, "at least one", "none was sent")
        for exchange in exchanges:
            sent = lab.wire.credential_of(exchange.request)
            allowed = sent == own or (sent is None and lab.wire.public_models)
            lab.true(f"the credential of {name}", allowed, "the one given", "another, or none")
