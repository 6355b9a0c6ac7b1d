"""What errors mean for a row and for its run."""

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    Attempt,
    BudgetExceededError,
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RegistryError,
)
from provider_sdk.bulk import JournalError
from provider_sdk.bulk.running.verdicts import verdict, was_slowed, was_unsent


def _all_failed(*errors, outcome="failed"):
    error = AllProvidersFailedError("nobody answers")
    error.attempts = tuple(Attempt("a", "", outcome, each) for each in errors)
    return error


def _unreachable():
    error = ProviderUnavailableError("refused")
    error.unreachable = True
    return error


@pytest.mark.parametrize(
    "error",
    [
        ProviderRateLimitError("slow down", status=429),
        ProviderUnavailableError("broken", status=500),
        ProviderOverloadedError("busy", status=529),
        ProviderTimeoutError("late"),
        ProviderError("conflict", status=409),
    ],
)
def test_what_may_pass_is_tried_again(error):
    """A refusal for now, a failing service and a late answer are no reason to give a row up."""
    assert verdict(error, names_model=False) == "again"


@pytest.mark.parametrize(
    "error",
    [
        ProviderRequestError("bad", status=400),
        ContextLengthError("too long", status=400),
        ProviderResponseError("not JSON", status=200),
    ],
)
def test_what_only_this_row_meets_is_its_failure(error):
    """A rejected request and a broken answer say nothing of other rows."""
    assert verdict(error, names_model=False) == "failed"


@pytest.mark.parametrize(
    "error",
    [
        ProviderAuthError("wrong key", status=401),
        ProviderPermissionError("not for you", status=403),
        ProviderQuotaError("used up", status=429),
        ProviderModelNotFoundError("no such model", status=404),
        BudgetExceededError("used up"),
        RegistryError("broken"),
        JournalError("full"),
    ],
)
def test_what_every_row_would_meet_stops_the_run(error):
    """Nothing more is sent, or paid, for the same error a thousand times."""
    assert verdict(error, names_model=False) == "stop"


def test_a_model_that_a_row_names_is_its_own_matter():
    """Other rows name other models, or none."""
    error = ProviderModelNotFoundError("no such model", status=404)

    assert verdict(error, names_model=True) == "failed"


def test_a_router_is_asked_again_if_one_of_its_providers_may_answer_later():
    """One without a credential does not stop a run that another can serve."""
    error = _all_failed(ProviderAuthError("no key"), ProviderRateLimitError("slow down"))

    assert verdict(error, names_model=False) == "again"


def test_a_router_is_asked_again_after_a_cool_down():
    """That a provider cools down is said by a plain error with the time."""
    error = _all_failed(ProviderError("failed lately", retry_after=3.0), outcome="skipped")

    assert verdict(error, names_model=False) == "again"


@pytest.mark.parametrize("causes", [(ProviderAuthError("no key"), ProviderQuotaError("0")), ()])
def test_a_router_that_nobody_can_serve_stops_the_run(causes):
    """If no provider may answer later, no row would be answered."""
    assert verdict(_all_failed(*causes), names_model=False) == "stop"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ProviderRateLimitError("slow down"), True),
        (ProviderOverloadedError("busy"), True),
        (ProviderUnavailableError("broken", status=500), False),
        (_all_failed(_unreachable(), ProviderRateLimitError("slow down")), True),
    ],
)
def test_a_refusal_for_too_many_requests_is_told_apart(error, expected):
    """It slows the whole run; a failing service does not."""
    assert was_slowed(error) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_unreachable(), True),
        (ProviderTimeoutError("late"), False),
        (_all_failed(_unreachable(), _unreachable()), True),
        (_all_failed(_unreachable(), ProviderTimeoutError("late")), False),
    ],
)
def test_what_never_left_is_told_apart(error, expected):
    """Without a connection nothing can have been answered or billed."""
    assert was_unsent(error) is expected
