"""The zoo: every check can fail, for its own reason, and only such checks let the gate open."""

import os
import random
from dataclasses import replace

import pytest
from provider_conformance import all_checks, run
from provider_conformance.zoo import (
    HARNESS,
    Matrix,
    ReferenceProvider,
    gate,
    kill_matrix,
    registered_mutants,
    registered_right,
)
from provider_conformance.zoo._gate import _results_of
from provider_sdk import BaseProvider, ChatResponse, ChatStream, ScriptedSource

SEED = int(os.environ.get("ZOO_SEED") or random.SystemRandom().randrange(10**6))
SAMPLE = 6
"""How many checks a mutant meets here beside its own; in tests/zoo it meets them all."""
PARTS = ("rule", "expected", "actual", "wire", "fix", "more", "run again")


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Run the whole zoo once, each mutant against its own check and a few others."""
    print(f"the same again: ZOO_SEED={SEED}")
    return kill_matrix(SEED, SAMPLE)


def test_gate_is_green(matrix):
    """Right providers pass, every check is killed, and every mutant dies as it says."""
    assert gate(matrix) == []


def test_mutant_meets_its_own_check_and_a_plain_exchange(matrix):
    """Whatever the sample is, what the gate looks at is in each row."""
    mutants = registered_mutants().values()
    lacking = [
        m.name for m in mutants if not {m.kills, "PC-CHAT-001"} <= matrix.rows[m.name].keys()
    ]
    assert lacking == []


def test_reference_meets_every_check(matrix):
    """The reference is tried on all, FUZZ and what only a socket can observe included."""
    assert matrix.rows["reference"].keys() == all_checks().keys()


def test_right_provider_meets_a_plain_exchange_and_a_sample(matrix):
    """Every right provider is tried on a few checks of all kinds."""
    rows = [matrix.rows[name] for name in registered_right()]
    assert {len(row) for row in rows} == {2 * SAMPLE + 1}
    assert all("PC-CHAT-001" in row for row in rows)


def test_sample_is_chosen_by_the_seed():
    """With the same seed a mutant meets the same checks, with another one others."""
    first, again, other = (
        _results_of("AsksDefaultModel", seed, SAMPLE).keys() for seed in (1, 1, 2)
    )
    assert (first == again, first == other) == (True, False)
    assert len(first) == len(other) == SAMPLE + len({"PC-CHAT-001", "its own"})


def test_every_kill_tells_all_that_is_needed(matrix):
    """A failure's text has each part of the form, none of them empty."""
    incomplete = [
        f"{mutant.name}: {part}"
        for mutant in registered_mutants().values()
        for part in PARTS
        if not _part(matrix.rows[mutant.name][mutant.kills].message, part)
    ]
    assert incomplete == []


def test_crash_is_no_kill(matrix):
    """A mutant that crashes where it is built is void, and its check is not killed by it."""

    class Crashes(ReferenceProvider):
        def __init__(self, **config):
            raise ZeroDivisionError

    report = run(replace(HARNESS, provider=Crashes), seed=SEED)
    row = {result.id: result for result in report.results}
    mutant = next(m for m in registered_mutants().values() if m.kills == "PC-HEALTH-002")
    problems = gate(Matrix(SEED, {**matrix.rows, mutant.name: row}))
    assert any(f"{mutant.name} is VOID" in problem for problem in problems)


def test_doing_nothing_passes_no_must():
    """A provider that does nothing at all passes no MUST."""

    class DoesNothing(BaseProvider):
        name = "nothing"
        capabilities = ReferenceProvider.capabilities

        def __init__(self, **config):
            pass

        async def chat(self, messages, model=None, stream=False, **options):
            if stream:
                return ChatStream(ScriptedSource([]), provider="nothing", model="")
            return ChatResponse()

        async def complete(self, prompt, model=None, **options):
            return ""

        async def health_check(self):
            return False

        async def list_models(self):
            return []

    report = run(replace(HARNESS, provider=DoesNothing), seed=SEED)
    passed = [r.id for r in report.results if r.is_good and r.severity == "MUST"]
    assert passed == []


def test_answer_key_fails():
    """A provider that repeats what was right in another run fails."""
    key = []

    class Recorder(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            answer = await super().chat(messages, model, stream, **options)
            if isinstance(answer, ChatResponse):
                key.append(answer)
            return answer

    class AnswerKey(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            await super().chat(messages, model, stream, **options)
            return key.pop(0)

    assert run(replace(HARNESS, provider=Recorder), seed=SEED, only=["CHAT"]).failed == []
    report = run(replace(HARNESS, provider=AnswerKey), seed=SEED + 1, only=["CHAT"])
    assert "PC-CHAT-001" in report.failed


def _part(message, name):
    start = f"  {name:<10}"
    return next((line[len(start) :] for line in message.splitlines() if line.startswith(start)), "")
