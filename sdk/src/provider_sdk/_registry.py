"""Which providers there are, by name.

Three sources make one mapping: distributions that declare the entry-point group
``provider_sdk.providers``, ``PROVIDER_CONFIG`` (data alone makes an OpenAI-compatible provider),
and ``register_provider`` at run time. Looking a name up imports that provider and no other. A name
that two sources claim is an error that names both; none silently wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast, get_args

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._capabilities import CAPABILITIES
from provider_sdk._suggest import did_you_mean
from provider_sdk.openai._provider import OpenAICompatibleProvider

ENTRY_POINT_GROUP = "provider_sdk.providers"

ProviderFactory = Callable[..., BaseProvider]
"""A provider class, or anything else that makes a provider of its keywords."""

PROVIDER_CONFIG: dict[str, Mapping[str, Any]] = {}
"""Providers that are data: name to ``base_url`` (required), ``api_key_env`` (a name or a list),
``default_model``, ``credential`` and ``capabilities``."""

_CONFIG_KEYS = frozenset({"base_url", "api_key_env", "default_model", "credential", "capabilities"})

_registered: dict[str, ProviderFactory] = {}


class RegistryError(ValueError):
    """A provider's registration makes no sense, or collides with another."""


class UnknownProviderError(RegistryError, KeyError):
    """No provider has that name."""

    def __str__(self) -> str:
        # KeyError would show the quoted repr of the sentence.
        return str(self.args[0])


def register_provider(name: str, factory: ProviderFactory) -> None:
    """Add a provider at run time.

    Raises:
        RegistryError: the name is taken; the error says by what.
    """
    if claims := _claims(name):
        raise RegistryError(
            f"provider {name!r} is already claimed by {next(iter(claims))}; "
            f"{_spelled(factory)} needs another name"
        )
    _registered[name] = factory


class _Registry(Mapping[str, ProviderFactory]):
    """The read-only mapping of provider name to factory over all sources."""

    def __getitem__(self, name: str) -> ProviderFactory:
        claims = _claims(name)
        if not claims:
            raise UnknownProviderError(f"no provider is called {name!r}{did_you_mean(name, self)}")
        if len(claims) > 1:
            raise RegistryError(
                f"provider {name!r} is claimed by {' and by '.join(claims)}; remove one of them"
            )
        return next(iter(claims.values()))()

    def __iter__(self) -> Iterator[str]:
        declared = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
        return iter(sorted(declared | PROVIDER_CONFIG.keys() | _registered.keys()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        # Mapping's own would import the provider only to say that it is there.
        return isinstance(name, str) and bool(_claims(name))

    def __repr__(self) -> str:
        return f"PROVIDER_REGISTRY({', '.join(self)})"


PROVIDER_REGISTRY: Mapping[str, ProviderFactory] = _Registry()


def _claims(name: str) -> dict[str, Callable[[], ProviderFactory]]:
    """Return who claims the name, each with what loads it."""
    claims: dict[str, Callable[[], ProviderFactory]] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        # One distribution can be found twice on the path; that is still one claim.
        claims[f"the entry point {point.value}"] = lambda point=point: _loaded(point)  # type: ignore[misc]
    if name in PROVIDER_CONFIG:
        claims[f"PROVIDER_CONFIG[{name!r}]"] = lambda: _from_config(name, PROVIDER_CONFIG[name])
    if name in _registered:
        factory = _registered[name]
        claims[f"register_provider({name!r}, {_spelled(factory)})"] = lambda: factory
    return claims


def _loaded(point: EntryPoint) -> ProviderFactory:
    try:
        return cast("ProviderFactory", point.load())
    except (ImportError, AttributeError) as error:
        problem = str(error)
    raise RegistryError(f"provider {point.name!r} cannot be imported from {point.value}: {problem}")


def _from_config(name: str, config: Mapping[str, Any]) -> ProviderFactory:
    for key in config:
        if key not in _CONFIG_KEYS:
            raise RegistryError(
                f"provider {name!r}: unknown key {key!r}{did_you_mean(key, _CONFIG_KEYS)}"
            )
    if not isinstance(config.get("base_url"), str):
        raise RegistryError(f"provider {name!r} needs a base_url")
    variables = config.get("api_key_env") or ()
    variables = (variables,) if isinstance(variables, str) else tuple(variables)
    attributes: dict[str, Any] = {
        "name": name,
        "__doc__": f"{name}, an OpenAI-compatible provider made of configuration.",
        "base_url": config["base_url"],
        "default_model": config.get("default_model") or "",
        "api_key_env": variables,
        "credential": _credential_rule(name, config, variables),
    }
    if (words := config.get("capabilities")) is not None:
        attributes["capabilities"] = _capabilities(name, words)
    return cast("ProviderFactory", type(f"{name}Provider", (OpenAICompatibleProvider,), attributes))


def _credential_rule(name: str, config: Mapping[str, Any], variables: tuple[str, ...]) -> str:
    rule = config.get("credential") or ("required" if variables else "none")
    if rule not in get_args(CredentialRule):
        raise RegistryError(
            f"provider {name!r}: credential is {rule!r}; use {', '.join(get_args(CredentialRule))}"
        )
    return str(rule)


def _capabilities(name: str, words: Any) -> frozenset[str]:
    for word in words:
        if word not in CAPABILITIES:
            raise RegistryError(
                f"provider {name!r}: unknown capability {word!r}{did_you_mean(word, CAPABILITIES)}"
            )
    return frozenset(words)


def _spelled(factory: ProviderFactory) -> str:
    module = getattr(factory, "__module__", "?")
    return f"{module}.{getattr(factory, '__qualname__', repr(factory))}"
