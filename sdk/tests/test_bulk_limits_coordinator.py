"""What a coordinator lends, takes back, counts and stops."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from typing import Any

import pytest
from provider_sdk.bulk.limits import Caps, Coordinator, Grant, Limits, Spent, Stop
from provider_sdk.bulk.limits.budgets import Budget
from provider_sdk.bulk.limits.members import SILENT
from provider_sdk.bulk.limits.pauses import LONGEST_WAIT

from ._bulk_limits import FakeClock

ONE_CENT = Decimal("0.01")


class Scene:
    """A coordinator, its clock, and numbered reports."""

    def __init__(
        self, limits: Limits, caps: Caps | None = None, *, before: Spent | None = None
    ) -> None:
        self.clock = FakeClock()
        self.coordinator = Coordinator(
            limits, caps or Caps(), self.clock, before=before, rng=random.Random(1)
        )
        self.numbers: dict[str, int] = {}

    def report(self, worker: str = "a", **spent: Any) -> Grant:
        """Send the next report of a worker."""
        self.numbers[worker] = self.numbers.get(worker, 0) + 1
        return self.coordinator.renew(Spent(worker=worker, number=self.numbers[worker], **spent))

    def later(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        self.clock.time += seconds


def test_first_hungry_worker_gets_everything() -> None:
    """One worker alone may use the whole concurrency."""
    assert Scene(Limits(concurrency=64)).report(wanted=100).concurrency == 64


def test_workers_share_the_concurrency() -> None:
    """Workers that want more than there is get equal parts, and no more than there is."""
    scene = Scene(Limits(concurrency=60))
    grants = {}
    for _ in range(5):
        scene.later()
        for worker in "abc":
            grants[worker] = scene.report(worker, wanted=99)
            scene.later(0.01)
    assert [grant.concurrency for grant in grants.values()] == [20, 20, 20]


def test_modest_worker_leaves_the_rest() -> None:
    """Who wants less than an equal part gets what it wants, and the others get the rest."""
    scene = Scene(Limits(concurrency=60))
    for _ in range(5):
        scene.later()
        modest = scene.report("modest", in_flight=2, peak=2)
        greedy = scene.report("greedy", wanted=99, in_flight=50, peak=50)
    assert 2 <= modest.concurrency <= 4
    assert greedy.concurrency >= 56


def test_idle_worker_gets_nothing() -> None:
    """A worker that has used nothing, and has no row that waits, holds nothing."""
    scene = Scene(Limits(concurrency=60, rpm=600, tpm=6000), Caps(tokens=1000))
    grant = scene.report()
    held = (grant.concurrency, grant.requests, grant.tokens, grant.total_tokens)
    assert held == (0, 0, 0, 0)


def test_every_worker_has_its_turn() -> None:
    """With more workers than slots and requests, each of 200 is lent some in time."""
    scene = Scene(Limits(concurrency=20, rpm=1200))
    served = dict.fromkeys(range(200), 0)
    for _ in range(120):
        for worker in served:
            scene.later(1 / 200)
            grant = scene.report(str(worker), wanted=5)
            served[worker] += bool(grant.concurrency and grant.requests)
    assert min(served.values()) > 0


def test_slots_never_exceed_the_limit() -> None:
    """What all workers hold together is never more than the concurrency of the run."""
    scene = Scene(Limits(concurrency=50))
    chance = random.Random(3)
    held: dict[str, int] = {}
    for _ in range(3000):
        scene.later(chance.uniform(0, 0.02))
        worker = str(chance.randrange(30))
        in_flight = chance.randint(0, held.get(worker, 0))
        held[worker] = 0
        grant = scene.report(worker, wanted=chance.choice([0, 9]), in_flight=in_flight)
        held[worker] = max(grant.concurrency, in_flight)
        assert sum(held.values()) <= 50


def test_report_that_arrives_twice_is_counted_once() -> None:
    """A repeated report changes nothing, and gets the same grant for what is left of its time."""
    scene = Scene(Limits(concurrency=8), Caps(tokens=1000))
    spent = Spent(worker="a", number=1, tokens=400, done=1, wanted=1)
    first = scene.coordinator.renew(spent)
    scene.later(0.25)
    again = scene.coordinator.renew(spent)
    assert again.seconds == pytest.approx(first.seconds - 0.25)
    assert again.total_tokens == first.total_tokens
    scene.later()
    assert scene.coordinator.renew(spent).seconds == 0
    scene.coordinator.renew(Spent(worker="a", number=2, tokens=599))
    assert scene.coordinator.stopped is None


def test_reports_without_a_number_are_all_counted() -> None:
    """Reports that are not numbered are counted each time."""
    scene = Scene(Limits(), Caps(tokens=100))
    for _ in range(2):
        scene.coordinator.renew(Spent(worker="a", tokens=50))
    assert scene.coordinator.stopped is not None


def test_unused_requests_return() -> None:
    """What one worker did not send, another may."""
    scene = Scene(Limits(concurrency=9, rpm=60))
    assert [scene.report(worker, wanted=1).requests for worker in "abc"] == [1, 1, 0]
    scene.report("a")
    scene.later(0.2)
    assert scene.report("c", wanted=1).requests == 1


def test_correction_returns_tokens() -> None:
    """Tokens that were reserved and not used may be used by the next rows."""
    scene = Scene(Limits(tpm=1000))
    first = scene.report(wanted=1, need=900)
    assert first.tokens == 900
    scene.later()
    assert scene.report(wanted=1, need=900, reserved=900, sent=1, in_flight=1).tokens == 0
    scene.later()
    grant = scene.report(wanted=1, need=900, corrected=((first.at, -890),))
    assert grant.tokens == 900


def test_more_tokens_than_reserved_are_paid_back() -> None:
    """Tokens that were used beyond the reservation delay the next rows."""
    scene = Scene(Limits(tpm=1000))
    first = scene.report(wanted=1, need=10)
    scene.later()
    assert scene.report(wanted=1, need=10, corrected=((first.at, 900),)).tokens == 0


def test_large_row_is_not_overtaken_for_ever() -> None:
    """While a large row waits for the bucket to hold enough, small ones do not empty it."""
    scene = Scene(Limits(concurrency=99, tpm=6000))
    large = []
    for _ in range(130):
        for worker in "abcd":
            scene.later(0.25)
            scene.report(worker, wanted=9, need=10, sent=1, reserved=10)
        large.append(scene.report("large", wanted=1, need=5000).tokens)
    assert large[0] == 0
    assert any(large)


def test_turn_of_a_worker_that_is_gone_passes() -> None:
    """A bucket is not kept for ever for a worker that comes back no more."""
    scene = Scene(Limits(concurrency=99, tpm=6000))
    scene.report("a", wanted=1, need=100)
    scene.report("gone", wanted=1, need=5000)
    scene.later()
    assert not scene.report("a", wanted=1, need=100, reserved=100, sent=1).tokens
    scene.later(3)
    assert scene.report("a", wanted=1, need=100).tokens


def test_tokens_are_not_kept_from_others_without_a_request() -> None:
    """A worker that gets no request gets no tokens either."""
    scene = Scene(Limits(concurrency=99, rpm=1, tpm=60_000))
    first = scene.report("a", wanted=1, need=10)
    assert (first.requests, bool(first.tokens)) == (1, True)
    second = scene.report("b", wanted=1, need=10)
    assert (second.requests, second.tokens) == (0, 0)


def test_retry_after_pauses_everybody() -> None:
    """After a refusal nobody sends before the time that the service asked for."""
    scene = Scene(Limits(concurrency=8))
    scene.report("b", wanted=1)
    scene.report("a", slowed=1, retry_after=20.0)
    grant = scene.report("b", wanted=1)
    assert grant.pause >= 20
    assert grant.concurrency == 0
    assert scene.coordinator.pause == 20


def test_workers_come_back_at_different_times() -> None:
    """After a pause not all workers send in the same instant, and none before its end."""
    scene = Scene(Limits(concurrency=800))
    scene.report("a", slowed=1, retry_after=5.0)
    pauses = [scene.report(str(number), wanted=1).pause for number in range(50)]
    assert min(pauses) >= 5
    assert max(pauses) - min(pauses) > 0.5


def test_shorter_wait_does_not_end_a_longer_one() -> None:
    """A second refusal that asks for less leaves the pause as long as it was."""
    scene = Scene(Limits())
    scene.report(slowed=1, retry_after=20.0)
    scene.report(slowed=1, retry_after=1.0)
    assert scene.coordinator.pause == 20


@pytest.mark.parametrize("retry_after", [0.0, -5.0, math.nan, -math.inf])
def test_wait_that_is_no_time_counts_as_none(retry_after: float) -> None:
    """A refusal that asks for no time that can be waited pauses nobody, and stops nothing."""
    scene = Scene(Limits())
    scene.report(slowed=1, retry_after=retry_after)
    assert scene.coordinator.pause == 0
    assert scene.coordinator.stopped is None


@pytest.mark.parametrize("retry_after", [LONGEST_WAIT + 1, 1e9, math.inf])
def test_endless_wait_stops_the_run(retry_after: float) -> None:
    """A service that asks for more than an hour ends the run with a sentence that says so."""
    scene = Scene(Limits())
    stop = scene.report(slowed=1, retry_after=retry_after).stop
    assert stop is not None
    assert stop.kind == "wait"
    assert "asks to wait" in stop.message
    assert scene.coordinator.pause <= LONGEST_WAIT


def test_longest_wait_is_waited_for() -> None:
    """A service that asks for an hour pauses the run, and does not stop it."""
    scene = Scene(Limits())
    assert scene.report(slowed=1, retry_after=LONGEST_WAIT).stop is None


def test_automatic_concurrency_halves_once_a_burst() -> None:
    """Refusals of requests that were sent before the limit was halved do not halve it again."""
    scene = Scene(Limits())
    start = scene.coordinator.concurrency
    for _ in range(5):
        scene.report("a", slowed=9, cuts=0)
        scene.report("b", slowed=9, cuts=0)
    assert scene.coordinator.concurrency == start // 2
    scene.report("a", slowed=1, cuts=1)
    assert scene.coordinator.concurrency == start // 4


def test_automatic_concurrency_never_falls_below_one() -> None:
    """However often the service refuses, one request at a time is tried."""
    scene = Scene(Limits())
    for cuts in range(20):
        scene.report(slowed=1, cuts=cuts)
    assert scene.coordinator.concurrency == 1


def test_automatic_concurrency_rises_by_one_in_a_clean_window() -> None:
    """As many answers as may be in flight raise the limit by one."""
    scene = Scene(Limits())
    start = scene.coordinator.concurrency
    scene.report(clean=start, in_flight=start, peak=start)
    assert scene.coordinator.concurrency == start + 1


def test_automatic_concurrency_rises_while_answers_are_slow() -> None:
    """A second with a few answers is a window too."""
    scene = Scene(Limits())
    start = scene.coordinator.concurrency
    scene.later(1.5)
    scene.report(clean=1, in_flight=start, peak=start)
    assert scene.coordinator.concurrency == start + 1


def test_unused_concurrency_does_not_rise() -> None:
    """A limit that is not used is not raised: nothing shows that the service bears more."""
    scene = Scene(Limits())
    start = scene.coordinator.concurrency
    scene.later(5)
    scene.report(clean=1000, in_flight=1, peak=1)
    assert scene.coordinator.concurrency == start


def test_automatic_concurrency_has_an_upper_bound() -> None:
    """The limit rises to 256 for each worker and no further, and stays there."""
    scene = Scene(Limits())
    for _ in range(50):
        scene.later()
        scene.report(clean=5000, in_flight=256, peak=256)
    assert scene.coordinator.concurrency == 256


def test_fixed_concurrency_stays() -> None:
    """A number that the user gave is neither raised nor halved, but it pauses."""
    scene = Scene(Limits(concurrency=10))
    scene.report(clean=100, in_flight=10, peak=10)
    scene.report(slowed=1, retry_after=3.0)
    assert scene.coordinator.concurrency == 10
    assert scene.coordinator.pause == 3


def test_silent_worker_loses_its_slots() -> None:
    """What a worker held that reports no more is lent to others after some seconds."""
    scene = Scene(Limits(concurrency=10))
    scene.report("gone", wanted=9)
    scene.report("gone", in_flight=10, peak=10, wanted=9)
    scene.later(SILENT / 2)
    assert scene.report("b", wanted=9).concurrency == 0
    scene.later(SILENT / 2 + 1)
    scene.report("b", wanted=9)
    scene.later(1)
    assert scene.report("b", wanted=9).concurrency == 10
    assert scene.coordinator.in_flight == 0


def test_worker_that_leaves_holds_nothing() -> None:
    """With its last report a worker gives everything back at once."""
    scene = Scene(Limits(concurrency=10), Caps(tokens=100))
    scene.report("a", wanted=9, need=100)
    assert scene.report("a", sent=1, tokens=10, peak=9, leaves=True).total_tokens == 0
    grant = scene.report("b", wanted=9, need=90)
    assert (grant.concurrency, grant.total_tokens) == (10, 90)


def test_what_is_in_flight_when_a_worker_leaves_counts_as_spent() -> None:
    """Attempts that nobody will report any more may have been paid."""
    scene = Scene(Limits(concurrency=10), Caps(tokens=100))
    scene.report("a", wanted=9, need=100)
    scene.report("a", sent=1, in_flight=1, unsettled=100, leaves=True)
    assert scene.report("b", wanted=9, need=90).stop is not None


def test_lost_worker_loses_its_slots_at_once() -> None:
    """What a worker held that died is lent to others with their next report."""
    scene = Scene(Limits(concurrency=10))
    scene.report("gone", wanted=9)
    scene.coordinator.lost("gone")
    scene.coordinator.lost("never seen")
    assert scene.report("b", wanted=9).concurrency == 10


def test_worker_that_was_thought_lost_comes_back() -> None:
    """A late report is counted, and its worker takes part again."""
    scene = Scene(Limits(concurrency=10), Caps(tokens=100))
    scene.report("late", wanted=9)
    scene.coordinator.lost("late")
    grant = scene.report("late", tokens=60, wanted=9)
    assert grant.concurrency > 0
    assert grant.total_tokens == 20


@pytest.mark.parametrize(
    ("caps", "spent", "kind"),
    [
        (Caps(cost_usd=Decimal(1)), {"cost": Decimal(1)}, "cost"),
        (Caps(tokens=500), {"tokens": 500}, "tokens"),
        (Caps(errors=3), {"failed": 4}, "errors"),
        (Caps(errors="5%"), {"failed": 10, "done": 90}, "errors"),
        (Caps(errors="5%"), {"failed": 6}, "errors"),
    ],
)
def test_reached_cap_stops_the_run(caps: Caps, spent: dict[str, Any], kind: str) -> None:
    """The stop says which cap was reached."""
    scene = Scene(Limits(), caps)
    stop = scene.report(**spent).stop
    assert stop is not None
    assert stop.kind == kind
    assert stop.message[-1] != "."
    assert stop.hint[-1] == "."
    assert scene.coordinator.stopped is stop
    assert scene.report("b", wanted=1).concurrency == 0


@pytest.mark.parametrize(
    ("caps", "spent"),
    [
        (Caps(cost_usd=Decimal(1)), {"cost": Decimal("0.99")}),
        (Caps(tokens=500), {"tokens": 499}),
        (Caps(errors=3), {"failed": 3}),
        (Caps(errors="5%"), {"failed": 5}),
        (Caps(errors="5%"), {"failed": 5, "done": 95}),
    ],
)
def test_run_goes_on_below_its_caps(caps: Caps, spent: dict[str, Any]) -> None:
    """A cap that is not reached stops nothing; a share is not judged by a few rows."""
    assert Scene(Limits(), caps).report(**spent).stop is None


def test_resumed_run_counts_what_was_spent_before() -> None:
    """A run that had used up its cap sends nothing when it is resumed."""
    before = Spent(worker="", tokens=500, done=9)
    assert Scene(Limits(), Caps(tokens=500), before=before).coordinator.stopped is not None
    before = Spent(worker="", cost=Decimal(2), failed=9)
    assert Scene(Limits(), Caps(errors=8), before=before).coordinator.stopped is not None


def test_budget_of_a_lost_worker_counts_as_spent() -> None:
    """What a worker that is gone may have spent is not lent again, and the stop says so."""
    scene = Scene(Limits(concurrency=9), Caps(tokens=100, cost_usd=Decimal(9)))
    scene.report("gone", wanted=9, need=100)
    scene.coordinator.lost("gone")
    stop = scene.report("b", wanted=9, need=1).stop
    assert stop is not None
    assert "has used 0 of 100 tokens, and lost workers up to 100" in stop.message


def test_first_reason_to_stop_stays() -> None:
    """What stopped the run first is what the user learns."""
    scene = Scene(Limits())
    scene.coordinator.stop(Stop("cancelled", "you stopped it"))
    scene.coordinator.stop(Stop("error", "something else"))
    assert scene.report().stop == Stop("cancelled", "you stopped it")


def test_budget_is_lent_only_once() -> None:
    """What all workers may spend together is never more than what is left."""
    scene = Scene(Limits(concurrency=200), Caps(cost_usd=Decimal(1)))
    chance = random.Random(5)
    lent: dict[str, Decimal] = {}
    total = Decimal(0)
    for _ in range(3000):
        scene.later(chance.uniform(0, 0.1))
        worker = str(chance.randrange(20))
        rows = min(chance.randint(0, 2), int(lent.get(worker, Decimal(0)) / ONE_CENT))
        total += rows * ONE_CENT
        grant = scene.report(worker, cost=rows * ONE_CENT, done=rows, wanted=9)
        assert grant.cost is not None
        lent[worker] = grant.cost
        assert total + sum(lent.values()) <= 1
    assert total > Decimal("0.9")


def test_budget_holds_back_what_is_in_flight() -> None:
    """Attempts in flight, whose cost is not known yet, are not lent to another worker."""
    budget = Budget(Decimal(10), Decimal(0))
    budget.count(Decimal(2), 2)
    _, held = budget.lend(Decimal(0), 0.0, 5 * budget.mean, budget.mean)
    assert held == 5
    lent, _ = budget.lend(Decimal(0), 1.0, Decimal(0), budget.mean)
    assert lent <= 3
