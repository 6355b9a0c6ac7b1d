"""One routed call: asks one candidate after the other until one answers."""

from __future__ import annotations

import asyncio

from provider_sdk._accounting.accounts import Accounts
from provider_sdk._dialect import ChatCall
from provider_sdk._errors import ProviderError, UnsupportedCapabilityError
from provider_sdk._observing import ObservedAttempt, tell
from provider_sdk._requirements import requirements
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
        candidates: the providers.
        cool_downs: theirs.
        accounts: whom to tell, and what a call may cost.
        local_only: whether only local providers may be asked.
    """

    def __init__(
        self,
        call: ChatCall,
        candidates: Candidates,
        cool_downs: CoolDowns,
        accounts: Accounts,
        *,
        local_only: bool,
    ) -> None:
        self._call = call
        self._candidates = candidates
        self._cool_downs = cool_downs
        self._accounts = accounts
        self._local_only = local_only
        self._now = asyncio.get_running_loop().time
        self._needs = tuple(requirements(call.messages, call.options, stream=call.stream))
        self._names = candidates.checked_chain()
        self._standings: dict[str, Standing] = {}
        self._attempts: list[Attempt] = []
        self._tried: set[str] = set()
        self._model_owner = next(filter(self._is_usable, self._names), None) if call.model else None
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
        moved_back: list[str] = []
        for name in self._names:
            if (refusal := self._standing(name).error) is not None:
                self._skip(name, refusal)
                continue
            turn = self._cool_downs.take_turn(name, self._now())
            if turn == "cooling":
                moved_back.append(name)
                self._skip(name, self._cooling_error(name))
            elif answer := await self._try(name, turn):
                return answer
        for name in sorted(moved_back, key=self._seconds_left):
            self._attempts = [each for each in self._attempts if each.provider != name]
            # Its cool-down may have ended meanwhile.
            if answer := await self._try(name, self._cool_downs.take_turn(name, self._now())):
                return answer
        raise self._all_failed()

    # One candidate.

    async def _try(self, name: str, turn: Turn) -> ChatResponse | ChatStream | None:
        """Return its answer, or ``None`` if another is to be asked."""
        self._tried.add(name)
        try:
            request = self._request(name)
            attempt = request.observed_attempt()
            self._announce(name)
            start = self._now()
            try:
                answer = await request.send(attempt, self._accounts)
            except ProviderError as error:
                failure = error
            else:
                self._cool_downs.succeeded(name)
                seconds = self._now() - start
                return with_route(answer, request, self._attempts, seconds, self._notes)
            if isinstance(failure, UnsupportedCapabilityError):
                self._skip(name, failure)
                return None
            if moves_on(failure, was_named=request.model is not None):
                self._failed(request, attempt, turn, failure, self._now() - start)
                return None
            raise failure
        finally:
            self._cool_downs.end_turn(name, turn)

    def _request(self, name: str) -> Request:
        provider = self._standing(name).provider
        assert provider is not None, "only usable candidates are asked"
        model = self._call.model if name == self._model_owner else None
        return Request(name, provider, model, self._call, self._others_remain(name))

    def _others_remain(self, name: str) -> bool:
        return any(
            other != name and other not in self._tried and self._is_usable(other)
            for other in self._names
        )

    def _failed(
        self,
        request: Request,
        attempt: ObservedAttempt,
        turn: Turn,
        error: ProviderError,
        seconds: float,
    ) -> None:
        self._add(request.name, request.asked_model, "failed", error, seconds)
        self._passed = attempt, error
        self._leave(request.name)
        cooling = self._cool_downs.failed(request.name, turn, error, self._now())
        tell(self._accounts.observer.cool_down, request.name, cooling, error)

    def _skip(self, name: str, error: ProviderError) -> None:
        standing = self._standing(name)
        self._add(name, standing.default_model, "skipped", error)
        self._leave(name)
        if standing.is_local:
            call = self._call
            attempt = ObservedAttempt(
                name, standing.default_model, call.messages, call.options, call.stream
            )
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

    def _leave(self, name: str) -> None:
        if self._standing(name).is_local:
            self._left_local = name

    def _announce(self, name: str) -> None:
        """Tell, before anything is sent, that another provider is asked."""
        leaves = self._left_local and not self._standing(name).is_local
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
        if name not in self._standings:
            self._standings[name] = standing_of(
                self._candidates, name, "", self._needs, local_only=self._local_only
            )
        return self._standings[name]

    def _is_usable(self, name: str) -> bool:
        return self._standing(name).state == "usable"

    def _seconds_left(self, name: str) -> float:
        return self._cool_downs.seconds_left(name, self._now()) or 0.0

    def _cooling_error(self, name: str) -> ProviderError:
        return cooling_error(name, self._seconds_left(name))

    def _all_failed(self) -> ProviderError:
        return all_failed_error(self._attempts)
