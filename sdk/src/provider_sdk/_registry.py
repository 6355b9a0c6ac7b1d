"""All providers, by name.

Three sources make one mapping: distributions that declare the entry-point group
``provider_sdk.providers``, ``PROVIDER_CONFIG`` (OpenAI-compatible providers, declared as data), and
``register_provider`` at run time. Looking a name up imports that provider and no other. A name
that two sources claim is an error that names both; none silently wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast, get_args

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._capabilities import CAPABILITIES
from provider_sdk._validation import all_are, did_you_mean, is_text, safe_repr
from provider_sdk.chat_completions._provider import OpenAICompatibleProvider

ENTRY_POINT_GROUP = "provider_sdk.providers"
"""The group in which a distribution declares its providers."""

ProviderFactory = Callable[..., BaseProvider]
"""A provider class, or a function that makes a provider from the same keyword arguments."""

PROVIDER_CONFIG: dict[str, Mapping[str, Any]] = {}
"""OpenAI-compatible providers declared as data. Each name maps to a mapping with ``base_url``
(required), ``api_key_env`` (a name or a list), ``default_model``, ``credential`` and
``capabilities``."""

_NAME = re.compile(r"[\w.-]+")
_CONFIG_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "base_url": (is_text, "text"),
    "api_key_env": (lambda value: is_text(value) or all_are(is_text, value), "a name or a list"),
    "default_model": (is_text, "text"),
    "credential": (is_text, "text"),
    "capabilities": (lambda value: all_are(is_text, value), "a list of words"),
}

_registered: dict[str, ProviderFactory] = {}


class RegistryError(ValueError):
    """A provider's registration is not valid, or collides with another."""


class UnknownProviderError(RegistryError, KeyError):
    """No provider has that name."""

    def __str__(self) -> str:
        # KeyError would show the quoted repr of the sentence.
        return str(self.args[0])


def register_provider(name: str, factory: ProviderFactory) -> None:
    """Add a provider at run time.

    Raises:
        RegistryError: the name is not valid or is taken (the error says by what), or the factory
            cannot be called.
    """
    _require_name(name)
    _require_callable(name, factory)
    if claims := _claims(name):
        raise RegistryError(
            f"provider {name!r} is already claimed by {next(iter(claims))}; "
            f"{_qualified_name(factory)} needs another name"
        )
    _registered[name] = factory


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
        declared = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
        for name in PROVIDER_CONFIG:
            _require_name(name)
        return iter(sorted(declared | PROVIDER_CONFIG.keys() | _registered.keys()))

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
        claims[f"PROVIDER_CONFIG[{name!r}]"] = lambda: _from_config(name, PROVIDER_CONFIG[name])
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


def _require_name(name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RegistryError(
            f"{name!r} is not a valid name for a provider; use letters, digits, '-', '_' and '.'"
        )


def _require_callable(name: str, factory: object) -> None:
    if not callable(factory):
        raise RegistryError(
            f"provider {name!r} needs a class or another callable, not {safe_repr(factory)}"
        )


def _from_config(name: str, config: Mapping[str, Any]) -> ProviderFactory:
    _require_name(name)
    _check_config(name, config)
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
    if (declared := config.get("capabilities")) is not None:
        attributes["capabilities"] = _capabilities(name, declared)
    return cast("ProviderFactory", type(f"{name}Provider", (OpenAICompatibleProvider,), attributes))


def _check_config(name: str, config: Mapping[str, Any]) -> None:
    if not isinstance(config, Mapping):
        raise RegistryError(f"provider {name!r} must be a mapping, not {safe_repr(config)}")
    for key, value in config.items():
        if key not in _CONFIG_FORMS:
            raise RegistryError(
                f"provider {name!r}: unknown key {key!r}{did_you_mean(str(key), _CONFIG_FORMS)}"
            )
        has_form, form = _CONFIG_FORMS[key]
        if value is not None and not has_form(value):
            raise RegistryError(f"provider {name!r}: {key} must be {form}, not {safe_repr(value)}")
    if not config.get("base_url"):
        raise RegistryError(f"provider {name!r} needs a base_url")


def _credential_rule(name: str, config: Mapping[str, Any], variables: tuple[str, ...]) -> str:
    rule = config.get("credential") or ("required" if variables else "none")
    if rule not in get_args(CredentialRule):
        raise RegistryError(
            f"provider {name!r}: credential is {rule!r}; use {', '.join(get_args(CredentialRule))}"
        )
    return str(rule)


def _capabilities(name: str, declared: Any) -> frozenset[str]:
    for word in declared:
        if word not in CAPABILITIES:
            raise RegistryError(
                f"provider {name!r}: unknown capability {word!r}{did_you_mean(word, CAPABILITIES)}"
            )
    return frozenset(declared)


def _qualified_name(factory: ProviderFactory) -> str:
    module = getattr(factory, "__module__", "?")
    return f"{module}.{getattr(factory, '__qualname__', repr(factory))}"
