"""What workers of other processes and the desk say to each other."""

from decimal import Decimal

import provider_sdk
import pytest
from provider_sdk import (
    ProviderAuthError,
    ProviderError,
    ProviderRateLimitError,
    UnknownProviderError,
)
from provider_sdk.bulk import BulkError, JournalError, RunStoppedError, Stop
from provider_sdk.bulk.engines.failures import Failure, error_of, failure_of
from provider_sdk.bulk.engines.messages import (
    Answer,
    Ended,
    Lost,
    Renew,
    ShardEnded,
    Take,
    answer_of,
    message_of,
    to_line,
)
from provider_sdk.bulk.limits import Grant, Spent

SPENT = Spent(
    worker="worker-3",
    number=7,
    sent=2,
    corrected=((1.5, -3), (2.0, 4)),
    cost=Decimal("0.000000012345678901234567890"),
    retry_after=0.25,
    done=2**40,
)
STOP = Stop("cost", "Ünspent\nlines \u2028 \x85", "Raise it.")
GRANT = Grant(seconds=1.0, concurrency=9, requests=4, cost=Decimal("1E-9"), at=0.1, stop=STOP)
FAILURE = Failure("ProviderAuthError", "no\nkey", hint="Check it.", status=401)


@pytest.mark.parametrize(
    "message",
    [
        Take(1),
        Renew(2, SPENT),
        ShardEnded(3, 99_999),
        Ended(),
        Ended(FAILURE),
        Lost("it fell\nsilent"),
    ],
)
def test_a_message_comes_back_from_its_line(message):
    """What a worker says arrives as it was, in one line."""
    line = to_line(message)

    assert message_of(line) == message
    assert b"\n" not in line


@pytest.mark.parametrize(
    "answer", [Answer(1), Answer(2, shard=0), Answer(3, grant=GRANT), Answer(4, failure=FAILURE)]
)
def test_an_answer_comes_back_from_its_line(answer):
    """What the desk answers arrives as it was, in one line."""
    line = to_line(answer)

    assert answer_of(line) == answer
    assert b"\n" not in line


def test_an_error_comes_back_as_its_class():
    """With all that it says, so that exit codes and hints stay."""
    error = ProviderRateLimitError(
        "slow down",
        provider="hf",
        model="m",
        status=429,
        request_id="r1",
        served_by="novita",
        retry_after=2.5,
        hint="Wait.",
    )
    back = error_of(failure_of(error))

    assert type(back) is ProviderRateLimitError
    assert vars(back) == vars(error)


@pytest.mark.parametrize(
    "kind",
    [getattr(provider_sdk, name) for name in provider_sdk.__all__ if name.endswith("Error")]
    + [BulkError, JournalError, UnknownProviderError],
)
def test_each_error_of_the_sdk_can_be_sent(kind):
    """Those of the contract and those of bulk runs."""
    assert type(error_of(failure_of(kind("what happened")))) is kind


def test_an_error_of_a_provider_comes_back_as_what_it_is():
    """A class that only the worker has becomes the nearest one that the SDK defines."""

    class RejectedHereError(ProviderAuthError):
        pass

    assert type(error_of(failure_of(RejectedHereError("no")))) is ProviderAuthError


def test_an_error_with_more_to_say_comes_back_as_its_base():
    """Only its message and hint travel."""
    back = error_of(failure_of(RunStoppedError(STOP)))

    assert type(back) is BulkError
    assert (back.message, back.hint) == (STOP.message, STOP.hint)


def test_an_unknown_error_is_one_of_the_run():
    """A worker may have another version of the SDK."""
    assert type(error_of(Failure("LaterError", "what happened"))) is BulkError


def test_the_text_of_another_error_is_not_sent():
    """It could hold a credential; its class and place are enough to find it."""

    def find():
        return {}["hf_secret"]

    try:
        find()
    except KeyError as error:
        failure = failure_of(error)

    assert "hf_secret" not in failure.message
    assert "KeyError in test_bulk_messages.py, line " in failure.message


def test_an_error_that_was_never_raised_has_no_place():
    """Its class is told."""
    assert failure_of(ValueError("hf_secret")).message == "a worker failed: ValueError"


def test_an_error_is_its_base_if_that_is_all():
    """The base class of all errors travels too."""
    assert type(error_of(failure_of(ProviderError("what happened")))) is ProviderError
