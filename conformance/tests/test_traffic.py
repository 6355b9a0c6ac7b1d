"""The traffic decides what becomes of a request, and counts it; no test waits."""

import argparse
import json
import random

import pytest
from provider_conformance.traffic import (
    Counts,
    Latency,
    RateLimits,
    Shares,
    Traffic,
    Window,
    parse_latency,
    parse_share,
    parse_window,
    row_of,
)


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        """Return the time."""
        return self.now


def test_row_is_named_by_its_last_marker():
    """What stands in the last marker is the row's name, whatever came before it."""
    body = json.dumps({"messages": [{"content": "[row 1]"}, {"content": "say [row b-2] again"}]})
    assert row_of(body.encode()) == "b-2"


@pytest.mark.parametrize("text", ["no marker", "[row ]", f"[row {'x' * 65}]", '[row "]'])
def test_row_without_a_marker_is_named_by_its_hash(text):
    """Without a usable marker the name is a hash: the same for one body, another for others."""
    body = json.dumps({"content": text}).encode()
    assert row_of(body) == row_of(bytes(body)) != row_of(body + b" ")
    assert len(row_of(body)) == 16


def test_sliding_window_makes_room_as_requests_leave_it():
    """A request has room as soon as an older one is a window old, and is told when that is."""
    limits = RateLimits(requests=2, window=Window("sliding", 60))
    assert [limits.take(0, 1), limits.take(20, 1)] == [None, None]
    assert limits.take(30, 1) == 30
    assert limits.take(60, 1) is None
    assert limits.take(61, 1) == 19


def test_fixed_window_makes_room_at_its_end():
    """All room comes back at once when the window begins anew."""
    limits = RateLimits(requests=2, window=Window("fixed", 60))
    assert [limits.take(50, 1), limits.take(59, 1), limits.take(59, 1)] == [None, None, 1]
    assert [limits.take(60, 1), limits.take(61, 1), limits.take(61, 1)] == [None, None, 59]


def test_refused_requests_use_nothing():
    """Only requests that were taken count against the limit."""
    limits = RateLimits(requests=1, window=Window("sliding", 60))
    assert [limits.take(second, 1) is None for second in (0, 10, 59, 60)] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("form", ["sliding", "fixed"])
def test_tokens_are_limited_too(form):
    """Tokens of all requests in a window count together, and leave it with their request."""
    limits = RateLimits(tokens=100, window=Window(form, 60))
    assert [limits.take(0, 60), limits.take(1, 40)] == [None, None]
    assert limits.take(2, 1) == 58
    assert limits.take(60, 60) is None


def test_request_above_the_whole_limit_is_taken_alone():
    """A request that no window could hold is served when nothing else is counted."""
    limits = RateLimits(tokens=10, window=Window("sliding", 60))
    assert [limits.take(0, 50), limits.take(1, 1)] == [None, 59]


def test_shorter_window_allows_its_share_of_a_minute():
    """With 600 a minute, one second has room for ten."""
    limits = RateLimits(requests=600, window=parse_window("sliding:1s"))
    assert sum(limits.take(0.5, 0) is None for _ in range(20)) == 10


def test_latencies_follow_their_distribution():
    """Of a log-normal latency half is above the median, and a hundredth above its high value."""
    latency = parse_latency("lognormal:50ms:400ms")
    rng = random.Random(7)
    drawn = [latency.draw(rng) for _ in range(20_000)]
    assert 0.48 < sum(seconds > 0.05 for seconds in drawn) / len(drawn) < 0.52
    assert 0.007 < sum(seconds > 0.4 for seconds in drawn) / len(drawn) < 0.013


def test_tail_is_met_by_its_share():
    """With a tail of 2 %, that share takes so long, and the others what they took without it."""
    rng = random.Random(7)
    latency = parse_latency("50ms+2%:3s")
    drawn = [latency.draw(rng) for _ in range(20_000)]
    assert set(drawn) == {0.05, 3.0}
    assert 0.017 < drawn.count(3.0) / len(drawn) < 0.023


ODD_LATENCIES = """
50|50 ms|-1s|lognormal:50ms|lognormal:400ms:50ms|lognormal:0s:1s|50ms+|50ms+2%|50ms+2:3s|
50ms+101%:3s|50ms:60ms|nan s|1e3s
"""


