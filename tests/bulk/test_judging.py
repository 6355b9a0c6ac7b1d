"""The judge sees each way in which a killed run could have broken its contract."""

import dataclasses
from collections import Counter

import pytest

from tests.bulk._judging import Ended, Kill, Moment, kill_between, violations


def answer(row, **changes):
    """Return a line of the output."""
    return {
        "id": f"r{row}",
        "index": row,
        "text": f"The scripted service heard: [row {row}] Hello",
        "attempts": 1,
        "error": None,
        **changes,
    }


def report(**changes):
    """Return a report."""
    return {"rows": 3, "done": 3, "failed": 0, "unknown": 0, "sent_twice": ["r1"], **changes}


WHOLE = Ended(
    rows=3,
    at_once=2,
    kills=[Kill("parent", again=frozenset("1"), paid=frozenset())],
    received={"0": 1, "1": 2, "2": 1},
    answers=[answer(0), answer(1, attempts=2), answer(2)],
    report=report(),
)
FAILED = {"type": "ProviderError", "message": "no", "status": None, "request_id": None}


def test_whole_run_has_no_violation():
    """A run whose row in flight was sent twice and named kept the contract."""
    assert violations(WHOLE) == []


BROKEN = {
    "a row is lost": ({"answers": [answer(0), answer(2)]}, "2 rows of 3"),
    "a row is doubled": (
        {"answers": [answer(0), answer(1, attempts=2), answer(1, attempts=2), answer(2)]},
        "4 rows of 3",
    ),
    "the order is another": (
        {"answers": [answer(1, attempts=2), answer(0), answer(2)]},
        "in order",
    ),
    "an id is another": (
        {"answers": [answer(0, id="x"), answer(1, attempts=2), answer(2)]},
        "has the id 'x'",
    ),
    "answers are swapped": (
        {"answers": [answer(0, text="[row 2]"), answer(1, attempts=2), answer(2)]},
        "row 0 has the answer of another",
    ),
    "an answer is invented": ({"received": {"0": 1, "1": 2, "2": 0}}, "never sent"),
    "a row failed": (
        {"answers": [answer(0), answer(1, attempts=2), answer(2, error=FAILED)]},
        "row 2 failed",
    ),
    "attempts are hidden": (
        {"answers": [answer(0), answer(1), answer(2)]},
        "row 1 tells 1 attempts",
    ),
    "a durable answer is paid again": (
        {"kills": [Kill("parent", again=frozenset("01"), paid=frozenset("0"))]},
        "whose answers were durable were sent again: ['0']",
    ),
    "more than in flight are sent again": (
        {"kills": [Kill("parent", again=frozenset("012"), paid=frozenset())]},
        "3 rows were sent again, more than were in flight",
    ),
    "a row is paid twice": ({"pays_once": True}, "sent twice with --on-unknown skip: ['1']"),
    "a row is not named": ({"report": report(sent_twice=[])}, "does not name them: ['1']"),
    "too many are named": (
        {"report": report(sent_twice=["r0", "r1", "r2"])},
        "names 3 rows as sent twice",
    ),
    "the report miscounts": ({"report": report(done=2)}, "2 done of 3"),
    "the report invents failures": ({"report": report(failed=1)}, "1 failed and 0 unknown"),
}


@pytest.mark.parametrize(("changes", "words"), BROKEN.values(), ids=BROKEN)
def test_broken_run_is_seen(changes, words):
    """Each way to break the contract is told."""
    assert any(words in told for told in violations(dataclasses.replace(WHOLE, **changes)))


def test_rows_sent_again_are_found_between_two_moments():
    """Of the rows that had come, those that came more often since were sent again."""
    before = Moment(frozenset("0"), Counter("012"))
    after = Moment(frozenset("01"), Counter("01122334"))
    assert kill_between("parent", before, after) == Kill(
        "parent", again=frozenset("12"), paid=frozenset()
    )
    assert kill_between("parent", before, Moment(frozenset("0"), Counter("0012"))).paid == {"0"}
