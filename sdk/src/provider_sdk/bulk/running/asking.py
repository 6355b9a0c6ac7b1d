"""Asks one row until it has ended: attempts, waits and the deadline of all of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import Protocol

from provider_sdk._base import BaseProvider
from provider_sdk._errors import ProviderError
from provider_sdk._prepared import PreparedProvider
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.foreign import cleaned, redactor_of
from provider_sdk._spans import Span
from provider_sdk._timeouts import Deadline
from provider_sdk._validation import safe_repr
from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits import Outcome, Permit
from provider_sdk.bulk.limits.outcomes import Ended
from provider_sdk.bulk.rows import Result, Row
from provider_sdk.bulk.running.expected import ExpectedTokens
from provider_sdk.bulk.running.results import answer_result, failure_result
from provider_sdk.bulk.running.verdicts import verdict, was_slowed, was_unsent

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0


class OneAttempt(Span):
    """``with OneAttempt():`` a provider does not repeat a request by itself.

    So the limiter of the run sees every attempt. A router goes on along its chain.
    """

    __slots__ = ()

    def permits(self, wait: float, error: ProviderError) -> bool:
        """Whether a provider may try again by itself: never."""
        return False


class Notes(Protocol):
    """What asking a row needs of a shard's journal; each returns once it is durable."""

    async def intend(self, row: int, attempt: int) -> None:
        """Note that a row is about to be sent."""

    async def note(self, row: int, attempt: int, outcome: str) -> None:
        """Note that an attempt has ended, and the row has not."""

    async def record(self, result: Result) -> None:
        """Note how a row ended."""


class Turns(Protocol):
    """What asking a row needs of its worker."""

    async def acquire(self, tokens: int) -> Permit:
        """Wait until a request that may use so many tokens can be sent."""

    def release(self, permit: Permit, outcome: Outcome) -> None:
        """Let another row take the turn."""

    async def pause(self, seconds: float) -> None:
        """Wait before a row is sent again."""


