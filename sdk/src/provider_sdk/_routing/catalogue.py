"""What is known of every provider before one is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import new_class
from typing import Any, Literal

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._credentials import Credential, check_sendable, first_credential
from provider_sdk._errors import ProviderError, RegistryError
from provider_sdk._prepared import PreparedProvider
from provider_sdk._routing.config import ProviderFactory, check_config, provider_of_config
from provider_sdk._routing.credentials import ChooseCredential, choosing
from provider_sdk._routing.declared import reason_of
from provider_sdk._routing.installed import declared
from provider_sdk._routing.registry import (
    Claim,
    claims_by_name,
    factory_of,
    without_arguments,
)
from provider_sdk._validation import is_mapping, is_text, safe_repr

CredentialState = Literal["set", "missing", "not set", "not needed"]
"""Whether a provider has a credential; ``"not set"`` if it can do without one."""


@dataclass(frozen=True, slots=True)
class ProviderDescription:
    """A provider by one name, and what its class says.

    What the class would say is ``None`` if it cannot be loaded, or if the provider is made by a
    function.

    Attributes:
        name: the name under which it is registered; ``"?"`` if that cannot be read.
        source: who registered it: a distribution with its version, ``"PROVIDER_CONFIG"``,
            ``"settings"`` or ``"run time"``; several if they claim the same name.
        credential_rule: whether it needs a credential.
        credential: whether there is one.
        credential_source: where it was found, such as ``"the environment variable HF_TOKEN"``.
        api_key_env: the variables that may hold it.
        default_model: the model for calls that name none; ``""`` if there is no default.
        capabilities: what it can do, in alphabetical order.
        local: whether the service usually runs on the user's own machines.
        problem: why it cannot be used, and what to do, in one line; ``None`` if nothing is known
            to be wrong. A missing credential is no problem here.
    """

    name: str
    source: str
    credential_rule: CredentialRule | None = None
    credential: CredentialState | None = None
    credential_source: str | None = None
    api_key_env: tuple[str, ...] = ()
    default_model: str | None = None
    capabilities: tuple[str, ...] | None = None
    local: bool | None = None
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def describe_providers(
    settings: Mapping[str, Any] | None = None, *, choose_credential: ChooseCredential | None = None
) -> list[ProviderDescription]:
    """Describe every provider, by name; nothing is sent, and no provider is built.

    Each provider's module is imported. One that cannot be loaded is described by its problem.

    Args:
        settings: those of a router. Its ``providers`` are described too; what it says of a
            provider that has another source changes that one.
        choose_credential: as a router's.

    Raises:
        RegistryError: the settings, or their ``providers``, are not a mapping.
    """
    configs, claims = _configs(settings), claims_by_name()
    described = partial(_described, choose=choose_credential)
    found = [described(name, claimed, configs.get(name)) for name, claimed in claims.items()]
    for name in configs.keys() - claims.keys():
        made = Claim("settings", "the settings", partial(provider_of_config, name, configs[name]))
        found.append(described(name, [made], None))
    found += [
        ProviderDescription("?", damage.owner, problem=_line(damage.error))
        for damage in declared()[1]
    ]
    return sorted(found, key=lambda description: (description.name, description.source))


def _configs(settings: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    if settings is not None and not is_mapping(settings):
        raise RegistryError(f"the settings must be a mapping, not {safe_repr(settings)}")
    configs: object = (settings or {}).get("providers") or {}
    if not is_mapping(configs):
        raise RegistryError(f"the setting providers must be a mapping, not {safe_repr(configs)}")
    return {name: config for name, config in configs.items() if config is not None}


def _described(
    name: str,
    claims: list[Claim],
    config: Mapping[str, Any] | None,
    choose: ChooseCredential | None,
) -> ProviderDescription:
    blank = partial(ProviderDescription, str(name), " and ".join(c.source for c in claims))
    try:
        factory = factory_of(name, claims)
        check_config(name, config or {})
    except RegistryError as error:
        return blank(problem=_line(error))
    try:
        return blank(**_facts(name, factory, config or {}, choose))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - code of others, which may exit
        return blank(problem=f"its class cannot be described: {reason_of(error)}")


def _facts(
    name: str,
    factory: ProviderFactory,
    config: Mapping[str, Any],
    choose: ChooseCredential | None,
) -> dict[str, Any]:
    factory = without_arguments(factory)
    if not isinstance(factory, type):
        return {}
    if not issubclass(factory, BaseProvider):
        return {"problem": f"{factory.__qualname__} is not a subclass of BaseProvider"}
    if lacking := sorted(factory.__abstractmethods__):
        return {"problem": f"{factory.__qualname__} does not implement {', '.join(lacking)}"}
    provider = _changed(factory, config)
    return {
        "credential_rule": provider.credential,
        "api_key_env": tuple(provider.api_key_env),
        "default_model": provider.default_model if is_text(provider.default_model) else None,
        "capabilities": tuple(sorted(provider.capabilities)),
        "local": bool(provider.local),
        **_credential_facts(name, provider, config.get("base_url"), choose),
    }


def _changed(provider: type[BaseProvider], config: Mapping[str, Any]) -> type[BaseProvider]:
    """Return a class with what a configuration changes, and with a tuple of variables."""
    changes = {key: value for key, value in config.items() if value is not None}
    variables = changes.get("api_key_env", provider.api_key_env)
    changes["api_key_env"] = (variables,) if is_text(variables) else tuple(variables)
    return new_class(provider.__name__, (provider,), exec_body=lambda body: body.update(changes))


def _credential_facts(
    name: str, kind: type[BaseProvider], base_url: str | None, choose: ChooseCredential | None
) -> dict[str, Any]:
    provider: Any = kind if choose is None else choosing(name, kind, base_url, choose)
    if provider.credential == "none":
        return {"credential": "not needed"}
    absent: CredentialState = "missing" if provider.credential == "required" else "not set"
    try:
        found = _found(provider)
    except ProviderError as error:
        return {"credential": absent, "problem": _line(error)}
    if found is None:
        return {"credential": absent}
    facts: dict[str, Any] = {"credential": "set", "credential_source": found.source}
    try:
        check_sendable(found, name)
    except ProviderError as error:
        facts["problem"] = _line(error)
    return facts


def _found(provider: type[BaseProvider]) -> Credential | None:
    if issubclass(provider, PreparedProvider):
        # Looking it up is the first step of building one. The next steps would load the HTTP
        # library, and are the provider's own.
        unbuilt = provider.__new__(provider)
        try:
            return unbuilt.find_credential(None)
        except AttributeError:
            pass  # it needs something of an earlier step
    return first_credential(None, provider.api_key_env)


def _line(error: ProviderError) -> str:
    return " ".join(str(error).split())
