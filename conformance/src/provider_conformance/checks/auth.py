"""AUTH: credentials that are missing, sent, rejected or not permitted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

from provider_sdk import BaseProvider, ProviderAuthError, ProviderPermissionError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab._variables import address_variables, credential_variables
from provider_conformance.lab.errors import fails_with, raises_exactly
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import SeenRequest


async def works_without_credential(lab: Lab) -> None:
    """A provider that requires no credential is built without one and still answers."""
    lab.service.credential = None
    await lab.must_succeed(lab.provider(api_key=None))


async def sends_no_credential(lab: Lab) -> None:
    """A provider whose credential rule is "none" sends none."""
    await lab.must_succeed(lab.provider(api_key=None))
    _require_no_credential(lab, lab.service.requests())


async def _streams_without_credential(lab: Lab) -> None:
    await lab.must_succeed(lab.provider(api_key=None), stream="streaming" in lab.capabilities)
    _require_no_credential(lab, lab.service.requests())


async def _lists_without_credential(lab: Lab) -> None:
    provider = lab.provider(api_key=None)
    await (provider.list_models() if "model_listing" in lab.capabilities else lab.chat(provider))
    _require_no_credential(lab, [exchange.request for exchange in lab.service.exchanges])


async def _checks_health_without_credential(lab: Lab) -> None:
    healthy = await lab.provider(api_key=None).health_check()
    lab.equal("health_check() of a working service", True, healthy)
    _require_no_credential(lab, [exchange.request for exchange in lab.service.exchanges])


@check("PC-AUTH-001", credentials=["required"], otherwise=works_without_credential)
async def missing_credential_is_an_error(lab: Lab) -> None:
    """A missing credential is reported by the constructor.

    Rule: A required credential that is missing raises ProviderAuthError from the constructor, and
    no request is sent.
    Why: An error at the first call comes too late: after the user typed, or a job was queued.
    How: Builds the provider with a credential and makes an exchange, then builds it without one.
    Fix: Look for the credential in __init__ and raise ProviderAuthError("<VARIABLE> is not set").
    """
    await _require_no_provider(lab, None, "building without a credential")


@check("PC-AUTH-002", credentials=["required", "optional"], otherwise=sends_no_credential)
async def credential_is_sent_as_given(lab: Lab) -> None:
    """The credential that was given is the one that is sent.

    Rule: The credential from the constructor is sent with every chat call, in the place that the
    protocol has for it.
    Why: A shortened, re-encoded or misplaced key is rejected, and the user blames the key.
    How: Makes an exchange and reads the credential from the request.
    Fix: Send the constructor's credential unchanged, in the protocol's header.
    """
    await lab.must_succeed(lab.provider())
    _require_own_credential(lab, lab.service.requests())


@check("PC-AUTH-003")
async def rejected_credential_is_an_auth_error(lab: Lab) -> None:
    """A rejected credential raises ProviderAuthError with the service's message.

    Rule: A credential that the service rejects raises ProviderAuthError, and not
    ProviderPermissionError; its text holds the service's message.
    Why: Applications ask for another key on this error and on no other.
    How: Makes an exchange, then has the service reject the credential, streamed and not.
    Fix: Map the service's rejection to ProviderAuthError and pass its message on.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    message = lab.text()
    for error in await fails_with(lab, provider, Failure("auth", message), ProviderAuthError):
        lab.true(
            "the text of the rejection", message in str(error), f"to hold {message!r}", str(error)
        )


