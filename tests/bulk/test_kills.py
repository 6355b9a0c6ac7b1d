"""A run that is killed with SIGKILL at random instants keeps the contract of resume.

The seed of a red run is in its message; ``python -m tests.bulk.kills --seed SEED`` repeats it.
"""

import random

import pytest
from provider_conformance.traffic import Traffic, parse_latency

from tests.bulk._batch import Batch
from tests.bulk._judging import sent_twice, violations
from tests.bulk._killing import Killer
from tests.bulk._service import CountingService

AT_ONCE = 64


@pytest.fixture
def killed(tmp_path):
    """Return a function that runs and kills, and returns what came of it."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")

    def run(kills, rows, *options, parts=("parent",)):
        with CountingService(Traffic(latency=parse_latency("10ms"))) as service:
            words = ["--concurrency", str(AT_ONCE), *options]
            batch = Batch(tmp_path, service.environment, words)
            batch.write_rows(rows)
            killer = Killer(batch, service, rows, AT_ONCE, random.Random(seed), parts)
            return killer.run(kills)

    return run


def test_twenty_kills_lose_and_double_nothing(killed):
    """After twenty kills each row is there once, and only rows in flight were sent twice."""
    ended = killed(20, 5_000)
    assert violations(ended) == []
    assert len(ended.kills) >= 10
    assert sent_twice(ended)


def test_rows_in_doubt_are_skipped_when_told_so(killed):
    """With ``--on-unknown skip`` no row is ever paid twice, and those in doubt are named."""
    ended = killed(5, 2_000, "--on-unknown", "skip")
    assert violations(ended) == []
    assert ended.report["unknown"] > 0


def test_parent_and_children_may_be_killed(killed):
    """With two processes the parent, a child or both may be killed, and the contract holds."""
    ended = killed(8, 3_000, "--processes", "2", parts=("parent", "child", "both"))
    assert violations(ended) == []
    assert len(ended.kills) >= 4
