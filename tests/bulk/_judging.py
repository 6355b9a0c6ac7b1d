"""Judges a run that was killed, by what the service counted and what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Moment:
    """A moment at which nothing was under way, right after a kill or at the end.

    Attributes:
        durable: the rows with a result in a journal.
        received: how often the service had received each row.
    """

    durable: frozenset[str]
    received: Mapping[str, int]


@dataclass(frozen=True)
class Kill:
    """What came of a kill until the next moment.

    Attributes:
        what: what was killed.
        again: the rows that were sent again.
        paid: those among them whose answers were durable.
    """

    what: str
    again: frozenset[str]
    paid: frozenset[str]


def kill_between(what: str, before: Moment, after: Moment) -> Kill:
    """Return what came of a kill between two moments."""
    times = before.received.items()
    again = frozenset(row for row, number in times if after.received[row] > number)
    return Kill(what, again, again & before.durable)


@dataclass(frozen=True)
class Ended:
    """A run that was killed and resumed until it ended.

    Attributes:
        rows: how many rows the input has; the row of number 7 has the id ``r7``, and the service
            knows it as ``7``.
        at_once: how many may be in flight at once.
        kills: the kills in their order.
        received: how often the service received each row in the end.
        answers: the lines of the output.
        report: the run's report.
        pays_once: whether no row may be sent twice (``--on-unknown skip``).
    """

    rows: int
    at_once: int
    kills: Sequence[Kill]
    received: Mapping[str, int]
    answers: Sequence[Mapping[str, Any]]
    report: Mapping[str, Any]
    pays_once: bool = False


def violations(ended: Ended) -> list[str]:
    """Return what of the contract of resume does not hold."""
    return [*_of_rows(ended), *_of_kills(ended), *_of_report(ended)]


def sent_twice(ended: Ended) -> set[str]:
    """Return the rows that the service received more than once."""
    return {row for row, times in ended.received.items() if times > 1}


def _of_rows(ended: Ended) -> Iterator[str]:
    got = [answer["index"] for answer in ended.answers]
    if got != list(range(ended.rows)):
        yield f"the output has {len(got)} rows of {ended.rows}, or not each once and in order"
    for answer in ended.answers:
        row = str(answer["index"])
        if answer["id"] != f"r{row}":
            yield f"row {row} has the id {answer['id']!r}"
        if answer["error"] is None and f"[row {row}]" not in (answer["text"] or ""):
            yield f"row {row} has the answer of another: {answer['text']!r}"
        if answer["error"] is None and not ended.received.get(row):
            yield f"row {row} has an answer, but was never sent"
        if answer["error"] is not None and not ended.pays_once:
            yield f"row {row} failed: {answer['error']}"
        if answer["attempts"] < ended.received.get(row, 0):
            yield f"row {row} tells {answer['attempts']} attempts, but came more often"


def _of_kills(ended: Ended) -> Iterator[str]:
    for number, kill in enumerate(ended.kills, 1):
        name = f"after kill {number} ({kill.what})"
        if kill.paid:
            yield f"{name} rows whose answers were durable were sent again: {sorted(kill.paid)}"
        if len(kill.again) > ended.at_once:
            yield f"{name} {len(kill.again)} rows were sent again, more than were in flight"
    if ended.pays_once and (twice := sent_twice(ended)):
        yield f"rows were sent twice with --on-unknown skip: {sorted(twice)}"


def _of_report(ended: Ended) -> Iterator[str]:
    report = ended.report
    failed = sum(answer["error"] is not None for answer in ended.answers)
    if report["rows"] != ended.rows or report["done"] != ended.rows - failed:
        yield f"the report tells {report['done']} done of {report['rows']}"
    if report["failed"] + report["unknown"] != failed:
        yield f"the report tells {report['failed']} failed and {report['unknown']} unknown"
    named = set(report["sent_twice"])
    if unnamed := {row for row in sent_twice(ended) if f"r{row}" not in named}:
        yield f"rows were sent twice, but the report does not name them: {sorted(unnamed)}"
    if len(named) > ended.at_once * len(ended.kills):
        yield f"the report names {len(named)} rows as sent twice, more than were in flight"
