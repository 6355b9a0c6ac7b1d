"""What a router does: finds who is to answer, and asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provider_sdk._accounting.accounts import Accounts
from provider_sdk._base import BaseProvider
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._dialect import ChatCall
from provider_sdk._observing import Observer
from provider_sdk._requirements import Needs, requirements
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.attempt import Request
from provider_sdk._routing.candidate import Candidate
from provider_sdk._routing.candidates import Candidates
from provider_sdk._routing.choice import Chosen, choose
from provider_sdk._routing.cooldowns import CoolDowns
from provider_sdk._routing.credentials import ChooseCredential
from provider_sdk._routing.endings import all_failed_error, with_route
from provider_sdk._routing.route import Attempt, Route
from provider_sdk._routing.settings import RouterSettings
from provider_sdk._routing.standing import Standing, not_local_error, standing_of
from provider_sdk._routing.walk import Walk
from provider_sdk._stream import ChatStream

if TYPE_CHECKING:
    from provider_sdk._models import ModelInfo
    from provider_sdk._routing.outlook import Outlook

_LISTING: Needs = (("model_listing", "a model list"),)


class Engine:
    """Finds the provider that answers a call, and asks it.

    Attributes:
        settings: what the router was told.
        candidates: the providers that may be asked.
        accounts: what its calls used, and may cost.
        last_route: how the last answered call came to its answer.
    """

    def __init__(
        self,
        settings: RouterSettings,
        observer: Observer | None,
        choose: ChooseCredential | None = None,
    ) -> None:
        self.settings = settings
        self.candidates = Candidates(settings, choose)
        self.last_route: Route | None = None
        self.accounts = Accounts(settings.prices, settings.budgets, observer)
        self._cool_downs = CoolDowns()

    async def answer(
        self, call: ChatCall, task: str, provider: str | None
    ) -> ChatResponse | ChatStream:
        """Answer a checked call, whose model is ``""`` if none was named."""
        chosen = choose(task, provider, call.model or None, self.settings)
        if call.model != (chosen.model or ""):
            call = replace(call, model=chosen.model or "")
        needs = tuple(requirements(call.messages, call.options, stream=call.stream))
        if chosen.provider is not None:
            answer = await self._answer_of_named(call, needs, chosen.provider, chosen.source)
        else:
            walk = Walk(
                call,
                needs,
                self.candidates,
                self._cool_downs,
                self.accounts,
                local_only=self.settings.local_only,
            )
            answer = await walk.answer()
        self.last_route = answer.route
        return answer

    def named(self, name: str, source: str) -> BaseProvider:
        """Return a provider that is asked for by its name.

        Raises:
            RegistryError: it is unknown, or cannot be loaded or built.
            ProviderError: it has no credential, or is not local although ``local_only`` is set.
        """
        self.candidates.require_open()
        candidate = self.candidates.find(name, source)
        self._require_local(candidate)  # first: to set its credential would be in vain
        provider = self.candidates.provider(candidate)
        self._require_local(candidate)
        return provider

    def new(self, name: str, arguments: Mapping[str, Any]) -> BaseProvider:
        """Return a provider as ``named`` does, but one of its own, made with further arguments."""
        self.candidates.require_open()
        candidate = self.candidates.find(name).with_arguments(arguments)
        self._require_local(candidate)
        candidate.provider = self.candidates.build(candidate)
        self._require_local(candidate)
        return candidate.provider

    def standings(self) -> list[Standing]:
        """Return how all candidates stand, the chain first."""
        return [self._standing(name) for name in self.candidates.names]

    def outlook(self, task: str, provider: str | None, model: str | None) -> list[Outlook]:
        """Return what would become of a plain call."""
        from provider_sdk._routing.outlook import outlook_of  # a call does not need it

        chosen = choose(task, provider, model, self.settings)
        return outlook_of(self._asked(chosen), chosen, self._cool_downs, _now())

    def union(self) -> frozenset[Capability]:
        """Return what any of the chain can do."""
        can: frozenset[Capability] = frozenset()
        for standing in map(self._standing, self.candidates.chain):
            if standing.candidate is not None:
                found = standing.candidate.capabilities
                can |= CAPABILITIES if found is None else found
        return can

    async def check_health(self, task: str) -> None:
        """Raise ``ProviderError`` unless one of those that may be asked for the task is healthy.

        A provider that was named has its own error.
        """
        from provider_sdk._routing.health import error_of, first_healthy

        chosen = choose(task, None, None, self.settings)
        standings = self._asked(chosen)
        found = await first_healthy(standings)
        if any(health.ok for health in found.values()):
            return
        errors = {name: error_of(health) for name, health in found.items()}
        if chosen.provider is not None:
            raise errors[chosen.provider]
        raise all_failed_error(
            [
                Attempt(name, "", "failed" if provider else "skipped", errors[name])
                for name, _, _, provider, _ in standings
            ]
        )

    async def fetch_models(self, task: str) -> list[ModelInfo]:
        """Return the models of the provider that would answer a call for the task."""
        from provider_sdk._routing.outlook import outlook_of

        chosen = choose(task, None, None, self.settings)
        if chosen.provider is not None:
            return await self.named(chosen.provider, chosen.source).describe_models()
        standings = self._asked(chosen, _LISTING)
        expected = outlook_of(standings, chosen, self._cool_downs, _now())
        by_name = {each.name: each.provider for each in standings}
        for each in expected:
            if each.state == "would answer" and (provider := by_name[each.provider]):
                return await provider.describe_models()
        raise all_failed_error(
            [Attempt(each.name, "", "skipped", each.error) for each in standings]
        )

    async def _answer_of_named(
        self, call: ChatCall, needs: Needs, name: str, source: str
    ) -> ChatResponse | ChatStream:
        provider = self.named(name, source)
        request = Request(name, provider, call.model or None, call, needs, others_remain=False)
        start = _now()
        answer = await request.send(self.accounts, start)
        seconds = _now() - start
        shared = request.may_share_answers
        return with_route(answer, request.attempt, (), seconds, (), is_shared=shared)

    def _require_local(self, candidate: Candidate) -> None:
        if self.settings.local_only and not candidate.may_be_local:
            raise not_local_error(candidate)

    def _asked(self, chosen: Chosen, needs: Needs = ()) -> list[Standing]:
        names = (chosen.provider,) if chosen.provider else self.candidates.checked_chain()
        return [self._standing(name, chosen.source, needs) for name in names]

    def _standing(self, name: str, source: str = "", needs: Needs = ()) -> Standing:
        return standing_of(
            self.candidates, name, source, needs, local_only=self.settings.local_only
        )


def _now() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()  # the clock of the event loops
