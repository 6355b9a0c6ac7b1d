"""Groups failures that have one cause, so that a report shows what to mend and not its echoes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from provider_conformance._service import NO_SUCH_PATH, UNKNOWN_CREDENTIAL, UNREADABLE_REQUEST
from provider_conformance._text import LONGEST, clip
from provider_conformance.reports._result import Result

PLAIN_EXCHANGE = "PC-CHAT-001"
"""The check whose cause is mended first: nearly all others make an exchange like it."""

_REFUSALS = {
    NO_SUCH_PATH: "the service has nothing at the path of a request",
    UNREADABLE_REQUEST: "the service cannot read a request",
    UNKNOWN_CREDENTIAL: "the service does not know the credential of a request",
}
_EXCEPTION = re.compile(
    r"(?:raised |the provider raised )?"
    r"([A-Za-z_]\w{0,99}(?:Error|Exception|Exit|Interrupt|Group|Iteration))\b\W{0,3}"
)
_PLACE = re.compile(r" in \S+ \([^()]+:\d+\)$")
_LONGEST_PLACE = 300
_VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\w*\d\w*")
_LONGEST_TITLE = 120
_SHORTEST_ECHO = 12
_MOST_LINES = 20
"""Of an example, if a shorter one is to be had."""
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Results with a message that have one cause.

    Attributes:
        title: the cause in one line.
        results: what fails because of it, in the order of the checks.
    """

    title: str
    results: Sequence[Result]

    @property
    def example(self) -> Result:
        """The result that shows the cause best: of a plain exchange, else a red and short one."""
        return _example(self.results)

    @property
    def others(self) -> list[str]:
        """The ids of the checks other than the example."""
        example = self.example.id
        return [result.id for result in self.results if result.id != example]

    @property
    def count(self) -> str:
        """How many checks it concerns, in words."""
        return "1 check" if len(self.results) == 1 else f"{len(self.results)} checks"


def causes(results: Iterable[Result]) -> list[Cause]:
    """Return the causes of all messages, the one to mend first at the beginning.

    That is a fault of the wire, which makes all else void; then what breaks a plain exchange,
    because most others may be its echoes; then what breaks most, a MUST before a mere warning.
    What could not be tested and what is accepted comes last.
    """
    told = [result for result in results if result.message]
    # Random values differ from check to check, so a text that comes twice holds none.
    seen = Counter(_sentence(section(result, "actual")) for result in told)
    keys = {result.id: _key(result, seen) for result in told}
    spread = [key for key, times in Counter(keys.values()).items() if times > 1]
    groups: dict[_Key, list[Result]] = {}
    for result in told:
        key = _heard_by(result, keys[result.id], spread)
        groups.setdefault(key, []).append(result)
    found = [Cause(_title(key, _example(group)), group) for key, group in groups.items()]
    return sorted(found, key=_place_in_order)


def section(result: Result, name: str) -> str:
    """Return one part of a result's message, ``""`` if it has no such part."""
    found = re.search(rf"^  {name:<10}(.*(?:\n {{12}}.*)*)", result.message, re.MULTILINE)
    return found[1].replace("\n" + " " * 12, "\n") if found else ""


def _key(result: Result, seen: Counter[str]) -> _Key:
    actual = section(result, "actual")
    what = section(result, "expected").partition(": ")[0]
    if result.status == "deviates" or not what:
        return ("alone", result.id)
    if result.status == "not-testable":
        return ("not testable", actual)
    if result.status == "error":
        return ("at fault", actual if seen[_sentence(actual)] > 1 else _without_values(actual))
    if refusal := _refusal(result, actual):
        return ("refused", refusal)
    if raised := _raised(actual):
        # The SDK and most providers raise their errors in few places, whatever the cause; only if
        # the text is random, place and class must do.
        recurs = seen[_sentence(actual)] > 1
        return ("raised", raised.name, raised.sentence if recurs else raised.place)
    if what == "the credential" or result.group == "SECRET":
        return ("leaks", section(result, "more"))
    return ("differs", _without_values(what), "nothing" if actual == "None" else "")


def _refusal(result: Result, actual: str) -> str:
    """Return what the service itself refused, although nothing told it to."""
    for words, refusal in _REFUSALS.items():
        # Checks send a wrong credential on purpose, so that refusal counts only if it surprises.
        if words in actual or (words != UNKNOWN_CREDENTIAL and words in section(result, "wire")):
            return refusal
    return ""


def _heard_by(result: Result, key: _Key, spread: Sequence[_Key]) -> _Key:
    """Return the key of a wide-spread cause of which this result is an echo, else its own."""
    if key[0] != "differs" and (key[0] != "raised" or key in spread):
        return key
    actual = section(result, "actual")
    for other in spread:
        if other == ("refused", _REFUSALS[UNKNOWN_CREDENTIAL]):
            if UNKNOWN_CREDENTIAL in section(result, "wire"):
                return other
        elif other[0] == "raised" and _one_holds_the_other(actual, other[2]):
            return other
    return key


def _one_holds_the_other(text: str, other: str) -> bool:
    return min(len(text), len(other)) >= _SHORTEST_ECHO and (text in other or other in text)


class _Raised(NamedTuple):
    """An exception as a message tells it."""

    name: str
    sentence: str
    place: str


def _raised(actual: str) -> _Raised | None:
    head = _EXCEPTION.match(actual)
    if head is None:
        return None
    # Searched only at the end, so that a huge text takes no longer.
    place = _PLACE.search(actual, max(head.end(), len(actual) - _LONGEST_PLACE))
    text = actual[head.end() : place.start() if place else None]
    if (quote := actual[head.end(1) : head.end()]) in ("('", '("'):
        text = text.removesuffix(f"{quote[1]})")
    # What follows the first sentence says what to do, which may depend on the check.
    sentence = text.partition(". ")[0].rstrip(".")
    # A name alone is a value that was compared.
    return _Raised(head[1], sentence, place[0] if place else "") if text else None


def _sentence(actual: str) -> str:
    """Return class and first sentence of an exception; any other text as it is."""
    raised = _raised(actual)
    return f"{raised.name}: {raised.sentence}" if raised else actual


def _without_values(text: str) -> str:
    # Matching is quadratic in the length of a word or a quotation that does not end.
    return _VALUES.sub("…", text[:LONGEST])


def _title(key: _Key, example: Result) -> str:
    kind, *rest = key
    if kind == "refused":
        title = rest[0]
    elif kind in ("raised", "not testable", "at fault"):
        title = section(example, "actual")
    elif kind == "alone":
        title = example.title
    else:
        what, _, expected = section(example, "expected").partition(": ")
        if difference := section(example, "differs"):
            title = f"{what}: {difference}"
        else:
            title = f"{what}: expected {expected}, got: {section(example, 'actual')}"
    return clip(_one_line(title), _LONGEST_TITLE)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _place_in_order(cause: Cause) -> tuple[bool, bool, bool, bool, bool, int]:
    states = {result.status for result in cause.results}
    ids = {result.id for result in cause.results}
    return (
        states == {"deviates"},
        states == {"not-testable"},
        states != {"error"},
        PLAIN_EXCHANGE not in ids,
        states == {"warn"},
        -len(cause.results),
    )


def _example(results: Sequence[Result]) -> Result:
    return min(results, key=_place_as_example)


def _place_as_example(result: Result) -> tuple[bool, bool, int]:
    lines = result.message.count("\n")
    is_best = result.id == PLAIN_EXCHANGE and lines <= _MOST_LINES
    return not is_best, not result.is_red, lines
