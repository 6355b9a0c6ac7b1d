"""Each judge of the soak tells what it is there for, and nothing else."""

import asyncio
import warnings
from dataclasses import replace

import pytest
from provider_sdk import UsageRow

from tests.soak.announcing import unannounced
from tests.soak.counting import miscounts
from tests.soak.facts import Counted, Outcome, Served
from tests.soak.holdings import Holdings, hear_lost_exceptions, strays
from tests.soak.judging import violations
from tests.soak.leaks import GROWTH, leaks
from tests.soak.plan import Question
from tests.soak.stations import LOCAL, WITHOUT_TOOLS, model_of

CLAUDE, HF = "soak-claude", "soak-hf"
QUESTION = Question(7, False, "agent", None, False, None, None)
FAULTY = Served(LOCAL, 7, model_of(LOCAL), False, "503", "text of ollama", 1, 2, True)
RIGHT = Served(CLAUDE, 7, model_of(CLAUDE), False, "", "text of claude", 30, 4, True)
ASKED = (LOCAL, CLAUDE)


def attempt(provider, outcome, error="", seconds=3.0):
    """Return one attempt of a route."""
    told = {"type": error, "message": "no"} if error else None
    return {"provider": provider, "outcome": outcome, "error": told, "seconds": seconds}


FAILED = attempt(LOCAL, "failed", "ProviderOverloadedError")
ANSWERED = attempt(CLAUDE, "answered")
OUTCOME = Outcome(
    7,
    "answered",
    text=RIGHT.text,
    usage=(30, 4, 34),
    provider=CLAUDE,
    attempts=[FAILED, ANSWERED],
    warnings=[f"{LOCAL} did not answer, so {CLAUDE} is asked"],
)
ERROR = Outcome(7, "failed", error="ProviderOverloadedError", error_provider=LOCAL, message="busy")


def judged(question=QUESTION, served=(FAULTY, RIGHT), outcomes=(OUTCOME,), announced=ASKED):
    """Return what the judge of answers says."""
    return violations([question], served, outcomes, {7: announced})


def test_what_is_right_is_left_alone():
    """A fallback that ends well, and an error that an upstream explains, violate nothing."""
    assert judged() == []
    assert judged(served=[FAULTY], outcomes=[ERROR]) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": "made up"}, "a wrong answer, 'made up'"),
        ({"text": FAULTY.text}, f"{LOCAL} answered, although it failed (503)"),
        ({"provider": HF}, f"{CLAUDE} answered, but the route names {HF}"),
        ({"usage": (30, 5, 35)}, "served usage [30, 4, 34], but (30, 5, 35) was reported"),
        ({"usage": None}, "but None was reported"),
        ({"ending": "crashed", "message": "KeyError: 'x'"}, "KeyError: 'x'"),
        ({"attempts": [ANSWERED]}, f"{LOCAL} was asked, but the route does not say so"),
        ({"attempts": [FAILED, FAILED, ANSWERED]}, f"the route names {LOCAL} twice"),
        ({"attempts": [FAILED]}, "the route names [] as who answered"),
        ({"attempts": [ANSWERED, FAILED]}, f"the route names ['{CLAUDE}'] as who answered"),
        (
            {"attempts": [attempt(LOCAL, "failed", "ProviderQuotaError"), ANSWERED]},
            f"{LOCAL} failed unexplained: ProviderQuotaError",
        ),
        (
            {"ending": "interrupted", "text": "else", "error": "StreamInterruptedError"},
            f"'else' is no beginning of an answer of {CLAUDE}",
        ),
        ({"ending": "left", "text": "else"}, "'else' is no beginning"),
    ],
)
def test_wrong_outcomes_are_told(changes, told):
    """An answer, its usage or its route that is not what was served is told."""
    assert told in " ".join(judged(outcomes=[replace(OUTCOME, **changes)]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"error": "ProviderQuotaError"}, f"{LOCAL} raised an unexplained ProviderQuotaError"),
        ({"error_provider": CLAUDE}, f"{CLAUDE} raised an unexplained"),
        ({"error": "AllProvidersFailedError"}, "everybody failed, but nobody is named"),
    ],
)
def test_unexplained_errors_are_told(changes, told):
    """An error that no fault of its upstream explains is told."""
    assert told in " ".join(judged(served=[FAULTY], outcomes=[replace(ERROR, **changes)]))


def test_answers_that_nobody_got_are_told():
    """A whole answer that ended in an error is lost."""
    assert f"{CLAUDE} served an answer that nobody got" in " ".join(judged(outcomes=[ERROR]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"announced": [LOCAL]}, f"{CLAUDE} was asked, and no observer heard of it"),
        ({"outcomes": []}, "0 outcomes came back"),
        ({"outcomes": [OUTCOME, OUTCOME]}, "2 outcomes came back"),
        (
            {"question": replace(QUESTION, provider=CLAUDE)},
            f"{LOCAL} was asked, although {CLAUDE} was named",
        ),
        (
            {"question": replace(QUESTION, task="subagent")},
            f"{LOCAL} was asked, although {CLAUDE} was named",
        ),
        ({"served": [FAULTY, replace(RIGHT, model="other")]}, f"{CLAUDE} was asked for other"),
        (
            {
                "question": replace(QUESTION, tools=True),
                "served": [FAULTY, RIGHT, replace(FAULTY, upstream=WITHOUT_TOOLS)],
            },
            f"{WITHOUT_TOOLS} was asked, although it cannot use tools",
        ),
        (
            {"served": [FAULTY, RIGHT, replace(FAULTY, call=8)]},
            "question 8 was never asked, but answered",
        ),
    ],
)
def test_wrong_requests_are_told(changes, told):
    """A request that should not have been sent, or that nobody heard of, is told."""
    assert told in " ".join(judged(**changes))


