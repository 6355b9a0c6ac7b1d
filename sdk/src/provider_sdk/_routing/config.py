"""Providers made of configuration: OpenAI-compatible services that need no code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard, cast, get_args

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._capabilities import CAPABILITIES
from provider_sdk._errors import RegistryError
from provider_sdk._patterns import Pattern
from provider_sdk._settings import checked_base_url
from provider_sdk._validation import all_are, did_you_mean, is_text, safe_repr
from provider_sdk.chat_completions._provider import OpenAICompatibleProvider

ProviderFactory = Callable[..., BaseProvider]
"""A provider class, or a function that makes a provider from the same keyword arguments."""

_NAME = Pattern(r"[\w.-]+")
_VARIABLE = Pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY = Pattern(r"(?=.*[a-z])(?=.*[A-Z0-9]).{20,}")
"""What could be the name of a variable, but looks like a key."""

_PLACE = "Set the credential in an environment variable, and name that one in api_key_env."
_CONFIG_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "base_url": (is_text, "text"),
    "api_key_env": (lambda value: is_text(value) or all_are(is_text, value), "a name or a list"),
    "default_model": (is_text, "text"),
    "credential": (is_text, "text"),
    "capabilities": (lambda value: all_are(is_text, value), "a list of words"),
    "local": (lambda value: isinstance(value, bool), "true or false"),
}


def is_name(name: object) -> TypeGuard[str]:
    """Whether a provider can have this name."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def require_name(name: object) -> None:
    """Raise ``RegistryError`` for what cannot be the name of a provider."""
    if not is_name(name):
        raise RegistryError(
            f"{name!r} is not a valid name for a provider; use letters, digits, '-', '_' and '.'"
        )


def provider_of_config(name: str, config: Mapping[str, Any]) -> ProviderFactory:
    """Return the provider class that a configuration describes.

    Raises:
        RegistryError: the name or the configuration is not valid.
    """
    require_name(name)
    check_config(name, config)
    if not config.get("base_url"):
        raise RegistryError(f"provider {name!r} needs a base_url")
    _check_address(name, config["base_url"])
    variables = _variables(config)
    attributes: dict[str, Any] = {
        "name": name,
        "__doc__": f"{name}, an OpenAI-compatible provider made of configuration.",
        "base_url": config["base_url"],
        "default_model": config.get("default_model") or "",
        "api_key_env": variables,
        "credential": config.get("credential") or ("required" if variables else "none"),
        "local": bool(config.get("local")),
    }
    if (declared := config.get("capabilities")) is not None:
        attributes["capabilities"] = frozenset(declared)
    return cast("ProviderFactory", type(f"{name}Provider", (OpenAICompatibleProvider,), attributes))


def check_config(name: str, config: Mapping[str, Any]) -> None:
    """Raise ``RegistryError`` for a key that a configuration does not have, or a wrong value."""
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
    _check_credential(name, config)
    for word in config.get("capabilities") or ():
        if word not in CAPABILITIES:
            raise RegistryError(
                f"provider {name!r}: unknown capability {word!r}{did_you_mean(word, CAPABILITIES)}"
            )


def _check_address(name: str, address: str) -> None:
    try:
        checked_base_url(address)
    except ValueError as error:
        problem = str(error)
    else:
        return
    raise RegistryError(f"provider {name!r}: {problem}")


def _check_credential(name: str, config: Mapping[str, Any]) -> None:
    # What stands there is not repeated: it may be the credential.
    rule = config.get("credential")
    if rule and rule not in get_args(CredentialRule):
        raise RegistryError(
            f"provider {name!r}: credential must be one of {', '.join(get_args(CredentialRule))}, "
            "and not the credential itself",
            hint=_PLACE,
        )
    if not all(map(_is_variable, _variables(config))):
        raise RegistryError(
            f"provider {name!r}: api_key_env must name environment variables, and not the "
            "credential itself",
            hint=_PLACE,
        )


def _variables(config: Mapping[str, Any]) -> tuple[str, ...]:
    variables = config.get("api_key_env") or ()
    return (variables,) if isinstance(variables, str) else tuple(variables)


def _is_variable(name: str) -> bool:
    return _VARIABLE.fullmatch(name) is not None and _KEY.match(name) is None
