"""The environment variables of providers: where they look for their credential and address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from provider_sdk import PROVIDER_REGISTRY, RegistryError

from provider_conformance._harness import Harness, ProviderFactory, declared


def credential_variables(harness: Harness) -> set[str]:
    """Return the variables in which this or any registered provider looks for a credential."""
    found = {name for name, text in harness.environment.items() if "{credential}" in text}
    for provider in _known_providers(harness):
        found.update(_names(provider, "api_key_env"))
    return found


def address_variables(harness: Harness) -> set[str]:
    """Return the variables in which this or any registered provider looks for an address."""
    texts = harness.environment.items()
    found = {name for name, text in texts if "{address}" in text or "{base_url}" in text}
    for provider in _known_providers(harness):
        found.update(_names(provider, "base_url_env"))
    return found


def declared_variables(provider: ProviderFactory) -> set[str]:
    """Return the variables that a provider names for its credential or its address."""
    return {*_names(provider, "api_key_env"), *_names(provider, "base_url_env")}


def registered_providers() -> Iterator[ProviderFactory]:
    """Yield every registered provider that can be imported.

    One that cannot be imported is somebody else's problem and must not stop a run.
    """
    try:
        names = list(PROVIDER_REGISTRY)
    except RegistryError:
        return
    for name in names:
        try:
            yield PROVIDER_REGISTRY[name]
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - an import may raise anything
            continue


@cache
def registered_once() -> Sequence[ProviderFactory]:
    """Return the registered providers as they were when this process first asked.

    For who isolates one check after another: to find the providers takes longer than most checks.
    """
    return list(registered_providers())


def _names(provider: ProviderFactory, attribute: str) -> Iterator[str]:
    """Yield the names of variables that a provider declares; another type has none."""
    found = declared(provider, attribute)
    names = [found] if isinstance(found, str) else found
    if isinstance(names, Iterable):
        yield from (name for name in names if isinstance(name, str) and name)


def _known_providers(harness: Harness) -> Iterator[ProviderFactory]:
    yield harness.provider
    yield from registered_providers()
