"""Which credential a provider uses, and whether it may be sent to where the provider is.

What a provider finds by itself comes first: a variable, or the token file of ``hf``. Then comes
the key that ``login`` stored for the same addresses. Neither goes over plain http to other
machines than the user's own, unless the user permits it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from provider_sdk import Credential, CredentialRequest, ProviderAuthError, ProviderRequestError

if TYPE_CHECKING:
    from ollama_cli.keys.stored import StoredKey


class KeyChooser:
    """Chooses the credential of each provider of a router.

    Args:
        insecure_http: whether credentials may go over plain http to other machines.
    """

    def __init__(self, *, insecure_http: bool) -> None:
        self._insecure_http = insecure_http

    def __call__(self, request: CredentialRequest) -> Credential | None:
        """Return the credential to use.

        Raises:
            ProviderRequestError: it would go over plain http to another machine.
            ProviderAuthError: the stored keys cannot be read, or are for other addresses.
        """
        found = request.found or self._stored(request)
        if found is not None and (problem := self.problem_with(request)):
            raise ProviderRequestError(problem, provider=request.provider)
        return found

    def problem_with(self, request: CredentialRequest) -> str | None:
        """Return why no credential may be sent there; ``None`` if one may."""
        exposed = request.exposed_addresses
        if not exposed or self._insecure_http:
            return None
        return (
            f"{request.provider} would get its credential over plain http at {exposed[0]}, and "
            "others could read it on the way; use https, or allow it with --insecure-http"
        )

    def _stored(self, request: CredentialRequest) -> Credential | None:
        from ollama_cli.keys.stored import KeysError  # only who finds no credential pays for it

        try:
            keys = [each for each in self._keys if each.provider == request.provider]
            key = next((each for each in keys if each.covers(request.addresses)), None)
            if key is not None:
                return Credential(key.value(), key.source)
        except KeysError as error:
            problem, hint = error.message, None
        else:
            if not keys:
                return None
            problem = _bound_elsewhere(keys, request)
            hint = f"Store one for this address: 'ollama-cli login {request.provider}'."
        if request.rule == "required":
            raise ProviderAuthError(problem, provider=request.provider, hint=hint)
        return None

    @cached_property
    def _keys(self) -> list[StoredKey]:
        from ollama_cli.keys.stored import stored_keys

        return stored_keys()


def _bound_elsewhere(keys: list[StoredKey], request: CredentialRequest) -> str:
    known = " and ".join(dict.fromkeys(each for key in keys for each in key.addresses))
    return (
        f"the stored key of {request.provider} is for {known}, and is not sent to "
        f"{' and '.join(request.addresses)}"
    )