@pytest.mark.parametrize("text", ["", *ODD_LATENCIES.replace("\n", "").split("|")])
def test_odd_latency_is_refused(text):
    """What is not a latency is a mistake in the call."""
    with pytest.raises(argparse.ArgumentTypeError):
        parse_latency(text)


@pytest.mark.parametrize("text", ["", "round", "fixed:", "fixed:0s", "sliding:60"])
def test_odd_window_is_refused(text):
    """What is not a window is a mistake in the call."""
    with pytest.raises(argparse.ArgumentTypeError):
        parse_window(text)


def test_faults_are_met_by_their_shares():
    """Each fault meets its share of the requests, and the rest meets none."""
    shares = Shares([("server", 0.02), ("reset", 0.01)])
    rng = random.Random(7)
    drawn = [shares.draw(rng) for _ in range(20_000)]
    assert 0.017 < drawn.count("server") / len(drawn) < 0.023
    assert 0.007 < drawn.count("reset") / len(drawn) < 0.013
    assert set(drawn) == {"server", "reset", None}


def test_fault_of_all_requests_spares_none():
    """A share of 100 % is every request."""
    assert Shares([("server", 1.0)]).draw(random.Random(1)) == "server"


def test_more_than_all_requests_is_refused():
    """Shares above 100 % together are an error."""
    with pytest.raises(ValueError, match="more than 100%"):
        Shares([("server", 0.6), ("reset", 0.5)])


def test_share_is_parsed():
    """A name may stand alone or with its share."""
    assert parse_share("server=2.5%") == ("server", 0.025)
    assert parse_share("server") == ("server", None)
    with pytest.raises(argparse.ArgumentTypeError):
        parse_share("server=2")


def test_refused_request_is_a_violation_and_not_answered():
    """A request above the limit is a violation, and is told when to come."""
    clock = Clock()
    traffic = Traffic(limits=RateLimits(requests=1), clock=clock)
    first, second = traffic.meet(b"[row a]"), traffic.meet(b"[row b]")
    assert (first.retry_after, second.retry_after) == (None, 60)
    traffic.leave(first, answered=True)
    traffic.leave(second, answered=False)
    counts = traffic.counts.to_dict()
    assert counts["violations"] == 1
    assert counts["rows"] == {
        "a": {"received": 1, "answered": 1},
        "b": {"received": 1, "answered": 0},
    }


def test_who_comes_before_the_wait_is_over_is_early():
    """After a refusal every request is early until the seconds that it asked for are over."""
    clock = Clock()
    traffic = Traffic(limits=RateLimits(requests=1), clock=clock)
    traffic.meet(b"a")
    traffic.meet(b"b")
    assert traffic.counts.early == 0
    clock.now += 59
    traffic.meet(b"c")
    assert traffic.counts.early == 1
    clock.now += 1
    traffic.meet(b"d")
    assert (traffic.counts.early, traffic.counts.violations) == (1, 2)


def test_what_is_not_answered_anyway_uses_no_limit():
    """A request that fails by itself meets neither limit nor fault, but is counted."""
    traffic = Traffic(
        limits=RateLimits(requests=1),
        faults=Shares([("server", 1.0)]),
        latency=Latency(0.05, 0.05),
    )
    verdict = traffic.meet(b"[row a]", would_answer=False)
    assert (verdict.fault, verdict.retry_after, verdict.delay) == (None, None, 0.05)
    assert traffic.meet(b"[row a]").fault == "server"
    assert traffic.counts.received == {"a": 2}
    assert traffic.counts.faults == {"server": 1}


def test_most_at_once_is_kept():
    """The most requests that were being answered at one time are remembered."""
    counts = Counts()
    for row in "abc":
        counts.begin(row)
    for row in "abc":
        counts.end(row, answered=True)
    counts.begin("d")
    assert (counts.at_once, counts.most_at_once) == (1, 3)


def test_one_seed_repeats_faults_and_latencies():
    """Two services with one seed do the same to the same requests."""

    def met(seed):
        traffic = Traffic(
            faults=Shares([("server", 0.3)]),
            latency=parse_latency("lognormal:50ms:400ms"),
            rng=random.Random(seed),
        )
        return [traffic.meet(b"x") for _ in range(50)]

    assert met(3) == met(3) != met(4)
