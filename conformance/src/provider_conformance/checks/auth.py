"""AUTH: credentials that are missing, sent, rejected or not permitted."""

from __future__ import annotations

from provider_sdk import ProviderAuthError, ProviderPermissionError

from provider_conformance._answer import Failure
from provider_conformance._check import check
from provider_conformance._lab import Lab


async def _needs_no_credential(lab: Lab) -> None:
    """A provider without a required credential is built without one and still answers."""
    lab.service.credential = None
    await lab.positive(lab.provider(api_key=None))


@check("PC-AUTH-001", credentials=["required"], other_side=_needs_no_credential)
async def missing_credential_is_an_error(lab: Lab) -> None:
    """A missing credential is reported by the constructor.

    Rule: A required credential that is missing raises ProviderAuthError from the constructor, and
    no request is sent.
    Why: An error at the first call comes too late: after the user typed, or a job was queued.
    How: Builds the provider with a credential and makes an exchange, then builds it without one.
    Fix: Look for the credential in __init__ and raise ProviderAuthError("<VARIABLE> is not set").
    """
    await lab.positive(lab.provider())
    before = len(lab.service.exchanges)

    async def build() -> object:
        return lab.provider(api_key=None)

    error = await lab.raises(ProviderAuthError, build(), "building without a credential")
    lab.true("the error's text", str(error).strip(), "to say what is missing", str(error))
    lab.equal("requests sent without a credential", 0, len(lab.service.exchanges) - before)


async def _sends_no_credential(lab: Lab) -> None:
    """A provider whose credential rule is "none" sends none."""
    await lab.positive(lab.provider(api_key=None))
    sent = lab.wire.credential_of(lab.service.requests()[-1])
    lab.equal("the credential in the request", None, sent)


@check("PC-AUTH-002", credentials=["required", "optional"], other_side=_sends_no_credential)
async def credential_is_sent_as_given(lab: Lab) -> None:
    """The credential that was given is the one that is sent.

    Rule: The credential from the constructor is sent with every chat call, in the place that the
    protocol has for it.
    Why: A key from the environment that wins over the argument bills the wrong account.
    How: Makes an exchange and reads the credential from the request.
    Fix: Send the constructor's credential; look at the environment only when none was given.
    """
    await lab.positive(lab.provider())
    sent = lab.wire.credential_of(lab.service.requests()[-1])
    lab.true("the credential in the request", sent == lab.credential, "the one given", "another")


@check("PC-AUTH-003")
async def rejected_credential_is_an_auth_error(lab: Lab) -> None:
    """A rejected credential raises ProviderAuthError with the service's words.

    Rule: A credential that the service rejects (401) raises ProviderAuthError; its text holds the
    service's message.
    Why: Applications ask for another key on this error and on no other.
    How: Makes an exchange, then has the service reject the credential, streamed and not.
    Fix: Map the service's rejection to ProviderAuthError and pass its message on.
    """
    provider = lab.provider()
    await lab.positive(provider)
    words = lab.text()
    lab.service.always(Failure("auth", words), "chat")
    error = await lab.raises(ProviderAuthError, lab.chat(provider), "a rejected call")
    lab.true("the error's text", words in str(error), f"to hold {words!r}", str(error))
    if "streaming" in lab.capabilities:
        await lab.raises(ProviderAuthError, lab.open_stream(provider), "a rejected stream")


@check("PC-AUTH-004")
async def lacking_permission_is_its_own_error(lab: Lab) -> None:
    """A credential without permission raises ProviderPermissionError.

    Rule: 403 raises ProviderPermissionError, which is a ProviderAuthError.
    Why: The remedy is another one: the key is good and must be allowed more.
    How: Makes an exchange, then has the service deny the permission.
    Fix: Map 403 to ProviderPermissionError.
    """
    provider = lab.provider()
    await lab.positive(provider)
    lab.service.always(Failure("permission", lab.text()), "chat")
    await lab.raises(ProviderPermissionError, lab.chat(provider), "a call that is not permitted")
