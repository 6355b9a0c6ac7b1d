"""What was promised, compared with what the upstreams served and what came back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .facts import Outcome, Served
from .faults import FAULTS
from .plan import Question
from .stations import ABSENT, KEYLESS, SILENT, WITHOUT_TOOLS, model_of

_WITHOUT_UPSTREAM = {ABSENT: "ProviderUnavailableError", SILENT: "ProviderTimeoutError"}
_SHORT_S = 2.0
"""With less time than this a provider may be late through no fault of its own: another one has
used most of the call's time, and the machine is busy with all the other calls."""


def violations(
    questions: Iterable[Question],
    served: Iterable[Served],
    outcomes: Iterable[Outcome],
    announced: Mapping[int, Sequence[str]],
) -> list[str]:
    """Return a sentence for everything that should not have happened.

    Args:
        questions: what was asked.
        served: what the upstreams served.
        outcomes: what came back.
        announced: by number of the question, the providers of which an observer heard.
    """
    served_by_call: dict[int, list[Served]] = defaultdict(list)
    for each in served:
        served_by_call[each.call].append(each)
    came_back: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        came_back[outcome.call].append(outcome)
    found = [
        f"question {question.number}: {problem}"
        for question in questions
        for problem in _of_question(
            question,
            served_by_call.pop(question.number, []),
            came_back.pop(question.number, []),
            announced.get(question.number, ()),
        )
    ]
    strange = sorted({*served_by_call, *came_back})
    return [*found, *(f"question {number} was never asked, but answered" for number in strange)]


def _of_question(
    question: Question,
    served: Sequence[Served],
    outcomes: Sequence[Outcome],
    announced: Sequence[str],
) -> Iterator[str]:
    if len(outcomes) != 1:
        yield f"{len(outcomes)} outcomes came back"
    yield from _of_requests(question, served, announced)
    for outcome in outcomes:
        yield from _of_outcome(question, served, outcome)


def _of_requests(
    question: Question, served: Sequence[Served], announced: Sequence[str]
) -> Iterator[str]:
    for each in served:
        name = each.upstream
        if question.bound not in (None, name):
            yield f"{name} was asked, although {question.bound} was named"
        if each.model != model_of(name):
            yield f"{name} was asked for {each.model}"
        if question.tools and name == WITHOUT_TOOLS:
            yield f"{name} was asked, although it cannot use tools"
        if name not in announced:
            yield f"{name} was asked, and no observer heard of it"


def _of_outcome(question: Question, served: Sequence[Served], outcome: Outcome) -> Iterator[str]:
    if outcome.ending == "crashed":
        yield outcome.message
        return
    if outcome.attempts:
        yield from _of_attempts(question, served, outcome)
    if outcome.ending == "answered":
        yield from _of_answer(served, outcome)
        return
    if outcome.ending in ("left", "interrupted"):
        yield from _of_beginning(served, outcome)
    if outcome.ending == "left":
        return
    yield from _never_reported(served, None)
    if outcome.error != "AllProvidersFailedError":
        name, error = outcome.error_provider, outcome.error
        if not _is_explained(question, served, name, error):
            yield f"{name} raised an unexplained {error}: {outcome.message}"
    elif not outcome.attempts:
        yield "everybody failed, but nobody is named"


def _of_attempts(question: Question, served: Sequence[Served], outcome: Outcome) -> Iterator[str]:
    asked = [each["provider"] for each in outcome.attempts if each["outcome"] != "skipped"]
    yield from (f"the route names {name} twice" for name, n in Counter(asked).items() if n > 1)
    for name in sorted({each.upstream for each in served} - set(asked)):
        yield f"{name} was asked, but the route does not say so"
    answered = [each["provider"] for each in outcome.attempts if each["outcome"] == "answered"]
    expected = [] if outcome.error == "AllProvidersFailedError" else [outcome.provider]
    if answered != expected or answered[:1] != asked[-1:][: len(answered)]:
        yield f"the route names {answered} as who answered, and {outcome.provider} at its top"
    for each in outcome.attempts:
        if each["outcome"] == "failed" and not _explains(question, served, each):
            error = each["error"]
            yield f"{each['provider']} failed unexplained: {error['type']}: {error['message']}"


def _explains(question: Question, served: Sequence[Served], attempt: Mapping[str, Any]) -> bool:
    name, error = attempt["provider"], attempt["error"]["type"]
    hurried = error == "ProviderTimeoutError" and attempt["seconds"] < _SHORT_S
    return hurried or _is_explained(question, served, name, error)


def _is_explained(question: Question, served: Sequence[Served], provider: str, error: str) -> bool:
    if provider in _WITHOUT_UPSTREAM:
        return error == _WITHOUT_UPSTREAM[provider]
    if error == "UnsupportedCapabilityError":
        return question.tools and provider == WITHOUT_TOOLS
    if error == "ProviderAuthError" and provider == KEYLESS:
        return True
    faults = {each.fault for each in served if each.upstream == provider} - {""}
    return any(error in FAULTS[fault].errors for fault in faults)


def _of_answer(served: Sequence[Served], outcome: Outcome) -> Iterator[str]:
    sources = [each for each in served if each.text == outcome.text]
    if not sources:
        yield f"a wrong answer, {outcome.text[:80]!r}, is said to come from {outcome.provider}"
        return
    source = sources[0]
    if source.upstream != outcome.provider:
        yield f"{source.upstream} answered, but the route names {outcome.provider}"
    if source.fault and not FAULTS[source.fault].may_answer:
        yield f"{source.upstream} answered, although it failed ({source.fault})"
    expected = [source.prompt, source.completion, source.prompt + source.completion]
    if list(outcome.usage or ()) != expected:
        yield f"{source.upstream} served usage {expected}, but {outcome.usage} was reported"
    yield from _never_reported(served, source)


def _of_beginning(served: Sequence[Served], outcome: Outcome) -> Iterator[str]:
    texts = [each.text for each in served if each.upstream == outcome.provider]
    if outcome.text and not any(text.startswith(outcome.text) for text in texts):
        yield f"{outcome.text[:80]!r} is no beginning of an answer of {outcome.provider}"


def _never_reported(served: Sequence[Served], reported: Served | None) -> Iterator[str]:
    for each in served:
        if each.whole and not each.fault and each is not reported:
            yield f"{each.upstream} served an answer that nobody got"


def in_vain(served: Iterable[Served], outcomes: Iterable[Outcome]) -> list[Served]:
    """Return the right answers that were sent to their end, and that nobody wanted any more."""
    got = {outcome.text for outcome in outcomes if outcome.ending == "answered"}
    answers = [each for each in served if not each.fault or FAULTS[each.fault].may_answer]
    return [each for each in answers if each.whole and each.text not in got]
