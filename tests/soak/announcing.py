"""Whether every fallback was announced, and every departure from the user's own machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from .facts import Outcome
from .stations import LOCAL


def unannounced(
    outcomes: Iterable[Outcome], fallbacks: Mapping[int, Sequence[str]]
) -> Iterator[str]:
    """Yield a sentence for each provider that was asked without a word.

    Args:
        outcomes: what came back.
        fallbacks: by number of the question, the providers to which an observer heard the router
            go on.
    """
    for outcome in outcomes:
        for problem in _of_call(outcome, fallbacks.get(outcome.call, ())):
            yield f"question {outcome.call}: {problem}"


def _of_call(outcome: Outcome, heard: Sequence[str]) -> Iterator[str]:
    asked = [each["provider"] for each in outcome.attempts if each["outcome"] != "skipped"]
    for before, after in pairwise(asked):
        if after not in heard:
            yield f"{after} was asked because {before} had failed, and no observer heard of it"
    considered = [each["provider"] for each in outcome.attempts]
    has_answer = bool(asked) and asked[-1] == outcome.provider
    if has_answer and LOCAL in considered[:-1] and not _is_warned_of(outcome):
        yield f"{outcome.provider} answered in place of {LOCAL}, and no warning says so"


def _is_warned_of(outcome: Outcome) -> bool:
    return any(LOCAL in warning and outcome.provider in warning for warning in outcome.warnings)
