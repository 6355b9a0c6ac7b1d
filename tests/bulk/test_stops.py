"""What stops a run, and how little it sends and spends by then; counted at the service."""

import json

import pytest
from provider_conformance.traffic import Shares, Traffic, parse_latency
from provider_conformance.wires import Failure

from tests.bulk._judging import Ended, violations
from tests.bulk._refusing import refusal_of
from tests.bulk._service import CountingService

AT_ONCE = 8
SLOW = parse_latency("20ms")
WORDS = ("--concurrency", str(AT_ONCE))

FATAL = {
    "a credential that is rejected": (Failure("auth", "unknown"), 3),
    "a permission that is lacking": (Failure("permission", "not for you"), 3),
    "a quota that is used up": (Failure("quota", "no credits are left"), 6),
    "a model that is not found": (Failure("model_not_found", "no such model"), 5),
}


@pytest.mark.parametrize(("failure", "code"), FATAL.values(), ids=FATAL)
def test_error_that_every_row_would_meet_stops_at_once(serve, failure, code):
    """No more is sent than was in flight, and the exit code is that of one question."""
    batch, service = serve(Traffic(latency=SLOW), 200, WORDS)
    service.service.reply_always(failure, "chat")
    refusal_of(batch.run(), code)
    assert 1 <= service.counts.requests <= AT_ONCE


@pytest.mark.parametrize(("failure", "code"), FATAL.values(), ids=FATAL)
def test_run_goes_on_when_the_reason_is_gone(serve, failure, code):
    """After the user has mended it, the same command answers every row."""
    batch, service = serve(Traffic(latency=SLOW), 50, WORDS)
    service.service.reply_next(*[answer_of(service)] * 20, failure)
    assert batch.run().returncode == code
    assert batch.run().returncode == 0
    assert [answer["error"] for answer in batch.answers()] == [None] * 50
    assert sum(service.counts.received.values()) <= 50 + AT_ONCE


def answer_of(service):
    """Return what answers a chat as if nothing was scripted."""
    return service.service.unscripted_reply


def test_most_errors_stop_the_run(serve):
    """With ``--max-errors 5`` a run whose rows all fail ends after five, and what was in flight."""
    batch, service = serve(Traffic(latency=SLOW), 200, WORDS)
    service.service.reply_always(Failure("bad_request", "no"), "chat")
    done = batch.run("--max-errors", "5")
    assert done.returncode not in (0, 9)
    assert 5 <= service.counts.requests <= 6 + AT_ONCE


def test_failed_rows_are_told_and_the_others_answered(serve):
    """A row that the service rejects fails alone; the run ends with 9."""
    batch, service = serve(Traffic(latency=SLOW), 50, WORDS)
    service.service.reply_next(*[Failure("bad_request", "not this one")] * 3)
    assert batch.run().returncode == 9
    failed = [answer for answer in batch.answers() if answer["error"]]
    assert len(batch.answers()) == 50
    assert [answer["error"]["status"] for answer in failed] == [400] * 3
    assert all("not this one" in answer["error"]["message"] for answer in failed)
    assert batch.report()["failed"] == 3


def test_run_whose_rows_all_fail_is_finished_too(serve):
    """Without a cap each row is tried, the output names every failure, and the code is 9."""
    batch, service = serve(Traffic(latency=SLOW), 30, WORDS)
    service.service.reply_always(Failure("bad_request", "no"), "chat")
    assert batch.run().returncode == 9
    assert [answer["error"]["status"] for answer in batch.answers()] == [400] * 30
    assert set(service.counts.received.values()) == {1}


def test_failed_rows_can_be_asked_again(serve):
    """``batch retry`` sends those that failed, and no other."""
    batch, service = serve(Traffic(latency=SLOW), 50, WORDS)
    service.service.reply_next(*[Failure("bad_request", "not this one")] * 3)
    assert batch.run().returncode == 9
    assert batch.verb("retry", "--yes").returncode == 0
    assert [answer["error"] for answer in batch.answers()] == [None] * 50
    assert sorted(service.counts.received.values()) == [1] * 47 + [2] * 3


TOKENS_OF_A_ROW = 10
"""What the service reports for ``[row 7] Hello``: 3 that it read and 7 that it wrote."""