@check("PC-AUTH-004")
async def lacking_permission_is_its_own_error(lab: Lab) -> None:
    """A credential without permission raises ProviderPermissionError.

    Rule: A call that the credential does not permit raises ProviderPermissionError, which is a
    ProviderAuthError.
    Why: The remedy differs: the key is valid, and needs another permission.
    How: Makes an exchange, then has the service deny the permission, streamed and not.
    Fix: Map the service's denial (usually 403) to ProviderPermissionError.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    await fails_with(lab, provider, Failure("permission", lab.text()), ProviderPermissionError)


@check(
    "PC-AUTH-005",
    needs=["streaming"],
    credentials=["required", "optional"],
    otherwise=_streams_without_credential,
)
async def stream_carries_the_credential(lab: Lab) -> None:
    """A streamed call sends the credential that was given.

    Rule: The credential from the constructor is sent with a streamed call as with any other.
    Why: Streams often take another path through the code, with headers of their own.
    How: Reads a stream to its end and reads the credential from the request.
    Fix: Build the headers of streamed and whole calls in one place.
    """
    await lab.must_succeed(lab.provider(), stream=True)
    _require_own_credential(lab, lab.service.requests())


@check(
    "PC-AUTH-006",
    needs=["model_listing"],
    credentials=["required", "optional"],
    otherwise=_lists_without_credential,
)
async def model_list_carries_the_credential(lab: Lab) -> None:
    """The model list is asked for with the credential that was given.

    Rule: The credential from the constructor is sent with the request for the model list; only
    if the list is public may it be left out.
    Why: Services list what this account may use; without its credential they list other models.
    How: Lists the models and reads the credential from each request.
    Fix: Send the credential with the request for the model list.
    """
    lab.service.reply_always(
        lambda request: lab.wire.models(lab.service.model_ids, request), "models"
    )
    ids = await lab.provider().list_models()
    lab.equal("the models of the list", sorted(lab.service.model_ids), sorted(ids))
    _require_own_credential(lab, lab.service.requests("models"), or_none=lab.wire.public_models)


@check(
    "PC-AUTH-007",
    credentials=["required", "optional"],
    otherwise=_checks_health_without_credential,
)
async def health_check_carries_the_credential(lab: Lab) -> None:
    """A health check tries the credential that was given.

    Rule: health_check() sends the credential from the constructor, and no other.
    Why: A result for another credential, or for none, says nothing about the next call.
    How: Checks the health of a service that accepts everyone, and reads the credential from each
    request.
    Fix: Check the health with the same headers as any call.
    """
    lab.service.credential = None
    lab.equal("health_check() of a working service", True, await lab.provider().health_check())
    requests = [exchange.request for exchange in lab.service.exchanges]
    _require_own_credential(lab, requests, or_none=lab.wire.public_models)
    tried = any(lab.wire.credential_of(request) == lab.credential for request in requests)
    lab.true("the requests of health_check()", tried, "to try the credential given", "none does")


@check("PC-AUTH-008", credentials=["required"], otherwise=works_without_credential)
async def blank_credential_is_missing(lab: Lab) -> None:
    """A blank credential is a missing one.

    Rule: A required credential that is empty or blank raises ProviderAuthError from the
    constructor, as if none were given, and no request is sent.
    Why: An unset variable in a script or a CI job arrives as an empty text, not as None.
    How: Builds the provider with a credential and makes an exchange, then builds it with "", with
    blanks, and with a line break.
    Fix: Strip the credential before you look whether there is one.
    """
    for blank in ("", "   ", "\n"):
        await _require_no_provider(lab, blank, f"building with the credential {blank!r}")


@check("PC-AUTH-009", credentials=["required", "optional"], otherwise=sends_no_credential)
async def argument_wins_over_environment(lab: Lab) -> None:
    """A credential in the environment does not replace the one that was given.

    Rule: The environment is looked at only if the constructor was given no credential.
    Why: A key in somebody's shell that wins over the argument bills the wrong account.
    How: Sets every variable in which this or another registered provider looks for a credential to
    another one, then builds the provider with its own and makes an exchange.
    Fix: Read the environment only when api_key is None.
    """
    other = lab.another_credential()
    _set_variables(credential_variables(lab.harness), other)
    await lab.must_succeed(lab.provider())
    _require_own_credential(lab, lab.service.requests())


@check("PC-AUTH-010")
async def address_given_wins_over_environment(lab: Lab) -> None:
    """An address in the environment does not replace the one that was given.

    Rule: base_url from the constructor is where requests go, whatever the environment says.
    Why: A forgotten variable would send the credential and the prompt to another host.
    How: Sets every variable in which this or another registered provider looks for an address to
    another host, then builds the provider with an address and makes an exchange.
    Fix: Read the environment only when base_url is None.
    """
    elsewhere = lab.driver.other_address + lab.wire.base_path
    _set_variables(address_variables(lab.harness), elsewhere)
    await lab.must_succeed(lab.provider())
    home = lab.driver.address.partition("//")[2]
    hosts = {exchange.request.host for exchange in lab.service.exchanges}
    lab.true("the host of the requests", hosts == {home}, "the one given as base_url", hosts)


@check("PC-AUTH-011")
async def rejection_is_not_retried(lab: Lab) -> None:
    """A rejected credential is not tried again.

    Rule: A rejected credential or a lacking permission fails at once, whatever max_retries says.
    Why: Trying a bad key again and again gets accounts and addresses blocked.
    How: Makes an exchange, then rejects and denies calls of a provider that may retry, and counts
    the requests.
    Fix: Leave authentication errors out of what is retried.
    """
    provider = lab.provider(max_retries=2)
    await lab.must_succeed(provider)
    for kind in ("auth", "permission"):
        before = lab.request_count()
        lab.service.reply_always(Failure(kind, lab.text()), "chat")
        await lab.raises(ProviderAuthError, lab.chat(provider), f"a call that fails with {kind}")
        sent = lab.request_count() - before
        lab.equal(f"requests of a call that fails with {kind}", 1, sent)


@check("PC-AUTH-012", needs=["streaming"])
async def streamed_rejection_is_raised_by_the_call(lab: Lab) -> None:
    """A rejection of a streamed call is raised by the call itself.

    Rule: await chat(stream=True) raises what the service rejects; it does not return a stream that
    fails later.
    Why: Callers print a prefix, switch the display or commit a turn once they hold a stream.
    How: Reads a stream to its end, then has the service reject the credential and deny permission.
    Fix: Wait for the first event before you return the stream.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    lab.service.reply_always(Failure("auth", lab.text()), "chat")
    await raises_exactly(lab, ProviderAuthError, lab.open_stream(provider), "a rejected stream")
    lab.service.reply_always(Failure("permission", lab.text()), "chat")
    await raises_exactly(
        lab, ProviderPermissionError, lab.open_stream(provider), "a stream that is not permitted"
    )


