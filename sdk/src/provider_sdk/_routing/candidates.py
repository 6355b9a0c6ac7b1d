"""The providers that a router may ask: found by name, built once, and kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError, RegistryError, UnknownProviderError
from provider_sdk._routing.candidate import Candidate, configured
from provider_sdk._routing.config import is_name, provider_of_config
from provider_sdk._routing.credentials import ChooseCredential
from provider_sdk._routing.registry import (
    Claim,
    added_claims,
    added_names,
    factory_of,
    installed_claims,
    was_added,
)
from provider_sdk._routing.settings import RouterSettings
from provider_sdk._validation import nearest, safe_repr

if TYPE_CHECKING:
    from provider_sdk._routing.standing import Standing

DEFAULT_CHAIN = ("ollama", "claude", "gemini", "codex", "hf")
"""Who is asked if no provider is named, in order; those that are not installed are left out."""


class Candidates:
    """All that a router may ask; it may be used from several threads.

    What distributions declare is read once. A provider that is added to the registry later
    is found too.

    Attributes:
        usable: how those stand whose provider was built, for a call that each of them can take.
    """

    def __init__(self, settings: RouterSettings, choose: ChooseCredential | None = None) -> None:
        self._settings = settings
        self._choose = choose
        self._lock = threading.RLock()  # a factory may build on another provider of the router
        self._installed: dict[str, list[Claim]] | None = None
        self._known: dict[str, Candidate] = {}
        self._broken: dict[str, RegistryError] = {}
        self._closed = False
        self.usable: dict[str, Standing] = {}

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
        chain = self._settings.chain
        if chain is None:
            return self.chain
        for name in chain:
            if name not in self._known and not self.knows(name):
                raise self._unknown(name, "the setting fallback_chain")
        return chain

    @property
    def names(self) -> Iterator[str]:
        """All names: the chain, then the others in alphabetical order."""
        settings = filter(self.knows, self._settings.providers)
        others = {*self._installed_claims(), *added_names(), *settings}
        return iter(dict.fromkeys((*self.chain, *sorted(others))))

    def knows(self, name: str) -> bool:
        """Whether there is a provider with this name; it may still fail to load."""
        return (
            name in self._known
            or was_added(name)
            or name in self._installed_claims()
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
        if type(name) is str and (found := self._known.get(name)):
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

    def build(self, candidate: Candidate) -> BaseProvider:
        """Return a new provider of a candidate.

        Raises:
            ProviderError: as ``Candidate.build``.
        """
        return candidate.build(self._choose)

    def provider(self, candidate: Candidate) -> BaseProvider:
        """Return the candidate's provider, which is built if it is not there yet.

        Raises:
            ProviderError: as ``Candidate.build``; or the router is closed.
        """
        if candidate.provider is None or self._closed:
            with self._lock:
                self.require_open()
                if candidate.provider is None:
                    candidate.provider = self.build(candidate)
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
            self.usable = {}
            built = [candidate.provider for candidate in self._known.values() if candidate.provider]
        closing = (provider.aclose() for provider in built)
        for outcome in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def _installed_claims(self) -> dict[str, list[Claim]]:
        if self._installed is None:
            claims = installed_claims()
            self._installed = {name: claims[name] for name in claims if is_name(name)}
        return self._installed

    def _load(self, name: str) -> None:
        config = self._settings.providers.get(name, {})
        claims = [*self._installed_claims().get(name, ()), *added_claims(name)]
        try:
            if claims:
                self._known[name] = configured(name, factory_of(name, claims), config)
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
