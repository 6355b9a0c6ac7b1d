"""Asking one row until it has ended."""

import asyncio

import pytest
from provider_sdk import (
    ChatResponse,
    Prices,
    ProviderAuthError,
    ProviderModelNotFoundError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    Span,
)
from provider_sdk.bulk import BulkError, JournalError
from provider_sdk.bulk.limits import Outcome
from provider_sdk.bulk.running.asking import Asker, OneAttempt
from provider_sdk.testing import FakeProvider

from ._bulk_run import Notes, Scripted, Turns, answer, job, row
from ._clock import now, on_the_clock


def _unreachable():
    error = ProviderUnavailableError("refused")
    error.unreachable = True
    return error


def _asker(provider, turns=None, **changes):
    return Asker(provider, job(**changes), turns or Turns())


@on_the_clock
async def test_a_row_is_sent_after_its_intent_is_durable_and_then_recorded():
    """So that a kill at any moment leaves a trace of what was sent."""
    notes = Notes()

    async def reply(prompt):
        notes.told.append(("sent", prompt))
        return answer()

    await _asker(Scripted(reply)).ask(row(7), notes)

    assert notes.told == [("intend", 7, 1), ("sent", "question 7"), ("record", 7, "done")]


@on_the_clock
async def test_the_result_says_what_the_answer_said():
    """Text, usage, model, who served it, cost and time are all there."""
    prices = Prices({"m-1": {"input": 1, "output": 2}})

    async def reply(prompt):
        await asyncio.sleep(3)
        return answer("blue")

    notes = Notes()
    await _asker(Scripted(reply), prices=prices).ask(row(3), notes)

    [result] = notes.results
    assert (result.text, result.model, result.served_by) == ("blue", "m-1", "back")
    assert (result.provider, result.attempts, result.seconds) == ("scripted", 1, 3.0)
    assert str(result.cost_usd) == "0.000020"
    assert (result.id, result.input_hash, result.error) == ("id-3", "00", None)
    assert result.ended_at > 0


@on_the_clock
async def test_a_refusal_is_an_answer_whose_text_is_its_words():
    """The finish reason says that it is a refusal."""
    refusal = ChatResponse(refusal="I will not.", finish_reason="refusal")
    notes = Notes()
    await _asker(Scripted(refusal)).ask(row(), notes)

    [result] = notes.results
    assert (result.state, result.text, result.finish_reason) == ("done", "I will not.", "refusal")
    assert result.model == "m"


@on_the_clock
async def test_the_limiter_hears_what_an_answer_used():
    """Its tokens and its cost count against limits and caps."""
    turns = Turns()
    prices = Prices({"m-1": {"input": 1, "output": 2}})
    await _asker(Scripted(), turns, prices=prices).ask(row(), Notes())

    [permit] = turns.permits
    assert permit.outcome == Outcome(tokens=15, cost=permit.outcome.cost, clean=True, ended="done")
    assert permit.outcome.cost > 0


@on_the_clock
async def test_a_row_uses_model_and_options_of_its_own_before_those_of_the_run():
    """Other options of the run stay."""
    provider = Scripted()
    asked = row(model="own", options={"seed": 2})
    await _asker(provider, model="m-2", options={"seed": 1, "top_p": 0.5}).ask(asked, Notes())

    assert provider.calls == [("question 0", "own", {"seed": 2, "top_p": 0.5})]


@on_the_clock
async def test_a_refused_row_waits_as_long_as_asked_and_is_sent_again():
    """The limiter hears of the refusal, and the journal that the attempt has ended."""
    turns, notes = Turns(), Notes()
    refused = ProviderRateLimitError("slow down", status=429, retry_after=7.0)
    await _asker(Scripted(refused, answer()), turns).ask(row(), notes)

    assert [each[0] for each in notes.told] == ["intend", "note", "intend", "record"]
    assert notes.told[1] == ("note", 0, 1, "ProviderRateLimitError")
    assert turns.pauses == [7.0]
    assert turns.permits[0].outcome == Outcome(slowed=True, retry_after=7.0)
    assert notes.results[0].attempts == 2


@on_the_clock
async def test_without_a_word_of_the_service_the_waits_grow():
    """A service that fails is not asked faster and faster."""
    turns = Turns()
    broken = ProviderUnavailableError("broken", status=500)
    await _asker(Scripted(*[broken] * 4, answer()), turns).ask(row(), Notes())

    assert all(
        0.75 * wait <= pause <= wait
        for pause, wait in zip(turns.pauses, (0.5, 1.0, 2.0, 4.0), strict=True)
    )


