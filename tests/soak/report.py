"""The table that a soak prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .facts import Outcome
from .judging import in_vain
from .run import Result, Soak
from .stations import NAMES

_SHOWN = 40


def lines(soak: Soak, result: Result) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"SEED={soak.seed}  {soak.calls} calls, {soak.at_once} at once, {result.seconds:.0f} s"
    yield ""
    yield from _upstreams(result)
    yield ""
    yield from _endings(result)
    yield ""
    yield from _faults(result)
    yield ""
    yield from _stages(result)
    yield ""
    yield from _verdict(result)


def _upstreams(result: Result) -> Iterator[str]:
    heads = ("requests", "failed", "answers", "served", "reported", "in vain")
    yield f"{'upstream':14}" + "".join(f"{head:>14}" for head in heads)
    got = {each.text: each for each in result.outcomes if each.ending == "answered"}
    vain = in_vain(result.served, result.outcomes)
    for name, members in {**{name: {name} for name in NAMES}, "all": set(NAMES)}.items():
        served = [each for each in result.served if each.upstream in members]
        answers = [each for each in served if each.text in got]
        figures = (
            len(served),
            f"{sum(bool(each.fault) for each in served) / max(len(served), 1):.0%}",
            len(answers),
            sum(each.prompt + each.completion for each in answers),
            sum(_total(got[each.text]) for each in answers),
            sum(each.prompt + each.completion for each in vain if each.upstream in members),
        )
        yield f"{name:14}" + "".join(f"{figure:>14}" for figure in figures)
    yield "failed: of the requests, so retries of what goes on failing count again"
    yield "served, reported: tokens; in vain: of answers whose caller had left, or that came late"


def _total(outcome: Outcome) -> int:
    read, written, _ = outcome.usage or (0, 0, 0)
    return (read or 0) + (written or 0)


def _endings(result: Result) -> Iterator[str]:
    endings = Counter(each.ending for each in result.outcomes)
    yield "calls:    " + ", ".join(f"{n} {ending}" for ending, n in endings.most_common())
    fell_back = Counter(
        sum(attempt["outcome"] == "failed" for attempt in each.attempts)
        for each in result.outcomes
        if each.ending == "answered"
    )
    yield "answered: " + ", ".join(f"{n} after {k} failed" for k, n in sorted(fell_back.items()))
    errors = Counter(each.error for each in result.outcomes if each.error)
    yield "errors:   " + ", ".join(f"{n} {error}" for error, n in errors.most_common())


def _faults(result: Result) -> Iterator[str]:
    faults = Counter(each.fault for each in result.served if each.fault)
    yield "faults:   " + ", ".join(f"{n} {fault}" for fault, n in sorted(faults.items()))


def _stages(result: Result) -> Iterator[str]:
    heads = ("descriptors", "tasks", "threads", "blocks", "MiB")
    yield f"{'held':14}" + "".join(f"{head:>14}" for head in heads)
    for when, held in zip(("before", "a quarter", "all", "closed"), result.stages, strict=True):
        mib = f"{held.resident / 1024 / 1024:.1f}"
        figures = (held.descriptors, held.tasks, held.threads, held.blocks, mib)
        yield f"{when:14}" + "".join(f"{figure:>14}" for figure in figures)
    yield f"connections open at the upstreams: {sum(result.connections.values())}"


def _verdict(result: Result) -> Iterator[str]:
    found = result.violations
    if not found:
        yield "nothing is violated"
        return
    yield f"VIOLATED, {len(found)} times:"
    yield from (f"  {problem}" for problem in found[:_SHOWN])
    if len(found) > _SHOWN:
        yield f"  … and {len(found) - _SHOWN} more"
