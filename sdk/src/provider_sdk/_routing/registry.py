"""All providers, by name.

Three sources make one mapping: distributions that declare the entry-point group
``provider_sdk.providers``, ``PROVIDER_CONFIG`` (OpenAI-compatible providers, declared as data), and
``register_provider`` at run time. Looking a name up imports that provider and no other. A name
that two sources claim is an error that names both; none silently wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from provider_sdk._routing.config import (
    ProviderFactory,
    RegistryError,
    UnknownProviderError,
    provider_of_config,
    require_name,
)
from provider_sdk._validation import did_you_mean, safe_repr

ENTRY_POINT_GROUP = "provider_sdk.providers"
"""The group in which a distribution declares its providers."""

PROVIDER_CONFIG: dict[str, Mapping[str, Any]] = {}
"""OpenAI-compatible providers declared as data. Each name maps to a mapping with ``base_url``
(required), ``api_key_env`` (a name or a list), ``default_model``, ``credential``,
``capabilities`` and ``local``."""


_registered: dict[str, ProviderFactory] = {}


def register_provider(name: str, factory: ProviderFactory) -> None:
    """Add a provider at run time.

    Raises:
        RegistryError: the name is not valid or is taken (the error says by what), or the factory
            cannot be called.
    """
    require_name(name)
    _require_callable(name, factory)
    if claims := _claims(name):
        raise RegistryError(
            f"provider {name!r} is already claimed by {next(iter(claims))}; "
            f"{_qualified_name(factory)} needs another name"
        )
    _registered[name] = factory


def installed_names() -> frozenset[str]:
    """Return the names that distributions declare; it takes milliseconds."""
    return frozenset(point.name for point in entry_points(group=ENTRY_POINT_GROUP))


def added_names() -> set[str]:
    """Return the names that ``PROVIDER_CONFIG`` and ``register_provider`` have."""
    return {*PROVIDER_CONFIG, *_registered}


def was_added(name: str) -> bool:
    """Whether ``PROVIDER_CONFIG`` or ``register_provider`` has the name; it takes no time."""
    return name in PROVIDER_CONFIG or name in _registered


class _Registry(Mapping[str, ProviderFactory]):
    """The read-only mapping of provider name to factory over all sources."""

    def __getitem__(self, name: str) -> ProviderFactory:
        claims = _claims(name)
        if not claims:
            near = did_you_mean(str(name), self)
            raise UnknownProviderError(f"no provider is called {name!r}{near}")
        if len(claims) > 1:
            raise RegistryError(
                f"provider {name!r} is claimed by {' and by '.join(claims)}; remove one of them"
            )
        return next(iter(claims.values()))()

    def __iter__(self) -> Iterator[str]:
        for name in PROVIDER_CONFIG:
            require_name(name)
        return iter(sorted(installed_names() | PROVIDER_CONFIG.keys() | _registered.keys()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        # Mapping's own would import the provider only to say that it is there.
        return bool(_claims(name))

    def __repr__(self) -> str:
        return f"PROVIDER_REGISTRY({', '.join(self)})"


PROVIDER_REGISTRY: Mapping[str, ProviderFactory] = _Registry()


def _claims(name: object) -> dict[str, Callable[[], ProviderFactory]]:
    """Return the sources that claim the name, each with a function that loads its factory."""
    claims: dict[str, Callable[[], ProviderFactory]] = {}
    if not isinstance(name, str):
        return claims
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        # One distribution can be found twice on the path; that is still one claim.
        claims[f"the entry point {point.value}"] = lambda point=point: _loaded(point)  # type: ignore[misc]
    if name in PROVIDER_CONFIG:
        claims[f"PROVIDER_CONFIG[{name!r}]"] = lambda: provider_of_config(
            name, PROVIDER_CONFIG[name]
        )
    if name in _registered:
        factory = _registered[name]
        claims[f"register_provider({name!r}, {_qualified_name(factory)})"] = lambda: factory
    return claims


def _loaded(point: EntryPoint) -> ProviderFactory:
    try:
        factory = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may fail in any way
        problem = " ".join(f"{type(error).__name__}: {error}".split())
    else:
        _require_callable(point.name, factory)
        return cast("ProviderFactory", factory)
    raise RegistryError(f"provider {point.name!r} cannot be imported from {point.value}: {problem}")


def _require_callable(name: str, factory: object) -> None:
    if not callable(factory):
        raise RegistryError(
            f"provider {name!r} needs a class or another callable, not {safe_repr(factory)}"
        )


def _qualified_name(factory: ProviderFactory) -> str:
    module = getattr(factory, "__module__", "?")
    return f"{module}.{getattr(factory, '__qualname__', repr(factory))}"
