"""A provider that a router may ask, with what the settings change of it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, cast

from provider_sdk._base import BaseProvider
from provider_sdk._capabilities import Capability
from provider_sdk._errors import ProviderError, RegistryError
from provider_sdk._prepared import PreparedProvider
from provider_sdk._routing.config import ProviderFactory
from provider_sdk._routing.credentials import ChooseCredential, check_made, choosing
from provider_sdk._routing.declared import reason_of
from provider_sdk._routing.foreign import cleaned, secrets_of
from provider_sdk._routing.locality import is_local
from provider_sdk._routing.registry import without_arguments
from provider_sdk._validation import is_text, safe_repr

_ARGUMENTS = ("base_url", "default_model")


class Candidate:
    """A provider that may be asked.

    Args:
        name: its name, in the registry or the settings.
        factory: makes it.
        arguments: what the factory gets.

    Attributes:
        provider: the provider, once it was built.
    """

    def __init__(self, name: str, factory: ProviderFactory, arguments: Mapping[str, Any]) -> None:
        self.name = name
        self.factory = factory
        self.arguments = arguments
        self.provider: BaseProvider | None = None
        self._is_local: bool | None = None

    @property
    def capabilities(self) -> frozenset[Capability] | None:
        """What its class can do; ``None`` if only the provider itself can tell."""
        found = getattr(self.provider or self.factory, "capabilities", None)
        if type(found) is frozenset:
            return found
        return frozenset(found) if isinstance(found, Set) else None

    @property
    def default_model(self) -> str:
        """The model that it asks by default; ``""`` if it finds one by itself."""
        made = getattr(self.provider or self.factory, "default_model", "")
        return self.arguments.get("default_model") or (made if is_text(made) else "")

    @property
    def is_local(self) -> bool:
        """Whether it is local; before it was built, whether its class says so."""
        if self.provider is None:
            return bool(getattr(without_arguments(self.factory), "local", False))
        if self._is_local is None:
            self._is_local = is_local(self.provider)
        return self._is_local

    @property
    def may_be_local(self) -> bool:
        """Whether it is local, or may be: what a function makes is not known before it is built."""
        is_class = isinstance(without_arguments(self.factory), type)
        return self.is_local or (self.provider is None and not is_class)

    def with_arguments(self, arguments: Mapping[str, Any]) -> Candidate:
        """Return one of the same name, whose factory gets these arguments too."""
        return Candidate(self.name, self.factory, {**self.arguments, **arguments})

    def build(self, choose: ChooseCredential | None = None) -> BaseProvider:
        """Return a new provider.

        Args:
            choose: chooses its credential.

        Raises:
            ProviderAuthError: it has no credential, or one that cannot be used.
            ProviderError: the environment's settings for it cannot be used.
            RegistryError: it cannot be built for another reason.
        """
        try:
            made = self._made(choose)
        except ProviderError as error:
            failure = self._cleaned(error)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - code of others, which may exit
            failure = self._broken(reason_of(error, secrets_of(self.factory)))
        else:
            if isinstance(made, BaseProvider):
                return made
            returned = safe_repr(made)
            failure = self._broken(f"its factory returned {returned}, which is not a BaseProvider")
        raise failure

    def _made(self, choose: ChooseCredential | None) -> object:
        if choose is None:
            return self.factory(**self.arguments)
        base_url = self.arguments.get("base_url")
        factory = choosing(self.name, self.factory, base_url, choose)
        made: object = factory(**self.arguments)
        check_made(self.name, made, base_url, choose, has_chosen=factory is not self.factory)
        return made

    def _broken(self, problem: str) -> RegistryError:
        failure = f"provider {self.name!r} cannot be built: {problem}"
        return RegistryError(failure, provider=self.name)

    def _cleaned(self, error: ProviderError) -> ProviderError:
        if isinstance(self.factory, type) and issubclass(self.factory, PreparedProvider):
            return error
        return cleaned(error, self.factory)


def configured(name: str, factory: ProviderFactory, config: Mapping[str, Any]) -> Candidate:
    """Return a candidate of the registry with what the settings change of it."""
    arguments = {key: config[key] for key in _ARGUMENTS if key in config}
    facts = {key: value for key, value in config.items() if key not in _ARGUMENTS}
    if facts:
        factory = _with_facts(name, factory, facts)
    return Candidate(name, factory, arguments)


def _with_facts(name: str, factory: ProviderFactory, facts: dict[str, Any]) -> ProviderFactory:
    if not isinstance(factory, type):
        raise RegistryError(
            f"the settings of provider {name!r} cannot change {', '.join(sorted(facts))}, because "
            "it is made by a function",
            provider=name,
        )
    if isinstance(variables := facts.get("api_key_env"), str):
        facts["api_key_env"] = (variables,)
    if "capabilities" in facts:
        facts["capabilities"] = frozenset(facts["capabilities"])
    body = {"__doc__": factory.__doc__, "__module__": factory.__module__, **facts}
    return cast("ProviderFactory", type(factory)(factory.__name__, (factory,), body))