@check("PC-AUTH-013")
async def rejection_concerns_one_call(lab: Lab) -> None:
    """A rejection leaves the provider usable.

    Rule: Each call is judged by its own answer; a call after a rejected one reaches the service.
    Why: Permissions are granted and keys are activated while a program runs.
    How: Has the service reject one call between two that it answers.
    Fix: Keep no verdict about the credential between chat calls.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    lab.service.reply_next(Failure("auth", lab.text()))
    await lab.raises(ProviderAuthError, lab.chat(provider), "a rejected call")
    answer = lab.answer()
    lab.service.reply_next(answer)
    response = await lab.outcome(lab.chat(provider))
    text = getattr(response, "text", response)
    lab.equal("the answer to the call after a rejected one", answer.text, text)


@check("PC-AUTH-014", credentials=["required", "optional"], otherwise=sends_no_credential)
async def providers_keep_their_credentials_apart(lab: Lab) -> None:
    """Two providers of one class keep their credentials apart.

    Rule: A credential belongs to the provider object that it was given to.
    Why: A server that acts for several customers must never use the key of another one.
    How: Builds two providers with different credentials, asks both in turn, streamed too if the
    provider streams, and reads the credential from each request.
    Fix: Keep the credential on the object, not on the class, the module or the foreign client.
    """
    other = lab.another_credential()
    providers = [(lab.provider(), lab.credential), (lab.provider(api_key=other), other)]
    for provider, own in [*providers, *providers]:
        await _require_chat_as(lab, provider, own)
    before = lab.request_count()
    await asyncio.gather(*(lab.outcome(lab.chat(provider)) for provider, _ in providers * 3))
    asked = [lab.wire.credential_of(request) for request in lab.service.requests()[before:]]
    apart = sorted(asked, key=str) == sorted([own for _, own in providers * 3], key=str)
    lab.true("the credentials of calls at once", apart, "each that of its provider", "mixed")


async def _require_chat_as(lab: Lab, provider: BaseProvider, own: str | None) -> None:
    before = lab.request_count()
    lab.service.reply_next(lab.answer(), lab.answer())
    await lab.chat(provider)
    if "streaming" in lab.capabilities:
        await lab.stream(provider)
    sent = {lab.wire.credential_of(request) == own for request in lab.service.requests()[before:]}
    lab.true("the credential in the request", sent == {True}, "that of the provider", "another")


async def _require_no_provider(lab: Lab, credential: str | None, what: str) -> None:
    await lab.must_succeed(lab.provider())
    before = len(lab.service.exchanges)

    async def build() -> object:
        return lab.provider(api_key=credential)

    error = await lab.raises(ProviderAuthError, build(), what)
    lab.true("the error's text", str(error).strip(), "to say what is missing", str(error))
    lab.equal("requests sent without a credential", 0, len(lab.service.exchanges) - before)


def _require_own_credential(
    lab: Lab, requests: Iterable[SeenRequest], *, or_none: bool = False
) -> None:
    carried = [lab.wire.credential_of(request) for request in requests]
    allowed = {lab.credential, None} if or_none else {lab.credential}
    lab.true("the requests", carried, "at least one", "none was sent")
    ours = all(credential in allowed for credential in carried)
    lab.true("the credential in the request", ours, "the one given", "another, or none")


def _require_no_credential(lab: Lab, requests: Iterable[SeenRequest]) -> None:
    carried = [lab.wire.credential_of(request) for request in requests]
    lab.true("the requests", carried, "at least one", "none was sent")
    lab.equal("the credential in the request", None, next(filter(None, carried), None))


def _set_variables(names: Iterable[str], value: str) -> None:
    # The runner restores the environment after each check.
    os.environ.update(dict.fromkeys(names, value))
