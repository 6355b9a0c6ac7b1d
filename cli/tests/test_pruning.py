"""Deleting sessions that are out of date, without being asked."""

from datetime import timedelta

import pytest
from ollama_cli.conversation.changing import outdated, prune_daily
from ollama_cli.conversation.store import Store

from ._conversation import AT, turn


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Return the store as it is so many days later."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / "data"))
    with Store.open(create=True) as store:
        yield lambda days: Store(store.database, now=lambda: AT + timedelta(days=days))


def test_sessions_that_were_continued_stay(at) -> None:
    """The last turn counts, not the first."""
    old, continued = at(0).begin(turn()), at(0).begin(turn())
    at(5).append(continued.id, turn())

    assert outdated(at(10), 10) == []
    assert outdated(at(10.1), 10) == [old.id]
    assert outdated(at(10), 0) == [old.id, continued.id]


def test_pruning_is_done_once_a_day(at) -> None:
    """A question does not wait for it again."""
    at(0).begin(turn())
    assert prune_daily(at(1), 0) == 1
    at(0).begin(turn())

    assert prune_daily(at(1), 0) == 0
    assert prune_daily(at(2), 0) == 1
    assert at(2).sessions() == []


def test_session_in_use_stays(at) -> None:
    """An old session that is being continued is not deleted before its next turn."""
    old = at(0).begin(turn())

    assert prune_daily(at(99), 1, keep=old.id) == 0
    at(99).append(old.id, turn())


@pytest.mark.parametrize("days", [10**9, 10**30])
def test_endless_retention_deletes_nothing(at, days) -> None:
    """However many days there are."""
    at(0).begin(turn())

    assert outdated(at(1000), days) == []