def test_most_tokens_stop_the_run(serve):
    """No more tokens are used than the cap and what was in flight, and the exit code is 6."""
    batch, service = serve(Traffic(latency=SLOW), 200, WORDS)
    refusal_of(batch.run("--max-tokens-total", "500"), 6)
    used = TOKENS_OF_A_ROW * service.counts.answered.total()
    assert 500 - TOKENS_OF_A_ROW <= used <= 500 + TOKENS_OF_A_ROW * AT_ONCE
    assert batch.run("--max-tokens-total", "100000").returncode == 0
    assert service.counts.requests == 200


def test_most_tokens_hold_over_all_processes(serve):
    """A second start does not begin to count anew."""
    batch, service = serve(Traffic(latency=SLOW), 200, WORDS)
    for _ in range(3):
        refusal_of(batch.run("--max-tokens-total", "500"), 6)
    assert service.counts.answered.total() * TOKENS_OF_A_ROW <= 500 + TOKENS_OF_A_ROW * AT_ONCE


def with_prices(batch):
    """Write the price of the model: a dollar for a thousand tokens."""
    folder = batch.folder / "config"
    folder.mkdir(exist_ok=True)
    prices = {"m": {"input": 1, "output": 1, "per": "1K"}}
    (folder / "settings.json").write_text(json.dumps({"prices": prices}))


def test_most_cost_stops_the_run(serve):
    """No more money is spent than the cap and what was in flight, and the exit code is 6."""
    batch, service = serve(Traffic(latency=SLOW), 200, WORDS)
    with_prices(batch)
    refusal_of(batch.run("--max-cost", "0.5"), 6)
    used = TOKENS_OF_A_ROW * service.counts.answered.total()
    assert 500 - TOKENS_OF_A_ROW <= used <= 500 + TOKENS_OF_A_ROW * AT_ONCE


def test_most_cost_needs_a_price(serve):
    """Without a price a cap on cost could not be kept, so it is refused before anything is sent."""
    batch, service = serve()
    refusal_of(batch.run("--max-cost", "0.5"))
    assert service.counts.requests == 0
    assert batch.run("--max-cost", "0.5", "--max-tokens-total", "100000").returncode == 0


@pytest.mark.parametrize("more", [(), ("--processes", "2")], ids=["one", "two"])
def test_retry_after_slows_everyone(serve, more):
    """Once one row is asked to wait, no other is sent until the time is over."""
    batch, service = serve(Traffic(latency=SLOW), 300, WORDS)
    service.service.reply_next(
        *[answer_of(service)] * 50, Failure("rate_limit", "slow down", retry_after=2)
    )
    assert batch.run(*more).returncode == 0
    assert service.counts.early <= AT_ONCE
    assert service.counts.requests == 301


def test_faults_by_share_cost_no_row(serve):
    """With two per cent of errors and one of broken connections each row is still answered."""
    faults = Shares([("server", 0.02), ("reset", 0.01), ("overloaded", 0.01)])
    batch, service = serve(Traffic(latency=SLOW, faults=faults), 1_000, ("--concurrency", "32"))
    assert batch.run().returncode == 0
    ended = Ended(
        rows=1_000,
        at_once=32,
        kills=[],
        received=service.settled(),
        answers=batch.answers(),
        report={**batch.report(), "sent_twice": list(map("r{}".format, range(1_000)))},
    )
    assert [told for told in violations(ended) if "as sent twice" not in told] == []
    met = service.counts.faults.total()
    assert met > 0
    assert sum(answer["attempts"] for answer in batch.answers()) == 1_000 + met


def test_no_more_rows_are_in_flight_than_allowed(serve):
    """The service never answers more at once than ``--concurrency``."""
    batch, service = serve(Traffic(latency=SLOW), 300, WORDS)
    assert batch.run().returncode == 0
    assert service.counts.most_at_once == AT_ONCE


def test_processes_share_what_may_be_in_flight(serve):
    """With two processes the limit goes for both together."""
    batch, service = serve(Traffic(latency=SLOW), 300, (*WORDS, "--processes", "2"))
    assert batch.run().returncode == 0
    assert service.counts.most_at_once <= AT_ONCE


def test_nobody_else_answers_for_a_provider_that_was_named(serve):
    """Each row says who answered, and that is the one that was asked for."""
    with CountingService() as other:
        batch, _ = serve()
        variables = {**batch.environment, "OPENAI_BASE_URL": other.environment["HF_BASE_URL"]}
        variables |= {"OPENAI_API_KEY": "sk-other"}
        batch = type(batch)(batch.folder, variables, batch.options)
        assert batch.run().returncode == 0
        assert {answer["provider"] for answer in batch.answers()} == {"hf"}
        assert other.counts.requests == 0
