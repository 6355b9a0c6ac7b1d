"""Letting an application choose the credentials of the providers that a router builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from provider_sdk._base import CredentialRule
from provider_sdk._credentials import Credential
from provider_sdk._errors import RegistryError
from provider_sdk._http.provider import HttpProvider
from provider_sdk._routing.config import ProviderFactory
from provider_sdk._routing.locality import is_local_address


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """That a provider is about to be built, and needs to know its credential.

    Attributes:
        provider: its name, in the registry or the settings.
        rule: whether it needs one.
        addresses: the base URLs of all services to which it would send it.
        found: what it found by itself: an argument, a variable, a token file.
    """

    provider: str
    rule: CredentialRule
    addresses: tuple[str, ...]
    found: Credential | None

    @property
    def exposed_addresses(self) -> tuple[str, ...]:
        """Those over plain http that are neither loopback nor private: anybody could read it."""
        return tuple(
            address
            for address in self.addresses
            if not address.startswith("https:") and not is_local_address(address)
        )


ChooseCredential = Callable[[CredentialRequest], Credential | None]
"""Returns the credential to use, by default ``request.found``; raises ``ProviderError`` if none
must be used. It is called each time a provider is built or described, unless its rule is
``"none"``. Of a provider that a function makes it is told afterwards, and can only refuse."""


def choosing(
    name: str, factory: ProviderFactory, base_url: str | None, choose: ChooseCredential
) -> ProviderFactory:
    """Return a class whose credential is chosen; a function is returned as it is.

    Args:
        name: the name of the provider.
        factory: what makes it.
        base_url: the argument that it will get.
        choose: chooses.
    """
    if not isinstance(factory, type) or not issubclass(factory, HttpProvider):
        return cast("ProviderFactory", factory)
    kind: type[HttpProvider] = factory

    def find_credential(self: HttpProvider, api_key: str | None) -> Credential | None:
        found = kind.find_credential(self, api_key)
        addresses = self.credential_addresses(base_url)
        return choose(CredentialRequest(name, self.credential, addresses, found))

    body = {
        "__doc__": kind.__doc__,
        "__module__": kind.__module__,
        "find_credential": find_credential,
    }
    make: Any = type(kind)
    return cast("ProviderFactory", make(kind.__name__, (kind,), body))


def check_made(
    name: str, made: object, base_url: str | None, choose: ChooseCredential, *, has_chosen: bool
) -> None:
    """Check that the credential of a provider goes where it may go.

    Args:
        name: the name of the provider.
        made: the provider, as it was made.
        base_url: the argument that it got.
        choose: chooses credentials.
        has_chosen: whether it was asked already.

    Raises:
        ProviderError: it must not be used.
    """
    if not isinstance(made, HttpProvider) or made.api_credential is None:
        return
    if not has_chosen:
        addresses = made.credential_addresses(made.base_url)
        choose(CredentialRequest(name, made.credential, addresses, made.api_credential))
    elif made.base_url not in made.credential_addresses(base_url):
        raise RegistryError(
            f"provider {name!r} cannot be used: its credential was chosen for another address than "
            "its constructor set; override credential_addresses",
            provider=name,
        )
