"""The providers that a router may ask: found by name, built once, and kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Any, cast

from provider_sdk._base import BaseProvider
from provider_sdk._capabilities import Capability
from provider_sdk._errors import ProviderError, RegistryError, UnknownProviderError
from provider_sdk._routing.config import ProviderFactory, is_name, provider_of_config
from provider_sdk._routing.declared import reason_of
from provider_sdk._routing.locality import is_local
from provider_sdk._routing.registry import (
    PROVIDER_REGISTRY,
    added_names,
    installed_names,
    was_added,
)
from provider_sdk._routing.settings import RouterSettings
from provider_sdk._validation import nearest, safe_repr

DEFAULT_CHAIN = ("ollama", "claude", "gemini", "codex", "hf")
"""Who is asked if no provider is named, in order; those that are not installed are left out."""

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
        return found if isinstance(found, frozenset) else None

    @property
    def default_model(self) -> str:
        """The model that it asks by default; ``""`` if it finds one by itself."""
        made = getattr(self.provider or self.factory, "default_model", "")
        return self.arguments.get("default_model") or made or ""

    @property
    def is_local(self) -> bool:
        """Whether it is local; before it was built, whether its class says so."""
        if self.provider is None:
            return bool(getattr(self.factory, "local", False))
        if self._is_local is None:
            self._is_local = is_local(self.provider)
        return self._is_local

    def with_arguments(self, arguments: Mapping[str, Any]) -> Candidate:
        """Return one of the same name, whose factory gets these arguments too."""
        return Candidate(self.name, self.factory, {**self.arguments, **arguments})

    def build(self) -> BaseProvider:
        """Return a new provider.

        Raises:
            ProviderAuthError: it has no credential, or one that cannot be used.
            ProviderError: the environment's settings for it cannot be used.
            RegistryError: it cannot be built for another reason.
        """
        try:
            made: object = self.factory(**self.arguments)
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - a constructor of others may fail in any way
            problem = reason_of(error)
        else:
            if isinstance(made, BaseProvider):
                return made
            problem = f"its factory returned {safe_repr(made)}, which is not a BaseProvider"
        failure = f"provider {self.name!r} cannot be built: {problem}"
        raise RegistryError(failure, provider=self.name)


class Candidates:
    """All that a router may ask; it may be used from several threads.

    Names that distributions declare are read once. A provider that is added to the registry later
    is found too.
    """

    def __init__(self, settings: RouterSettings) -> None:
        self._settings = settings
        self._lock = threading.RLock()  # a factory may build on another provider of the router
        self._installed: frozenset[str] | None = None
        self._known: dict[str, Candidate] = {}
        self._broken: dict[str, RegistryError] = {}
        self._closed = False

    @property
    def chain(self) -> tuple[str, ...]:
        """The names to ask, in order."""
        if self._settings.chain is not None:
            return self._settings.chain
        return tuple(name for name in DEFAULT_CHAIN if self.knows(name))

    def checked_chain(self) -> tuple[str, ...]:
        """Return the chain.

        Raises:
            UnknownProviderError: the setting ``fallback_chain`` names a provider that is not there.
        """
        for name in self._settings.chain or ():
            if name not in self._known and not self.knows(name):
                raise self._unknown(name, "the setting fallback_chain")
        return self.chain

    @property
    def names(self) -> Iterator[str]:
        """All names: the chain, then the others in alphabetical order."""
        settings = filter(self.knows, self._settings.providers)
        others = {*self._installed_names(), *added_names(), *settings}
        return iter(dict.fromkeys((*self.chain, *sorted(others))))

    def knows(self, name: str) -> bool:
        """Whether there is a provider with this name; it may still fail to load."""
        return (
            name in self._known
            or was_added(name)
            or name in self._installed_names()
            or "base_url" in self._settings.providers.get(name, ())
        )

    def find(self, name: str, source: str = "") -> Candidate:
        """Return the candidate with this name.

        Args:
            name: the name.
            source: who named it, for the error.

        Raises:
            RegistryError: nobody has that name, two claim it, or it cannot be loaded.
        """
        # No lock here: a candidate never changes once it is known.
        if found := self._known.get(name):
            return found
        if not is_name(name) or not self.knows(name):
            raise self._unknown(name, source)
        with self._lock:
            if name not in self._known and name not in self._broken:
                self._load(name)
            if name in self._known:
                return self._known[name]
            broken = self._broken[name]
        raise broken.with_traceback(None)

    def provider(self, candidate: Candidate) -> BaseProvider:
        """Return the candidate's provider, which is built if it is not there yet.

        Raises:
            ProviderError: as ``Candidate.build``; or the router is closed.
        """
        if candidate.provider is None or self._closed:
            with self._lock:
                self.require_open()
                if candidate.provider is None:
                    candidate.provider = candidate.build()
        return candidate.provider

    def require_open(self) -> None:
        """Raise ``ProviderError`` after ``aclose()``."""
        if self._closed:
            raise ProviderError(
                "this ProviderRouter is closed", provider="router", hint="Build a new one."
            )

    async def aclose(self) -> None:
        """Close every provider that was built, even if closing one of them fails."""
        with self._lock:
            self._closed = True
            built = [candidate.provider for candidate in self._known.values() if candidate.provider]
        closing = (provider.aclose() for provider in built)
        for outcome in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def _installed_names(self) -> frozenset[str]:
        if self._installed is None:
            self._installed = installed_names()
        return self._installed

    def _load(self, name: str) -> None:
        config = self._settings.providers.get(name, {})
        try:
            if was_added(name) or name in self._installed_names():
                self._known[name] = _configured(name, PROVIDER_REGISTRY[name], config)
            else:
                self._known[name] = Candidate(name, provider_of_config(name, config), {})
        except RegistryError as error:
            # A plug-in that cannot be imported is not imported again at each call.
            self._broken[name] = error

    def _unknown(self, name: object, source: str) -> UnknownProviderError:
        known = [other for other in self.names if self.knows(other)]
        shown = repr(name) if isinstance(name, str) else safe_repr(name)
        said = f" (from {source})" if source else ""
        configured = isinstance(name, str) and name in self._settings.providers
        missing = "; its settings lack a base_url" if configured else ""
        near = "".join(f"; did you mean {word!r}?" for word in nearest(str(name), known))
        return UnknownProviderError(
            f"no provider is called {shown}{said}{missing}{near or '.'} "
            f"Known are {', '.join(known) or 'none'}."
        )


def _configured(name: str, factory: ProviderFactory, config: Mapping[str, Any]) -> Candidate:
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
