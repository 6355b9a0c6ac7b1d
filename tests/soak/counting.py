"""Whether the counter of usage counted every attempt once, and what was reported of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from provider_sdk import UsageRow

from .facts import Counted, Outcome


def miscounts(
    outcomes: Iterable[Outcome],
    counted: Sequence[Counted],
    announced: Mapping[int, Sequence[str]],
    rows: Iterable[UsageRow],
) -> Iterator[str]:
    """Yield a sentence for everything that was not counted as it should have been.

    Args:
        outcomes: what came back.
        counted: what was counted for each attempt.
        announced: by number of the question, the providers that were asked.
        rows: the sums of the counter, by provider.
    """
    by_call: dict[int, list[Counted]] = defaultdict(list)
    for each in counted:
        by_call[each.call].append(each)
    for outcome in outcomes:
        yield from (
            f"question {outcome.call}: {problem}"
            for problem in _of_call(outcome, by_call[outcome.call], announced.get(outcome.call, ()))
        )
    yield from _of_sums(counted, rows)


def _of_call(
    outcome: Outcome, counted: Sequence[Counted], announced: Sequence[str]
) -> Iterator[str]:
    asked, counts = Counter(announced), Counter(each.provider for each in counted)
    if asked != counts:
        yield f"asked were {dict(asked)}, but counted were {dict(counts)}"
    whole = [(c.provider, c.source, c.prompt, c.completion) for c in counted if not c.failed]
    expected = []
    if outcome.ending == "answered":
        read, written, _ = outcome.usage or (None, None, None)
        expected = [(outcome.provider, "reported", read, written)]
    if whole != expected:
        yield f"counted as whole answers were {whole}, but {expected} came back"


def _of_sums(counted: Iterable[Counted], rows: Iterable[UsageRow]) -> Iterator[str]:
    expected: Counter[tuple[str, str, str]] = Counter()
    for each in counted:
        figures = (1, int(each.failed), each.prompt or 0, each.completion or 0)
        for name, figure in zip(_FIGURES, figures, strict=True):
            expected[each.provider, each.source, name] += figure
    found = Counter(
        {(r.provider, r.source, name): getattr(r, name) or 0 for r in rows for name in _FIGURES}
    )
    for key in sorted(expected.keys() | found.keys()):
        if expected[key] != found[key]:
            yield f"the counter sums {' '.join(key)} to {found[key]}, which are {expected[key]}"


_FIGURES = ("calls", "failed", "prompt_tokens", "completion_tokens")
