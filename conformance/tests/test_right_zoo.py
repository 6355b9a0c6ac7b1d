"""The right zoo: a check that demands more than the contract does turns the gate red."""

from dataclasses import replace

import pytest
from provider_conformance import all_checks
from provider_conformance.zoo import (
    HARNESS,
    Matrix,
    registered_mutants,
    registered_right,
    right_problems,
    run_check,
)

SEED = 1
PLAIN = "PC-CHAT-001"


async def one_chunk_per_event(lab):
    """Demand as many chunks as the service sent pieces, which the contract does not."""
    answer = lab.answer()
    lab.service.reply_next(answer)
    texts, _ = await lab.stream(lab.provider())
    lab.equal("the chunks of a stream", list(answer.pieces), texts)


async def connection_that_counts(lab):
    """Demand that the answer comes over the first connection, which says nothing of it."""
    await lab.must_succeed(lab.provider())
    await lab.must_succeed(lab.provider())
    numbers = {request.connection for request in lab.service.requests()}
    lab.equal("connections of two providers", 1, len(numbers))


def sharpened(id, body):
    """Return a check with another body."""
    return replace(all_checks()[id], body=body)


def row_of(name, check):
    """Run a plain exchange and a check on a right provider."""
    right = registered_right()[name]
    return {
        one.id: run_check(right.harness, one, SEED, right.driver)
        for one in (all_checks()[PLAIN], check)
    }


def problems_of(name, row):
    """Return what the gate says of one right provider with these results."""
    return right_problems(Matrix(SEED, {name: row}), {name: registered_right()[name]})


def test_many_are_unusual():
    """There are at least forty, and each says in a sentence what is unusual about it."""
    right = registered_right().values()
    assert len(right) >= 40
    assert [one.name for one in right if not one.unusual.endswith(".")] == []


def test_no_name_occurs_twice():
    """No right provider is called like a mutant: they share the rows of the matrix."""
    assert registered_right().keys() & registered_mutants().keys() == set()


def test_other_libraries_are_among_them():
    """Some send their requests without httpx's asynchronous client, over a real socket."""
    on_socket = [one for one in registered_right().values() if one.driver == "socket"]
    assert len(on_socket) >= 4


def test_only_warnings_are_excused():
    """What a right provider is said to fail is a SHOULD."""
    checks = all_checks()
    severities = {checks[id].severity for one in registered_right().values() for id in one.warns}
    assert severities <= {"SHOULD"}


def test_right_provider_has_no_problem():
    """The gate says nothing of a right provider that passes."""
    row = row_of("OneCharacterChunks", all_checks()["PC-STREAM-001"])
    assert problems_of("OneCharacterChunks", row) == []


def test_check_that_demands_too_much_turns_the_gate_red():
    """A check that demands one chunk per event passes the reference, and the gate names it."""
    wrong = sharpened("PC-STREAM-001", one_chunk_per_event)
    assert run_check(HARNESS, wrong, SEED, "respx").is_good
    problems = problems_of("OneCharacterChunks", row_of("OneCharacterChunks", wrong))
    assert len(problems) == 1
    assert "PC-STREAM-001 fails the right provider OneCharacterChunks" in problems[0]
    assert "the chunks of a stream" in problems[0]


@pytest.mark.parametrize("name", ["HoldsLastCharacters", "WholeWords", "EmptyChunks"])
def test_several_notice_it(name):
    """More than one right provider notices a check that takes chunks for events."""
    wrong = sharpened("PC-STREAM-001", one_chunk_per_event)
    assert len(problems_of(name, row_of(name, wrong))) == 1


def test_check_for_one_library_turns_the_gate_red():
    """A check that holds on a mock only is noticed by a provider that needs the socket."""
    wrong = sharpened("PC-CHAT-002", connection_that_counts)
    assert run_check(HARNESS, wrong, SEED, "respx").is_good
    problems = problems_of("WritesHttpItself", row_of("WritesHttpItself", wrong))
    assert "PC-CHAT-002 fails the right provider WritesHttpItself" in problems[0]


def test_warning_that_is_named_must_come():
    """A right provider that is said to fail a SHOULD, and passes it, is a problem."""
    name, id = "AsksWhoItIs", "PC-HEALTH-018"
    good = run_check(HARNESS, all_checks()[id], SEED, "respx")
    row = row_of(name, all_checks()[id])
    assert problems_of(name, row) == []
    assert problems_of(name, {**row, id: good}) == [
        f"{name} does not fail {id}, which it is said to fail"
    ]


def test_untried_provider_turns_the_gate_red():
    """A right provider without a plain exchange in its row is a problem."""
    assert "was not tried" in problems_of("OwnStreams", {})[0]
