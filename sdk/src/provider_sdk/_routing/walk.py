"""One routed call: asks one candidate after the other until one answers."""

from __future__ import annotations

import asyncio

from provider_sdk._accounting.accounts import Accounts
from provider_sdk._dialect import ChatCall
from provider_sdk._errors import ProviderError, UnsupportedCapabilityError
from provider_sdk._observing import ObservedAttempt, tell
from provider_sdk._requirements import Needs
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.attempt import Request, moves_on
from provider_sdk._routing.candidates import Candidates
from provider_sdk._routing.cooldowns import CoolDowns, Turn
from provider_sdk._routing.endings import all_failed_error, cooling_error, with_route
from provider_sdk._routing.route import Attempt, Outcome
from provider_sdk._routing.standing import Standing, standing_of
from provider_sdk._stream import ChatStream


class Walk:
    """Goes along the chain for one call.

    Args:
        call: the checked call; its model is ``""`` if none was named.
        needs: what it needs.
        candidates: the providers.
        cool_downs: theirs.
        accounts: whom to tell, and what a call may cost.
        local_only: whether only local providers may be asked.
    """

    __slots__ = (
        *("_accounts", "_attempts", "_call", "_candidates", "_cool_downs", "_left_local"),
        *("_local_only", "_model_owner", "_names", "_needs", "_notes", "_now", "_passed"),
        *("_standings", "_tried"),
    )

    def __init__(
        self,
        call: ChatCall,
        needs: Needs,
        candidates: Candidates,
        cool_downs: CoolDowns,
        accounts: Accounts,
        *,
        local_only: bool,
    ) -> None:
        self._call = call
        self._needs = needs
        self._candidates = candidates
        self._cool_downs = cool_downs
        self._accounts = accounts
        self._local_only = local_only
        self._now = asyncio.get_running_loop().time
        self._names = candidates.checked_chain()
        self._standings: dict[str, Standing] = {}
        self._attempts: list[Attempt] = []
        self._tried: set[str] = set()
        self._model_owner = ""  # the first that can take the call
        # The last that did not answer, and the local one that is left.
        self._passed: tuple[ObservedAttempt, ProviderError] | None = None
        self._left_local = ""
        self._notes: list[str] = []

    async def answer(self) -> ChatResponse | ChatStream:
        """Return the first answer, with its route.

        Raises:
            AllProvidersFailedError: nobody could answer.
            UnsupportedCapabilityError: nobody can do what the call needs.
            ProviderError: a provider's error that is the caller's to know.
        """
        moved_back: list[Standing] = []
        for name in self._names:
            standing = self._standing(name)
            if standing.error is not None:
                self._skip(standing, standing.error)
                continue
            self._model_owner = self._model_owner or name
            turn = self._cool_downs.take_turn(name, self._now())
            if turn == "cooling":
                moved_back.append(standing)
                self._skip(standing, self._cooling_error(standing))
            elif answer := await self._try(standing, turn):
                return answer
        for standing in sorted(moved_back, key=self._seconds_left):
            name = standing.name
            self._attempts = [each for each in self._attempts if each.provider != name]
            # Its cool-down may have ended meanwhile.
            turn = self._cool_downs.take_turn(name, self._now())
            if answer := await self._try(standing, turn):
                return answer
        raise all_failed_error(self._attempts)

    # One candidate.

    async def _try(self, standing: Standing, turn: Turn) -> ChatResponse | ChatStream | None:
        """Return its answer, or ``None`` if another is to be asked."""
        name = standing.name
        self._tried.add(name)
        try:
            request = self._request(standing)
            if self._attempts:
                self._announce(standing)
            start = self._now()
            try:
                answer = await request.send(self._accounts, start)
            except ProviderError as error:
                failure = error
            else:
                self._cool_downs.succeeded(name)
                seconds = self._now() - start
                return with_route(
                    answer,
                    request.attempt,
                    self._attempts,
                    seconds,
                    self._notes,
                    is_shared=request.may_share_answers,
                )
            if isinstance(failure, UnsupportedCapabilityError):
                self._skip(standing, failure)
                return None
            if moves_on(failure, was_named=request.model is not None):
                self._failed(standing, request.attempt, turn, failure, self._now() - start)
                return None
            raise failure
        finally:
            if turn == "probing":
                self._cool_downs.end_probe(name)

    def _request(self, standing: Standing) -> Request:
        provider, name = standing.provider, standing.name
        assert provider is not None, "only usable candidates are asked"
        model = self._call.model or None if name == self._model_owner else None
        others_remain = self._others_remain(name)
        return Request(name, provider, model, self._call, self._needs, others_remain=others_remain)

    def _others_remain(self, name: str) -> bool:
        for other in self._names:
            if other != name and other not in self._tried and self._standing(other).error is None:
                return True
        return False

    def _failed(
        self,
        standing: Standing,
        attempt: ObservedAttempt,
        turn: Turn,
        error: ProviderError,
        seconds: float,
    ) -> None:
        name = standing.name
        self._add(name, attempt.model, "failed", error, seconds)
        self._passed = attempt, error
        self._leave(standing)
        cooling = self._cool_downs.failed(name, turn, error, self._now())
        tell(self._accounts.observer.cool_down, name, cooling, error)

    def _skip(self, standing: Standing, error: ProviderError) -> None:
        name, model = standing.name, standing.default_model
        self._add(name, model, "skipped", error)
        self._leave(standing)
        if standing.is_local:
            call = self._call
            attempt = ObservedAttempt(name, model, call.messages, call.options, call.stream)
            self._passed = attempt, error

    def _add(
        self,
        name: str,
        model: str,
        outcome: Outcome,
        error: ProviderError,
        seconds: float = 0.0,
    ) -> None:
        # The frames of a call hold its headers.
        error.__traceback__ = error.__cause__ = error.__context__ = None
        self._attempts.append(Attempt(name, model, outcome, error, seconds))

    # Leaving one for another.

    def _leave(self, standing: Standing) -> None:
        if standing.is_local:
            self._left_local = standing.name

    def _announce(self, standing: Standing) -> None:
        """Tell, before anything is sent, that another provider is asked."""
        name = standing.name
        leaves = self._left_local and not standing.is_local
        if leaves:
            self._notes = [
                f"{self._left_local} did not answer, so the conversation leaves your own machines: "
                f"{name} is asked"
            ]
        if self._passed is None:
            return
        attempt, error = self._passed
        self._passed = None
        note = (
            self._notes[0] if leaves else f"{attempt.provider} did not answer, so {name} is asked"
        )
        tell(self._accounts.observer.fallback, attempt, error, name, note)

    # What is known of a candidate.

    def _standing(self, name: str) -> Standing:
        standing = self._standings.get(name)
        if standing is None:
            standing = self._standings[name] = standing_of(
                self._candidates, name, "", self._needs, local_only=self._local_only
            )
        return standing

    def _seconds_left(self, standing: Standing) -> float:
        return self._cool_downs.seconds_left(standing.name, self._now()) or 0.0

    def _cooling_error(self, standing: Standing) -> ProviderError:
        return cooling_error(standing.name, self._seconds_left(standing))
