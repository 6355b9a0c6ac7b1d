"""Random worlds for the router and its model."""

import itertools
from dataclasses import replace
from math import sqrt

from hypothesis import strategies as st

from ._router_scenes import GONE, MOVES_ON, STAYS, Call, Fake, Outcome, Round, World

NAMES = ("one", "two", "three", "four")
ALL = frozenset({"streaming", "tools"})
NEEDS = st.sets(st.sampled_from(["streaming", "tools"])).map(frozenset)
SECONDS = st.sampled_from([0, 0, 1, 2, 5, 20, 45, 100])
OUTCOMES = st.builds(
    Outcome,
    kind=st.sampled_from(["answers"] * 6 + ["is silent", GONE, GONE, *MOVES_ON, *STAYS]),
    after=SECONDS,
    retry_after=st.sampled_from([None, None, 3, 50, 1000]),
    breaks=st.booleans(),
    rest=SECONDS,
)


@st.composite
def fakes(draw, name):
    """A provider."""
    local, is_near = draw(st.sampled_from([(False, False), (True, True), (True, False)]))
    # Where a provider is, is known once it was built: not if it is skipped before.
    is_plain = local and not is_near
    return Fake(
        name,
        tuple(draw(st.lists(OUTCOMES, min_size=1, max_size=6))),
        can=ALL if is_plain else draw(st.just(ALL) | NEEDS),
        local=local,
        is_near=is_near,
        obeys=draw(st.booleans()),
        credential=not local and draw(st.booleans()),
    )


@st.composite
def calls(draw, names):
    """A call; half of them name nobody."""
    return Call(
        at=draw(SECONDS),
        needs=draw(st.just(frozenset()) | NEEDS),
        provider=draw(st.sampled_from([*[None] * len(names), *names])),
        model=draw(st.sampled_from([None, None, "named"])),
        task=draw(st.sampled_from(["agent", "coding"])),
        timeout=draw(st.sampled_from([None, 4, 30, 300])),
        cancelled_after=draw(st.sampled_from([None, None, None, 1, 10, 60])),
    )


@st.composite
def worlds(draw):
    """A chain of up to four providers, and up to five rounds of calls."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    chain = tuple(draw(fakes(name)) for name in names)
    rounds = st.builds(
        Round,
        calls=st.lists(calls(names), min_size=1, max_size=5).map(tuple),
        pause=st.sampled_from([0, 3, 31, 70, 400]),
        credentials=st.sets(st.sampled_from(names)).map(frozenset),
        variables=st.tuples(st.sampled_from([None, None, *names]), st.sampled_from([None, "set"])),
    )
    played = draw(st.lists(rounds, min_size=1, max_size=5))
    return apart(
        World(chain, tuple(played), local_only=draw(st.sampled_from([False] * 4 + [True])))
    )


def apart(world):
    """Return the world with times of which no two, nor any sums of them, are the same.

    What happens in one moment may happen in any order.
    """
    primes = (n for n in itertools.count(2) if all(n % k for k in range(2, n)))

    def moved(seconds):
        return seconds and seconds + sqrt(next(primes)) / 1000

    def moved_outcome(outcome):
        return replace(outcome, after=moved(outcome.after), rest=moved(outcome.rest))

    def moved_call(call):
        return replace(
            call,
            at=call.at + moved(0.001),
            timeout=moved(call.timeout),
            cancelled_after=moved(call.cancelled_after),
        )

    return replace(
        world,
        chain=tuple(
            replace(fake, script=tuple(map(moved_outcome, fake.script))) for fake in world.chain
        ),
        rounds=tuple(
            replace(each, calls=tuple(map(moved_call, each.calls))) for each in world.rounds
        ),
    )
