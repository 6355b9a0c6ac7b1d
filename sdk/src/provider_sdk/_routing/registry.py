"""All providers, by name.

Three sources make one mapping: distributions that declare the entry-point group
``provider_sdk.providers``, ``PROVIDER_CONFIG`` (OpenAI-compatible providers, declared as data), and
``register_provider`` at run time. Looking a name up imports that provider and no other. A name
that two sources claim is an error that names both; none silently wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Lock
from typing import Any, NamedTuple, cast

from provider_sdk._errors import RegistryError, UnknownProviderError
from provider_sdk._routing.config import (
    ProviderFactory,
    is_name,
    provider_of_config,
    require_name,
)
from provider_sdk._routing.declared import Declaration, repair_hint
from provider_sdk._routing.installed import declared
from provider_sdk._validation import did_you_mean, safe_repr

PROVIDER_CONFIG: dict[str, Mapping[str, Any]] = {}
"""OpenAI-compatible providers declared as data. Each name maps to a mapping with ``base_url``
(required), ``api_key_env`` (a name or a list), ``default_model``, ``credential``,
``capabilities`` and ``local``."""


_registered: dict[str, ProviderFactory] = {}
_registering = Lock()


class Claim(NamedTuple):
    """A source that claims a name.

    Attributes:
        source: the source in a word or two, such as ``"acme 1.0"`` for a distribution.
        text: the claim in a sentence.
        load: returns the factory, or raises ``RegistryError``.
    """

    source: str
    text: str
    load: Callable[[], ProviderFactory]


def register_provider(name: str, factory: ProviderFactory) -> None:
    """Add a provider at run time.

    Args:
        name: of letters, digits, ``-``, ``_`` and ``.``.
        factory: the class, or a function that takes a constructor's keywords.

    Raises:
        RegistryError: the name is not valid or is taken (the error says by what), or the factory
            cannot be called.
    """
    require_name(name)
    _require_callable(name, factory)
    with _registering:
        claims = claims_by_name().get(name)
        if not claims:
            _registered[name] = factory
            return
    raise RegistryError(
        f"provider {name!r} is already claimed by {claims[0].text}; "
        f"{_qualified_name(factory)} needs another name",
        provider=name,
    )


def installed_names() -> frozenset[str]:
    """Return the names that distributions declare; it takes milliseconds."""
    return frozenset(point.name for point in declared()[0] if is_name(point.name))


def added_names() -> set[str]:
    """Return the names that ``PROVIDER_CONFIG`` and ``register_provider`` have."""
    return {name for name in (*PROVIDER_CONFIG, *_registered) if is_name(name)}


def was_added(name: str) -> bool:
    """Whether ``PROVIDER_CONFIG`` or ``register_provider`` has the name; it takes no time."""
    return name in PROVIDER_CONFIG or name in _registered


class _Registry(Mapping[str, ProviderFactory]):
    """The read-only mapping of provider name to factory over all sources."""

    def __getitem__(self, name: str) -> ProviderFactory:
        if claims := _claims(name):
            return factory_of(name, claims)
        near = did_you_mean(str(name), self)
        damage = " ".join(str(found.error) for found in declared()[1])
        raise UnknownProviderError(f"no provider is called {name!r}{near}", hint=damage or None)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(installed_names() | added_names()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        # Mapping's own would import the provider only to say that it is there.
        return bool(_claims(name))

    def __repr__(self) -> str:
        return f"PROVIDER_REGISTRY({', '.join(self)})"


PROVIDER_REGISTRY: Mapping[str, ProviderFactory] = _Registry()
"""The read-only mapping of each provider's name to its class, or to the function that makes it.

Looking a name up imports that provider and no other. It raises ``UnknownProviderError`` for an
unknown name, and ``RegistryError`` for one that is claimed twice or cannot be imported.
"""


def claims_by_name() -> dict[str, list[Claim]]:
    """Return what claims each name, without importing any provider; names may be invalid."""
    claims = installed_claims()
    for name in dict.fromkeys((*PROVIDER_CONFIG, *_registered)):
        claims[name] = [*claims.get(name, ()), *added_claims(name)]
    return claims


def installed_claims() -> dict[str, list[Claim]]:
    """Return what distributions claim; to read that takes milliseconds."""
    claims: dict[str, list[Claim]] = {}
    for point in declared()[0]:
        claim = Claim(point.owner, str(point), partial(_loaded, point))
        claims.setdefault(point.name, []).append(claim)
    return claims


def added_claims(name: str) -> list[Claim]:
    """Return what ``PROVIDER_CONFIG`` and ``register_provider`` claim for a name."""
    claims: list[Claim] = []
    if name in PROVIDER_CONFIG:
        load = partial(provider_of_config, name, PROVIDER_CONFIG[name])
        claims.append(Claim("PROVIDER_CONFIG", f"PROVIDER_CONFIG[{name!r}]", load))
    if name in _registered:
        factory = _registered[name]
        text = f"register_provider({name!r}, {_qualified_name(factory)})"
        claims.append(Claim("run time", text, partial(_itself, factory)))
    return claims


def _claims(name: object) -> list[Claim]:
    # A name of another type may have no hash.
    return claims_by_name().get(name, []) if isinstance(name, str) else []


def factory_of(name: str, claims: list[Claim]) -> ProviderFactory:
    """Return the factory of the only claim.

    Raises:
        RegistryError: there are several claims, or the factory cannot be loaded.
    """
    require_name(name)
    if len(claims) > 1:
        texts = " and by ".join(claim.text for claim in claims)
        raise RegistryError(
            f"provider {name!r} is claimed by {texts}; remove one of them", provider=name
        )
    return claims[0].load()


def _loaded(point: Declaration) -> ProviderFactory:
    factory = point.load()
    _require_callable(point.name, factory, repair_hint(point.owner))
    return cast("ProviderFactory", factory)


def _itself(factory: ProviderFactory) -> ProviderFactory:
    return factory


def _require_callable(name: str, factory: object, hint: str | None = None) -> None:
    if not callable(factory):
        raise RegistryError(
            f"provider {name!r} needs a class or another callable, not {safe_repr(factory)}",
            provider=name,
            hint=hint,
        )


def without_arguments(factory: ProviderFactory) -> ProviderFactory:
    """Return what ``functools.partial`` calls, or else the factory itself."""
    while isinstance(factory, partial):
        factory = factory.func
    return factory


def _qualified_name(factory: ProviderFactory) -> str:
    # Not how it looks: its arguments may hold a credential.
    factory = without_arguments(factory)
    name = getattr(factory, "__qualname__", type(factory).__qualname__)
    return f"{factory.__module__}.{name}"