@on_the_clock
async def test_the_last_attempt_that_fails_is_the_failure_of_the_row():
    """The run goes on; the result says why."""
    turns, notes = Turns(), Notes()
    broken = ProviderUnavailableError("broken", status=500, request_id="r-1", served_by="b")
    await _asker(Scripted(broken), turns, max_attempts=2).ask(row(), notes)

    [result] = notes.results
    assert (result.state, result.attempts, result.served_by) == ("failed", 2, "b")
    assert result.error.type == "ProviderUnavailableError"
    assert (result.error.message, result.error.status) == ("broken", 500)
    assert result.error.request_id == "r-1"
    assert turns.permits[-1].outcome.ended == "failed"


@on_the_clock
async def test_a_rejected_request_is_the_failure_of_the_row_at_once():
    """Sent again as it is, it would fail again."""
    notes = Notes()
    await _asker(Scripted(ProviderRequestError("too long", status=400))).ask(row(), notes)

    assert notes.told == [("intend", 0, 1), ("record", 0, "failed")]


@on_the_clock
async def test_a_row_that_cannot_be_sent_is_its_own_failure():
    """A message with an unknown key is a TypeError, and the other rows may be right."""
    notes, turns = Notes(), Turns()
    bad = row(messages=[{"role": "user", "content": "?", "colour": "blue"}])
    await _asker(FakeProvider("yes"), turns).ask(bad, notes)

    [result] = notes.results
    assert (result.state, result.error.type) == ("failed", "TypeError")
    assert "colour" in result.error.message
    assert turns.permits[0].outcome == Outcome(ended="failed")


@on_the_clock
@pytest.mark.parametrize("kind", [ProviderRequestError, ValueError])
async def test_what_others_say_of_an_error_holds_no_credential(kind):
    """Who is not built on the SDK's base may repeat a key or a header; a journal keeps it."""
    notes, provider = Notes(), Scripted(kind("illegal: 'Bearer hf_0123456789', 'tok_987654321'"))
    provider.api_key = "hf_0123456789"
    headers = {"X-Token": "tok_987654321"}
    await _asker(provider, options={"extra_headers": headers}).ask(row(), notes)

    assert notes.results[0].error.message == "illegal: 'Bearer [redacted]', '[redacted]'"


@on_the_clock
async def test_who_does_not_heed_the_time_of_a_row_is_cut_off():
    """A provider that is not built on the SDK's base may ignore its option ``timeout``."""

    async def reply(prompt):
        await asyncio.sleep(10_000)

    notes = Notes()
    await _asker(Scripted(reply), row_timeout=60.0).ask(row(), notes)

    assert notes.results[0].error.type == "ProviderTimeoutError"


@on_the_clock
async def test_an_error_that_every_row_would_meet_is_raised_and_the_row_stays():
    """It has no result, and its attempt has ended: nobody need doubt it."""
    notes = Notes()
    with pytest.raises(ProviderAuthError):
        await _asker(Scripted(ProviderAuthError("wrong key", status=401))).ask(row(), notes)

    assert notes.told == [("intend", 0, 1), ("note", 0, 1, "ProviderAuthError")]


@on_the_clock
async def test_a_provider_that_returns_something_else_stops_the_run():
    """Its author has to mend it; one sentence says so."""
    notes = Notes()
    with pytest.raises(BulkError, match="scripted returned str where a ChatResponse"):
        await _asker(Scripted("yes")).ask(row(), notes)

    assert notes.told[-1] == ("note", 0, 1, "BulkError")


@on_the_clock
async def test_a_missing_model_that_the_row_names_is_its_own_failure():
    """The other rows may name models that exist."""
    notes = Notes()
    missing = ProviderModelNotFoundError("no such model", status=404, model="own")
    await _asker(Scripted(missing)).ask(row(model="own"), notes)

    assert notes.results[0].state == "failed"


@on_the_clock
async def test_a_wait_beyond_the_deadline_of_the_row_is_not_made():
    """All attempts of a row share its time."""
    turns, notes = Turns(), Notes()
    refused = ProviderRateLimitError("slow down", status=429, retry_after=61.0)
    await _asker(Scripted(refused), turns, row_timeout=60.0).ask(row(), notes)

    assert turns.pauses == []
    assert notes.results[0].state == "failed"


@on_the_clock
async def test_a_row_whose_turn_comes_after_its_deadline_is_not_sent():
    """It fails with what its last attempt met."""
    turns, notes = Turns(0, 100), Notes()
    provider = Scripted(ProviderRateLimitError("slow down", status=429))
    await _asker(provider, turns, row_timeout=60.0).ask(row(), notes)

    assert len(provider.calls) == 1
    assert notes.told[-1] == ("record", 0, "failed")
    assert notes.results[0].attempts == 1


