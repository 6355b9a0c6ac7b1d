"""The fleet at the granularity of grants: each worker uses its grant up by a formula.

The coordinator and the leases are the real ones. What is simplified is a worker between two
reports: a row in flight ends within a second with the same chance at any time (the mean latency is
that of the distribution), and rows start as soon as the grant has a slot for them.
"""

from __future__ import annotations

import heapq
import math
import random
from pathlib import Path
from time import thread_time

from provider_sdk.bulk.limits import Caps, Coordinator, Grant, Limits, Spent
from provider_sdk.bulk.store.claims import BEAT_S

from benchmarks.bulk_fleet.board import Board, Holding
from benchmarks.bulk_fleet.fleet import Figures, Fleet
from benchmarks.bulk_fleet.service import Service

AT_ONCE = 2
"""How many shards a worker works at."""


class Moment:
    """The simulated time."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """Return the time."""
        return self.time


class Worker:
    """One worker, and what it has in flight under its present grant."""

    def __init__(self, name: str, fleet: Fleet, board: Board, chance: random.Random) -> None:
        self.name = name
        self.holdings: list[Holding] = []
        self.in_flight = 0
        self.number = 0
        self.since = 0.0
        self.grant = Grant(seconds=0.0, concurrency=0)
        self._fleet, self._board, self._chance = fleet, board, chance
        self._sent = self._refused = self._left = 0

    def refill(self) -> None:
        """Drop finished shards, and take others."""
        self.holdings = [holding for holding in self.holdings if holding.rows > 0]
        while len(self.holdings) < AT_ONCE:
            holding = self._board.take(self.name)
            if holding is None:
                return
            self.holdings.append(holding)

    @property
    def waiting(self) -> int:
        """How many rows it could send now, and has not sent."""
        return max(0, self._claimed() - self.in_flight)

    def _claimed(self) -> int:
        return sum(each.rows for each in self.holdings if self._board.claim(each, self.name))

    def begin(self, grant: Grant, service: Service, now: float) -> int:
        """Send at once what the grant has slots for; return how much was refused."""
        self.grant, self.since = grant, now
        allowed = min(grant.requests or 0, (grant.tokens or 0) // self._fleet.reserved)
        self._left = min(allowed, self.waiting)
        free = max(0, grant.concurrency - self.in_flight)
        self._sent, self._refused = 0, 0
        self._send(min(self._left, free), service, now)
        return self._refused

    def _send(self, rows: int, service: Service, now: float) -> None:
        accepted = service.accept(rows, now)
        self._sent += rows
        self._refused += rows - accepted
        self._left -= rows
        self.in_flight += accepted

    def end(self, service: Service, now: float) -> Spent:
        """Use the grant up to now, and report."""
        passed, mean = now - self.since, self._fleet.mean_latency_s
        steady = self.in_flight
        if self._left and steady and not self._refused:
            # As many start as end, until all that are allowed have started.
            rate = steady / mean
            filling = min(passed, self._left / rate)
            self._send(min(self._left, self._round(rate * filling)), service, now)
            passed -= filling
        begun = self.in_flight
        self.in_flight = min(begun, self._round(steady * math.exp(-passed / mean)))
        ended = begun - self.in_flight
        tokens = ended * self._fleet.tokens
        self.number += 1
        self._finish(ended)
        return Spent(
            worker=self.name,
            number=self.number,
            sent=self._sent,
            reserved=self._sent * self._fleet.reserved,
            corrected=((self.grant.at, tokens - ended * self._fleet.reserved),) if ended else (),
            tokens=tokens,
            cost=self._fleet.cost(tokens),
            clean=ended,
            slowed=self._refused,
            retried=self._refused,
            retry_after=self._fleet.retry_after_s if self._refused else 0.0,
            cuts=self.grant.cuts,
            done=ended,
            in_flight=self.in_flight,
            unsettled=self.in_flight * self._fleet.reserved,
            peak=steady,
            wanted=self.waiting,
            need=self._fleet.reserved if self.waiting else 0,
            leaves=not self.holdings,
        )

    def _round(self, amount: float) -> int:
        return math.floor(amount + self._chance.random())

    def _finish(self, ended: int) -> None:
        for holding in self.holdings:
            part = min(holding.rows, ended) if holding.lease else 0
            holding.rows -= part
            ended -= part
        self.refill()


def simulate(fleet: Fleet, folder: Path, *, seed: int = 1) -> Figures:
    """Run the fleet until every row is answered.

    Args:
        fleet: what to simulate.
        folder: an empty folder for the leases.
        seed: decides all that is random.
    """
    chance, moment, figures = random.Random(seed), Moment(), Figures()
    limits = Limits(concurrency=fleet.concurrency, rpm=fleet.rpm, tpm=fleet.tpm)
    caps = Caps(cost_usd=fleet.cost(fleet.rows * fleet.tokens) * 2)
    coordinator = Coordinator(limits, caps, moment, lease=fleet.lease_s, rng=chance)
    board = Board(fleet, folder, moment.now)
    service = Service(fleet.rpm * fleet.allowed)
    queue: list[tuple[float, int, Worker]] = []
    lost_at: dict[str, float] = {}

    def start(number: int, generation: int, at: float) -> None:
        worker = Worker(f"{number}-{generation}", fleet, board, chance)
        worker.since = at
        lost_at[worker.name] = at + chance.expovariate(fleet.loss_per_hour / 3600)
        heapq.heappush(queue, (at, number, worker))

    for number in range(fleet.workers):
        start(number, 0, number * fleet.lease_s / fleet.workers)
    while queue:
        moment.time, number, worker = heapq.heappop(queue)
        now = moment.time
        if not worker.number:
            worker.refill()
        spent = worker.end(service, now)
        figures.answered += spent.done
        figures.sent += spent.sent
        figures.refused += spent.slowed
        figures.tokens += spent.tokens
        if lost_at[worker.name] <= now:
            # Its answers are in its journals; the coordinator never hears of them.
            figures.losses += 1
            figures.twice += worker.in_flight
            figures.tokens += worker.in_flight * fleet.tokens
            for holding in worker.holdings:
                board.put_back(holding)
            start(number, int(worker.name.partition("-")[2]) + 1, now + fleet.restart_s)
            continue
        begun = thread_time()
        grant = coordinator.renew(spent)
        figures.renewal_s += thread_time() - begun
        figures.renewals += 1
        figures.beats += sum(each.lease is not None for each in worker.holdings)
        if board.is_empty and not figures.busy_s:
            figures.busy_s, figures.answered_busy = now, figures.answered
        if spent.leaves:
            continue
        refused = worker.begin(grant, service, now)
        wait = 0.1 if refused else max(0.001, grant.seconds)
        heapq.heappush(queue, (min(now + wait, max(now, lost_at[worker.name])), number, worker))
    figures.seconds = moment.time
    figures.beats = round(figures.beats * fleet.lease_s * 0.95 / BEAT_S)
    figures.taken_over = board.taken_over
    figures.waited_s = board.waited / max(1, board.taken_over)
    figures.cost = fleet.cost(figures.tokens)
    return figures