def test_fallbacks_without_a_word_are_told():
    """Of a provider that is asked after another, an observer must hear."""
    assert list(unannounced([OUTCOME], {7: [CLAUDE]})) == []
    (told,) = unannounced([OUTCOME], {7: [HF]})

    assert told.endswith(
        f"{CLAUDE} was asked because {LOCAL} had failed, and no observer heard of it"
    )


@pytest.mark.parametrize("left", [FAILED, attempt(LOCAL, "skipped", "ProviderError")])
def test_departures_without_a_warning_are_told(left):
    """An answer in place of the local provider must say so."""
    outcome = replace(OUTCOME, attempts=[left, ANSWERED], warnings=["mind the gap"])
    (told,) = unannounced([outcome], {7: [CLAUDE]})

    assert told.endswith(f"{CLAUDE} answered in place of {LOCAL}, and no warning says so")


COUNTED = (
    Counted(7, LOCAL, True, "unknown", None, None),
    Counted(7, CLAUDE, False, "reported", 30, 4),
)
ROWS = (
    UsageRow(provider=LOCAL, source="unknown", calls=1, failed=1),
    UsageRow(
        provider=CLAUDE,
        source="reported",
        calls=1,
        failed=0,
        prompt_tokens=30,
        completion_tokens=4,
    ),
)


def miscounted(counted=COUNTED, rows=ROWS):
    """Return what the judge of counts says."""
    return " ".join(miscounts([OUTCOME], counted, {7: ASKED}, rows))


def test_right_counts_are_left_alone():
    """An attempt that failed and one that answered are counted once each."""
    assert miscounted() == ""


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        (COUNTED[:1], "but counted were {'soak-ollama': 1}"),
        ((*COUNTED, COUNTED[1]), f"'{CLAUDE}': 2}}"),
        ((COUNTED[0], replace(COUNTED[1], prompt=31)), "counted as whole answers were"),
        ((COUNTED[0], replace(COUNTED[1], source="estimated")), "counted as whole answers were"),
        ((COUNTED[0], replace(COUNTED[1], failed=True)), "counted as whole answers were []"),
    ],
)
def test_wrong_counts_are_told(counted, told):
    """An attempt that is lost, doubled, or counted with other figures, is told."""
    assert told in miscounted(counted=counted)


@pytest.mark.parametrize("figure", ["calls", "failed", "prompt_tokens", "completion_tokens"])
def test_wrong_sums_are_told(figure):
    """Each sum of the counter is compared with what it was given."""
    wrong = replace(ROWS[1], **{figure: getattr(ROWS[1], figure) + 1})

    assert f"the counter sums {CLAUDE} reported {figure} to" in miscounted(rows=[ROWS[0], wrong])


BEFORE = Holdings(descriptors=12, tasks=0, threads=1, blocks=200_000, resident=40 * 2**20)
BUSY = Holdings(descriptors=30, tasks=0, threads=1, blocks=220_000, resident=50 * 2**20)


def leaked(quarter=BUSY, end=BUSY, after=BEFORE, connections=0):
    """Return what the judge of leaks says after 2,000 calls."""
    return " ".join(leaks([BEFORE, quarter, end, after], {CLAUDE: connections}, 2000))


def test_what_is_given_back_is_left_alone():
    """Connections that are kept open until the router is closed are no leak."""
    assert leaked() == ""


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ({"quarter": replace(BUSY, tasks=1)}, "1 tasks are left after a quarter of the calls"),
        ({"end": replace(BUSY, tasks=2)}, "2 tasks are left after all calls"),
        ({"after": replace(BEFORE, tasks=3)}, "3 tasks are left after the router was closed"),
        ({"after": replace(BEFORE, descriptors=13)}, "1 descriptors are left"),
        ({"after": replace(BEFORE, threads=2)}, "1 threads are left"),
        ({"connections": 4}, f"4 connections to {CLAUDE} are left"),
        ({"end": replace(BUSY, blocks=BUSY.blocks + 2 * 2000)}, "4000 blocks of memory were added"),
        (
            {"end": replace(BUSY, resident=round(GROWTH * BUSY.resident) + 1)},
            "resident memory grew from 50 to 63 MiB",
        ),
    ],
)
def test_leaks_are_told(stages, told):
    """Whatever is not given back is told, each by itself."""
    assert told in leaked(**stages)


def test_lost_exceptions_are_told():
    """An exception that nobody awaits, one of a finaliser, and a warning of a leak are heard."""

    class Broken:
        def __del__(self):
            raise ValueError("in a finaliser")

    async def lose(found):
        hear_lost_exceptions(found)

        async def fail():
            raise ValueError("in a task")

        task = asyncio.create_task(fail())
        await asyncio.wait([task])

    with strays() as found:
        asyncio.run(lose(found))
        Broken()
        warnings.warn("an open stream", ResourceWarning, stacklevel=1)

    told = " ".join(found)
    for what in ("in a finaliser", "in a task", "an open stream"):
        assert what in told