@on_the_clock
async def test_the_time_before_the_first_turn_does_not_count():
    """A run of days has rows that wait for days."""
    notes = Notes()
    await _asker(Scripted(), Turns(1000), row_timeout=60.0).ask(row(), notes)

    assert notes.results[0].state == "done"


@on_the_clock
async def test_a_call_is_bounded_by_what_is_left_of_the_row():
    """The provider bounds its calls itself while the row has more time than that."""
    provider = Scripted(ProviderRateLimitError("slow down", retry_after=50.0), answer())
    await _asker(provider, row_timeout=150.0).ask(row(), Notes())

    assert [options for _, _, options in provider.calls] == [{}, {"timeout": 100.0}]


@on_the_clock
async def test_the_timeout_of_a_row_is_kept_if_it_is_shorter():
    """What is left of the row is only the upper bound."""
    provider = Scripted()
    await _asker(provider, row_timeout=60.0).ask(row(options={"timeout": 5.0}), Notes())

    assert provider.calls[0][2] == {"timeout": 5.0}


@on_the_clock
async def test_a_provider_that_says_no_limit_is_told_that_of_the_row():
    """Somebody else's provider might wait for ever."""

    class Endless(Scripted):
        timeout = None

    provider = Endless()
    await _asker(provider, row_timeout=60.0).ask(row(), Notes())

    assert provider.calls[0][2] == {"timeout": 60.0}


@on_the_clock
async def test_a_service_that_never_answered_and_cannot_be_reached_stops_the_run():
    """A wrong address does not make every row fail."""
    notes = Notes()
    with pytest.raises(ProviderUnavailableError):
        await _asker(Scripted(_unreachable()), max_attempts=3).ask(row(), notes)

    assert notes.told[-1] == ("note", 0, 3, "ProviderUnavailableError")


@on_the_clock
async def test_a_service_that_has_answered_is_waited_for_until_the_deadline():
    """A restart of a server takes more than some attempts."""
    provider = Scripted(answer(), *[_unreachable()] * 20, answer())
    asker = _asker(provider, max_attempts=3)
    notes = Notes()
    await asker.ask(row(0), notes)
    await asker.ask(row(1), notes)

    assert [result.state for result in notes.results] == ["done", "done"]
    assert notes.results[1].attempts == 21


@on_the_clock
async def test_a_service_that_stays_away_stops_the_run_at_the_deadline():
    """Rows that were never sent do not fail for it."""
    asker = _asker(Scripted(answer(), _unreachable()), row_timeout=60.0)
    notes = Notes()
    await asker.ask(row(0), notes)
    with pytest.raises(ProviderUnavailableError):
        await asker.ask(row(1), notes)

    assert [result.index for result in notes.results] == [0]
    assert now() < 60.0


@on_the_clock
async def test_attempts_of_earlier_processes_count():
    """The result tells how often the row was sent in all."""
    notes = Notes()
    await _asker(Scripted()).ask(row(), notes, sent=3)

    assert notes.told[0] == ("intend", 0, 4)
    assert notes.results[0].attempts == 4


@on_the_clock
async def test_nothing_is_sent_if_the_intent_cannot_be_written():
    """The permit is given back."""

    class Full(Notes):
        async def intend(self, row, attempt):
            raise JournalError("the disk is full")

    provider, turns = Scripted(), Turns()
    with pytest.raises(JournalError):
        await _asker(provider, turns).ask(row(), Full())

    assert provider.calls == []
    assert turns.permits[0].outcome == Outcome()


@on_the_clock
async def test_a_row_reserves_what_it_may_use_if_a_limit_counts_tokens():
    """The first guess is corrected by the answers; without such a limit nothing is estimated."""
    turns = Turns()
    asker = _asker(Scripted(), turns, reserves_tokens=True)
    for index in range(2):
        await asker.ask(row(index), Notes())
    await _asker(Scripted(), turns).ask(row(), Notes())

    first, second, without = (permit.tokens for permit in turns.permits)
    assert first - second == 256 - 5
    assert without == 0


@on_the_clock
async def test_a_provider_makes_one_attempt_and_leaves_the_others_to_the_run():
    """So that the limiter sees each of them."""

    class Stubborn(FakeProvider):
        attempts = 0

        async def answer(self, call):
            from provider_sdk._retry import with_retries

            async def attempt():
                self.attempts += 1
                raise ProviderTimeoutError("late")

            return await with_retries(attempt, max_retries=2, deadline=call.deadline)

    provider = Stubborn()
    with OneAttempt():
        await _asker(provider, max_attempts=1).ask(row(), Notes())

    assert provider.attempts == 1


def test_no_wait_is_permitted_within_one_attempt():
    """However short it is."""
    assert not OneAttempt().permits(0.0, ProviderRateLimitError("slow down"))
    assert issubclass(OneAttempt, Span)
