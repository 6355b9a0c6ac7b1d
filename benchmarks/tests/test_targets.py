"""Which promises a run is judged by."""

import pytest

from benchmarks.contenders import COUNTED, FAST, HUB, OPENAI, OURS, RAW, ROUTED, ROUTED_OBSERVED
from benchmarks.results import (
    CALL,
    CALL_AT_ONCE,
    CALL_MANY,
    CALL_ROUTED,
    CHUNK,
    JOINED_CHUNK,
    Results,
)
from benchmarks.targets import verdicts
from benchmarks.tasks import Cost

MIB = 1024 * 1024


@pytest.fixture
def results():
    """Every promise is kept, and none with room to spare."""
    chunks = {RAW: [Cost(100, 100)], OURS: [Cost(115, 115)], OPENAI: [Cost(460, 460)]}
    joined = {RAW: [Cost(100, 100)], OURS: [Cost(100, 100)], HUB: [Cost(400, 400)]}
    return Results(
        costs={
            CALL: {RAW: [Cost(100, 100)], OURS: [Cost(105, 105)]},
            CALL_AT_ONCE: {
                RAW: [Cost(100, 100)],
                OURS: [Cost(30, 30)],
                FAST: [Cost(15, 15)],
            },
            CALL_MANY: {OURS: [Cost(45, 45)]},
            CALL_ROUTED: {
                OURS: [Cost(100, 100)],
                ROUTED: [Cost(110, 110)],
                ROUTED_OBSERVED: [Cost(200, 200)],
                COUNTED: [Cost(104, 104)],
            },
            CHUNK: dict(chunks),
            JOINED_CHUNK: joined,
        },
        starts={RAW: [{"peak_bytes": 30 * MIB}], OURS: [{"peak_bytes": 39 * MIB}]},
        streams={OURS: {"text_bytes": MIB, "added_bytes": 2 * MIB}},
        calls={OURS: {"grown_bytes": MIB, "leaked_bytes_a_call": 8.0}},
    )


def _missed(results):
    return [verdict.promise for verdict in verdicts(results, "chat") if not verdict.kept]


def test_limits_themselves_are_within(results):
    """A figure that is just at its limit keeps the promise."""
    assert _missed(results) == []


@pytest.mark.parametrize(
    ("measure", "cpu", "most"),
    [(CALL, 106, 1.05), (CHUNK, 116, 1.15), (JOINED_CHUNK, 101, 1.0), (CALL_AT_ONCE, 31, 0.3)],
)
def test_more_than_raw_httpx_is_missed(results, measure, cpu, most):
    """A call or chunk that costs too much processor time is named."""
    results.costs[measure] = results.costs[measure] | {OURS: [Cost(cpu, 1)]}

    assert f"{measure}: at most {most:.2f} x raw httpx" in _missed(results)


def test_more_with_aiohttp_than_its_share_is_missed(results):
    """What is installed for speed is held to more."""
    results.costs[CALL_AT_ONCE] = results.costs[CALL_AT_ONCE] | {FAST: [Cost(16, 16)]}

    assert _missed(results) == [f"{CALL_AT_ONCE} with aiohttp: at most 0.15 x raw httpx"]


def test_wall_time_decides_nothing(results):
    """On loopback the service shares the machine."""
    results.costs[CALL] = results.costs[CALL] | {OURS: [Cost(100, 900)]}

    assert _missed(results) == []


def test_many_calls_at_once_that_cost_more_than_few_are_missed(results):
    """The cost of a call must not grow with their number."""
    results.costs[CALL_MANY] = {OURS: [Cost(46, 46)]}

    assert [promise.startswith(CALL_MANY) for promise in _missed(results)] == [True]


def test_routing_that_costs_too_much_is_missed(results):
    """A routed call is compared with the plain one of the same round."""
    results.costs[CALL_ROUTED][ROUTED] = [Cost(111, 100)]

    assert _missed(results) == ["a routed call: at most 1.10 x a plain one"]


def test_what_an_observer_and_a_counter_cost_is_told(results):
    """Both figures stand beside that of the promise, and decide nothing."""
    (found,) = (each for each in verdicts(results, "chat") if "routed" in each.promise)

    assert found.figure == "CPU 1.10 x (routed and observed 2.00 x, plain and counted 1.04 x)"


def test_a_client_that_is_not_costly_enough_is_missed(results):
    """Being cheaper than another client, but not by enough, is named."""
    results.costs[CHUNK][OPENAI] = [Cost(450, 460)]

    assert _missed(results) == [f"{CHUNK}: at least 4 x cheaper than openai"]


def test_the_median_of_the_rounds_counts(results):
    """One slow round does not decide."""
    costs = {RAW: [Cost(100, 100)] * 3, OURS: [Cost(100, 100), Cost(900, 900), Cost(104, 104)]}
    results.costs = {CALL: costs}

    assert _missed(results) == []


def test_rounds_are_compared_with_themselves(results):
    """A round in which the whole machine is slow makes nobody worse."""
    costs = {RAW: [Cost(100, 100), Cost(500, 500)], OURS: [Cost(104, 104), Cost(520, 520)]}
    results.costs = {CALL: costs}

    assert _missed(results) == []


@pytest.mark.parametrize(
    ("part", "answer", "promise"),
    [
        ("starts", [{"peak_bytes": 40 * MIB}], "peak memory after the first call"),
        ("streams", {"text_bytes": MIB, "added_bytes": 2.1 * MIB}, "a stream of 200,000 chunks"),
        ("calls", {"grown_bytes": 2 * MIB, "leaked_bytes_a_call": 0.0}, "10,000 calls"),
        ("calls", {"grown_bytes": 0, "leaked_bytes_a_call": 100.0}, "10,000 calls"),
    ],
)
def test_memory_that_grows_is_missed(results, part, answer, promise):
    """Each of the promises about memory is judged by itself."""
    getattr(results, part)[OURS] = answer

    assert [found.startswith(promise) for found in _missed(results)] == [True]


def test_a_contender_that_was_left_out_is_not_judged(results):
    """Without a peer in the run there is no verdict about it."""
    results.costs = {CHUNK: {OURS: [Cost(1, 1)], OPENAI: [Cost(5, 5)]}}
    results.starts, results.streams, results.calls = {}, {}, {}

    assert [verdict.promise for verdict in verdicts(results, "chat")] == [
        f"{CHUNK}: at least 4 x cheaper than openai"
    ]
