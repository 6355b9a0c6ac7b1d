"""The fleet row by row: each row passes the real limiter, in an event loop with its own time.

This shows how far the simulation by grants can be believed; it takes too long for a large run.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from pathlib import Path
from time import thread_time
from typing import Any

from provider_sdk.bulk.limits import Caps, Coordinator, Grant, Limiter, Limits, Outcome, Spent
from provider_sdk.bulk.limits.limiter import Permit
from provider_sdk.bulk.store.claims import BEAT_S

from benchmarks.bulk_fleet.batches import AT_ONCE
from benchmarks.bulk_fleet.board import Board, Holding
from benchmarks.bulk_fleet.fleet import Figures, Fleet
from benchmarks.bulk_fleet.service import Service


class _Jumps(selectors.SelectSelector):
    """Waits for nothing: the time that the loop would sleep has passed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Let the time pass until the next timer."""
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will happen")
        self.time += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is that of its timers; it is its own clock."""

    def __init__(self) -> None:
        self._jumps = _Jumps()
        super().__init__(self._jumps)

    def time(self) -> float:
        """Return the simulated seconds."""
        return self._jumps.time

    def now(self) -> float:
        """Return the simulated seconds."""
        return self._jumps.time

    async def sleep(self, seconds: float) -> None:
        """Wait in simulated time."""
        await asyncio.sleep(seconds)


class _Run:
    """What all workers of a run share."""

    def __init__(self, fleet: Fleet, folder: Path, seed: int, loop: SimulatedLoop) -> None:
        self.fleet, self.loop = fleet, loop
        self.chance = random.Random(seed)
        self.figures = Figures()
        self.service = Service(fleet.rpm * fleet.allowed)
        self.board = Board(fleet, folder, loop.now)
        limits = Limits(concurrency=fleet.concurrency, rpm=fleet.rpm, tpm=fleet.tpm)
        caps = Caps(cost_usd=fleet.cost(fleet.rows * fleet.tokens) * 2)
        self.coordinator = Coordinator(
            limits, caps, loop, lease=fleet.lease_s, rng=random.Random(seed)
        )

    def renew(self, spent: Spent) -> Grant:
        """Let the coordinator answer, and measure it."""
        begun = thread_time()
        grant = self.coordinator.renew(spent)
        self.figures.renewal_s += thread_time() - begun
        self.figures.renewals += 1
        return grant


class _Worker:
    """One worker until it finds no shard, or is lost."""

    def __init__(self, run: _Run, name: str) -> None:
        self._run, self._name = run, name
        self._is_lost = False
        self._in_flight = 0
        self._holdings: list[Holding] = []

    async def work(self, lost_at: float) -> bool:
        """Work; return whether it was lost."""
        limiter = Limiter(self._renew, self._name, self._run.loop, rng=self._run.chance)
        await limiter.__aenter__()
        lanes = [asyncio.ensure_future(self._lane(limiter)) for _ in range(AT_ONCE)]
        await asyncio.wait(lanes, timeout=max(0.0, lost_at - self._run.loop.now()))
        if all(lane.done() for lane in lanes):
            for lane in lanes:
                lane.result()
            await limiter.aclose()
            return False
        self._lose(lanes)
        return True

    async def _renew(self, spent: Spent) -> Grant:
        if self._is_lost:  # as from a process that was killed, nothing comes any more
            raise asyncio.CancelledError
        return self._run.renew(spent)

    def _lose(self, lanes: list[asyncio.Future[None]]) -> None:
        self._is_lost = True
        figures = self._run.figures
        figures.losses += 1
        figures.twice += self._in_flight
        figures.tokens += self._in_flight * self._run.fleet.tokens
        for lane in lanes:
            lane.cancel()
        for holding in self._holdings:
            if holding.rows:
                self._run.board.put_back(holding)

    async def _lane(self, limiter: Limiter) -> None:
        run = self._run
        while (holding := run.board.take(self._name)) is not None:
            self._holdings.append(holding)
            await self._claim(holding)
            await self._ask_all(holding, limiter)
            self._holdings.remove(holding)
            if run.board.is_empty and not run.figures.busy_s:
                run.figures.busy_s = run.loop.now()
                run.figures.answered_busy = run.figures.answered

    async def _claim(self, holding: Holding) -> None:
        if not self._run.board.claim(holding, self._name):
            await asyncio.sleep(BEAT_S)
            await self._claim(holding)

    async def _ask_all(self, holding: Holding, limiter: Limiter) -> None:
        run, ended = self._run, asyncio.Event()
        unsent = holding.rows

        def end(permit: Permit) -> None:
            if self._is_lost:
                return
            self._in_flight -= 1
            tokens = run.fleet.tokens
            cost = run.fleet.cost(tokens)
            permit.release(Outcome(tokens=tokens, cost=cost, clean=True, ended="done"))
            holding.rows -= 1
            run.figures.answered += 1
            run.figures.tokens += tokens
            if not holding.rows:
                ended.set()

        while unsent:
            permit = await limiter.acquire(run.fleet.reserved)
            run.figures.sent += 1
            if run.service.accept(1, run.loop.now()):
                unsent -= 1
                self._in_flight += 1
                run.loop.call_later(run.fleet.draw_latency(run.chance), end, permit)
            else:
                run.figures.refused += 1
                wait = run.fleet.retry_after_s
                permit.release(Outcome(tokens=0, slowed=True, retry_after=wait))
        await ended.wait()


async def _simulate(run: _Run) -> None:
    async def place(number: int) -> None:
        await asyncio.sleep(number * run.fleet.lease_s / run.fleet.workers)
        generation, is_lost = 0, True
        while is_lost:
            alive = run.chance.expovariate(run.fleet.loss_per_hour / 3600)
            worker = _Worker(run, f"{number}-{generation}")
            is_lost = await worker.work(run.loop.now() + alive)
            generation += 1
            if is_lost:
                await asyncio.sleep(run.fleet.restart_s)

    await asyncio.gather(*(place(number) for number in range(run.fleet.workers)))


def simulate(fleet: Fleet, folder: Path, *, seed: int = 1) -> Figures:
    """Run the fleet row by row; see ``batches.simulate``."""
    loop = SimulatedLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        run = _Run(fleet, folder, seed, loop)
        runner.run(_simulate(run))
        figures = run.figures
        figures.seconds = loop.now()
    figures.taken_over = run.board.taken_over
    figures.waited_s = run.board.waited / max(1, figures.taken_over)
    figures.cost = fleet.cost(figures.tokens)
    return figures