class Asker:
    """Asks the rows of one worker.

    Args:
        provider: who is asked.
        job: the run.
        turns: says when a row may be sent.

    Attributes:
        has_answers: whether any row was answered.
    """

    def __init__(self, provider: BaseProvider, job: Job, turns: Turns) -> None:
        self._provider = provider
        self._job = job
        self._turns = turns
        self._loop = asyncio.get_running_loop()
        self._model = job.model or provider.default_model
        self._expected = ExpectedTokens() if job.reserves_tokens else None
        # Who bounds its calls by itself need not be told unless the row's own time ends before.
        own = job.options.get("timeout") or getattr(provider, "timeout", None)
        self._call_s = own if isinstance(own, int | float) else float("inf")
        # Who is not built on the SDK's base may take any time, and say anything.
        self._is_foreign = type(provider).chat is not PreparedProvider.chat
        self._redact = redactor_of(provider, job.options.get("extra_headers"))
        self.has_answers: bool = False

    async def ask(self, row: Row, notes: Notes, sent: int = 0) -> None:
        """Send a row until it has ended, and record how.

        Args:
            row: the row.
            notes: the journal of its shard.
            sent: how often it was sent before, by any process.

        Raises:
            ProviderError: no other row may be sent either. This one has not ended; that its last
                attempt has is noted, unless the journal failed.
        """
        asked = Asked(row, sent)
        tokens = 0 if self._expected is None else self._expected.of(row, self._job.options)
        while True:
            permit = await self._turns.acquire(tokens)
            outcome = Outcome()
            try:
                outcome, stop = await self._attempt(asked, notes)
            finally:
                self._turns.release(permit, outcome)
            if stop is not None:
                raise stop
            if asked.has_ended:
                return
            await self._turns.pause(asked.wait)

    async def _attempt(self, asked: Asked, notes: Notes) -> tuple[Outcome, ProviderError | None]:
        """Send a row once; return what that used, and why the run must stop."""
        row = asked.row
        now = self._loop.time()
        if not asked.tries:
            asked.began = now
            asked.deadline = now + self._job.row_timeout
        elif asked.error is not None and now >= asked.deadline:
            return await self._fail(asked, notes, asked.error), None
        asked.tries += 1
        await notes.intend(row.index, asked.attempt)
        try:
            answer = _checked(await self._call(row, asked.deadline - now), self._provider)
        except (ProviderError, TypeError, ValueError) as error:
            failure = error
        else:
            return await self._answered(asked, notes, answer), None
        if self._is_foreign and isinstance(failure, ProviderError):
            failure = cleaned(failure, self._provider, self._job.options.get("extra_headers"))
        return await self._failed(asked, notes, failure)

    def _call(self, row: Row, left: float) -> Awaitable[ChatResponse]:
        options = self._job.options
        if row.options:
            options = {**options, **row.options}
        if left < self._call_s:
            options = {**options, "timeout": min(left, options.get("timeout") or left)}
        answer = self._provider.chat(row.messages, row.model or self._job.model, **options)
        return Deadline.after(left).bound(answer) if self._is_foreign else answer

    async def _answered(self, asked: Asked, notes: Notes, answer: ChatResponse) -> Outcome:
        self.has_answers = True
        row = asked.row
        result = answer_result(
            row,
            answer,
            provider=self._provider,
            model=row.model or self._model,
            options=self._job.options,
            prices=self._job.prices,
            attempts=asked.attempt,
            seconds=self._loop.time() - asked.began,
        )
        await notes.record(result)
        asked.has_ended = True
        usage = result.usage
        if self._expected is not None and usage is not None:
            self._expected.learn(usage)
        tokens = (usage.total_tokens or 0) if usage else 0
        return Outcome(tokens=tokens, cost=result.cost_usd, clean=True, ended="done")

    async def _failed(
        self, asked: Asked, notes: Notes, error: ProviderError | TypeError | ValueError
    ) -> tuple[Outcome, ProviderError | None]:
        if not isinstance(error, ProviderError):
            return await self._fail(asked, notes, error), None
        found = verdict(error, names_model=asked.row.model is not None)
        if found == "failed":
            return await self._fail(asked, notes, error), None
        asked.error = error
        asked.wait = _seconds_to_wait(asked.tries, error.retry_after)
        unsent = was_unsent(error)
        is_late = self._loop.time() + asked.wait >= asked.deadline
        # A service that has answered before is waited for.
        is_spent = asked.tries >= self._job.max_attempts and not (unsent and self.has_answers)
        if found == "again" and (is_late or is_spent) and not unsent:
            return await self._fail(asked, notes, error), None
        await notes.note(asked.row.index, asked.attempt, type(error).__name__)
        stops = found == "stop" or is_late or is_spent
        return _outcome_of(error), error if stops else None

    async def _fail(self, asked: Asked, notes: Notes, error: Exception) -> Outcome:
        await notes.record(
            failure_result(
                asked.row,
                error,
                provider=self._provider.name,
                redact=self._redact,
                attempts=asked.attempt,
                seconds=self._loop.time() - asked.began,
            )
        )
        asked.has_ended = True
        return _outcome_of(error, ended="failed")


class Asked:
    """A row that is being asked.

    Attributes:
        row: the row.
        tries: how often this process has sent it.
        began: when it was first sent, on the clock of the event loop.
        deadline: when its time is over.
        error: why its last attempt failed.
        wait: seconds to wait before the next.
        has_ended: whether its end is recorded.
    """

    __slots__ = (*("began", "deadline", "error", "has_ended", "row", "tries", "wait"), "_before")

    def __init__(self, row: Row, sent: int) -> None:
        self.row = row
        self._before = sent
        self.tries = 0
        self.began: float = 0.0
        self.deadline: float = 0.0
        self.wait: float = 0.0
        self.error: ProviderError | None = None
        self.has_ended = False

    @property
    def attempt(self) -> int:
        """How often it was sent, by any process."""
        return self._before + self.tries


def _checked(answer: object, provider: BaseProvider) -> ChatResponse:
    """Return the answer of a provider, which may be anybody's, and wrong."""
    if isinstance(answer, ChatResponse):
        return answer
    raise BulkError(
        f"{provider.name} returned {safe_repr(answer)} where a ChatResponse was asked for",
        hint="Its method chat is wrong; tell its author.",
    )


def _outcome_of(error: Exception, ended: Ended | None = None) -> Outcome:
    if not isinstance(error, ProviderError):
        return Outcome(ended=ended)
    wait = error.retry_after or 0.0
    return Outcome(slowed=was_slowed(error), retry_after=wait, ended=ended)


def _seconds_to_wait(tries: int, asked: float | None) -> float:
    if asked is not None:
        return asked
    wait = min(_FIRST_WAIT_S * 2.0 ** (tries - 1), _LONGEST_WAIT_S)
    return wait * (1 - 0.25 * random.random())
