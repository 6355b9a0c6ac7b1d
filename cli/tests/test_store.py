"""Storing turns, and finding sessions again."""

import os
import stat
import time
from datetime import timedelta
from decimal import Decimal

import click
import pytest
from ollama_cli.conversation.database import StoreError
from ollama_cli.conversation.ids import new_id
from ollama_cli.conversation.store import Store
from provider_sdk import Message, UsageRow

from ._conversation import AT, CALL, FULL, add_sessions, turn


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The data folder, which does not exist yet."""
    path = tmp_path / "deep" / "data"
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(path))
    return path


@pytest.fixture
def store(folder):
    """An open store."""
    with Store.open(create=True) as store:
        yield store


def test_turn_is_read_as_it_was_written(store) -> None:
    """Nothing of a turn is lost, whatever characters it has."""
    session = store.begin(FULL)
    store.append(session.id, turn())

    assert store.turns(session.id) == [FULL, turn()]


def test_session_is_described(store) -> None:
    """Its title is the first line of the question, and who answered last is known."""
    first = turn("\n  Why is\tthe sky blue?  \nTell me.")
    session = store.begin(first, folder="folder/sky", system="Be brief.")
    store.append(session.id, turn(provider="ollama", model=None))
    [found] = store.sessions()

    assert session.title == found.title == "Why is the sky blue?"
    assert (found.id, found.folder, found.system) == (session.id, "folder/sky", "Be brief.")
    assert (found.provider, found.model, found.turns) == ("ollama", None, 2)
    assert found.created <= found.updated


@pytest.mark.parametrize(
    ("question", "title"),
    [("a" * 60, "a" * 60), ("a" * 61, "a" * 57 + "..."), ("", ""), (" \n ", "")],
)
def test_title_is_short(store, question, title) -> None:
    """A long first line is cut."""
    assert store.begin(turn(question)).title == title


def test_later_system_prompt_counts(store) -> None:
    """A turn may change the system prompt, and leaves it as it is otherwise."""
    session = store.begin(turn(), system="Be brief.")
    store.append(session.id, turn())
    assert store.find(session.id).system == "Be brief."

    store.append(session.id, turn(), system="Be long.")
    assert store.find(session.id).system == "Be long."


def test_newest_is_that_of_the_project(store) -> None:
    """The session that was used last in the folder, else the one that was used last anywhere."""
    one = store.begin(turn(), folder="/one")
    two = store.begin(turn(), folder="/two")
    three = store.begin(turn(), folder="/two")
    store.append(two.id, turn())

    assert store.newest("/one").id == one.id
    assert store.newest("/two").id == two.id
    assert store.newest("/none").id == two.id
    assert [session.id for session in store.sessions()] == [two.id, three.id, one.id]
    assert [session.id for session in store.sessions(limit=1)] == [two.id]


def test_without_a_session_there_is_no_newest(store) -> None:
    """An empty store has none."""
    assert store.newest("/one") is None
    assert store.sessions() == []


def test_order_does_not_depend_on_the_clock(store) -> None:
    """A session that is used later is newer, also if the clock went backwards."""
    first = store.begin(turn())
    late = Store(store.database, now=lambda: AT - timedelta(days=10_000))
    second = late.begin(turn())
    late.append(second.id, turn("second"))

    assert store.newest("").id == second.id
    assert [each.messages[0].text for each in store.turns(second.id)][-1] == "second"
    assert first.id != second.id


def test_summary_leaves_the_turns(store) -> None:
    """The newest summary counts, and nothing is deleted."""
    session = store.begin(turn(), calls=[CALL])
    assert store.summary(session.id) is None
    store.append(session.id, turn())
    store.add_summary(session.id, "One.", 1)
    store.add_summary(session.id, "Both.", 2, calls=[CALL])

    summary = store.summary(session.id)
    assert (summary.text, summary.turns) == ("Both.", 2)
    assert [each.text for each in store.summaries(session.id)] == ["One.", "Both."]
    assert len(store.turns(session.id)) == 2
    assert len(list(store.calls())) == 2


def test_usage_keeps_every_digit(store) -> None:
    """What a call used is read as it was written, its cost exactly; an unknown cost stays so."""
    unknown = UsageRow(
        day="2026-11-28", provider="ollama", model="m", calls=1, failed=1, unpriced=1
    )
    session = store.begin(turn(), calls=[CALL, unknown])
    store.record_calls([CALL])
    found = sorted(store.calls(), key=lambda row: (row.day, row.session or ""))

    assert [row.session for row in found] == [session.id, None, session.id]
    assert found[0].cost_usd is None
    assert found[2].cost_usd == Decimal("0.000000000123456789")
    assert found[2].cached_tokens == 5
    assert [row.day for row in store.calls(since="2026-11-29")] == ["2026-11-29"] * 2
    assert len(list(store.calls(session=session.id))) == 2


def test_deleted_session_cannot_be_continued(store) -> None:
    """Nothing of the turn is stored."""
    with pytest.raises(StoreError, match="deleted meanwhile"):
        store.append("261129-0000", turn(), calls=[CALL])

    assert list(store.calls()) == []


@pytest.mark.parametrize("part", [slice(None), slice(0, 9), slice(7, None), slice(7, 10)])
def test_session_is_found_by_a_beginning(store, part) -> None:
    """Its id, the beginning of it, its last part and the beginning of that are enough."""
    session = store.begin(turn())

    assert store.find(session.id[part]).id == session.id
    assert store.find(f" {session.id[part].upper()}").id == session.id


def test_beginning_of_several_is_refused(store) -> None:
    """The message names them, with their titles."""
    ids = [store.begin(turn(f"Question {number}")).id for number in range(7)]

    with pytest.raises(click.UsageError) as caught:
        store.find(ids[0][:6])
    assert f"{ids[6]} (Question 6); {ids[5]}" in caught.value.message
    assert caught.value.message.endswith("; and 2 more")


@pytest.mark.parametrize(
    "text", ["", " ", "-", "%", "_", "nobody", "' OR 1=1 --", "\ud800", "9" * 999]
)
def test_unknown_session_is_refused(store, text) -> None:
    """Nothing in what was typed is taken for a pattern."""
    store.begin(turn())

    with pytest.raises(click.UsageError, match="there is no session") as caught:
        store.find(text)
    assert len(caught.value.message) < 200


def test_nearest_session_is_named(store) -> None:
    """A mistyped id is put right."""
    session = store.begin(turn())
    wrong = f"{session.id[:-1]}{'0' if session.id[-1] != '0' else '1'}"

    with pytest.raises(click.UsageError, match=f"did you mean '{session.id}'"):
        store.find(wrong)


def test_letters_that_look_like_digits_are_digits(store) -> None:
    """An id that was copied by hand is found."""
    id = new_id(AT, lambda _: False)
    session = store.begin(turn())
    typed = session.id.replace("1", "l").replace("0", "O")

    assert store.find(typed).id == session.id
    assert not set("ilou") & set(id)


def test_ids_are_in_the_order_of_time() -> None:
    """Later days and later times of the day have later ids; one that is taken is not used again."""
    times = [
        AT + timedelta(seconds=seconds) for seconds in (0, 0.01, 60, 13 * 3600, 86400, 40 * 86400)
    ]
    ids = [new_id(at, lambda _: False) for at in times]

    assert ids == sorted(ids)
    assert len({len(id) for id in ids}) == 1
    assert new_id(AT, {ids[0]}.__contains__) > ids[0]
    assert ids[0].startswith("261129-")


def test_store_that_is_only_read_is_not_made(folder) -> None:
    """Reading makes no file, and finds nothing."""
    with Store.open(create=False) as store:
        assert store.sessions() == []
        assert list(store.calls()) == []

    assert not folder.exists()


def test_nobody_else_can_read_it(folder) -> None:
    """The folder and each of SQLite's files is the user's alone, whatever the umask is."""
    before = os.umask(0)
    try:
        with Store.open(create=True) as store:
            store.begin(turn())
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)

    assert modes == {"sessions.db": 0o600, "sessions.db-wal": 0o600, "sessions.db-shm": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_value_that_is_not_json_is_refused(store) -> None:
    """Nothing is stored of a turn with state that cannot be stored."""
    odd = turn(messages=[Message("user", "x", provider_data={"p": object()})])

    with pytest.raises(StoreError, match="cannot be written as JSON"):
        store.begin(odd)
    assert store.sessions() == []


def test_many_sessions_are_listed_at_once(store) -> None:
    """Five thousand take less than some seconds, also on a slow machine; no id is there twice."""
    add_sessions(store, 5000, [turn()])
    start = time.monotonic()

    assert len({session.id for session in store.sessions()}) == 5000
    assert store.newest("").turns == 1
    assert time.monotonic() - start < 5


def test_long_session_is_read_in_proportion(store) -> None:
    """Ten times as many turns take about ten times as long; one more is stored at once."""
    seconds = []
    for number in (1000, 10_000):
        add_sessions(store, 1, [turn()] * number)
        session = store.newest("")
        start = time.monotonic()
        assert len(store.turns(session.id)) == number
        seconds.append(time.monotonic() - start)
    start = time.monotonic()
    store.append(session.id, turn())

    assert seconds[1] < 40 * seconds[0] + 1
    assert time.monotonic() - start < 2


def test_last_turn_is_taken_back(store) -> None:
    """It is erased, who answered before it answered last, and what it used stays counted."""
    session = store.begin(turn(provider="ollama", model="m"), calls=[CALL])
    last = turn("And?", at=AT + timedelta(seconds=1))
    store.append(session.id, last, calls=[CALL])
    before = store.mark(session.id)

    assert store.take_back(session.id, last)

    found = store.find(session.id)
    assert (found.turns, found.provider, found.model) == (1, "ollama", "m")
    assert len(list(store.calls(session=session.id))) == 2
    assert store.mark(session.id) != before


def test_only_the_last_turn_is_taken_back(store) -> None:
    """If another turn came after it meanwhile, nothing is erased."""
    first = turn()
    session = store.begin(first)
    store.append(session.id, turn("And?", at=AT + timedelta(seconds=1)))

    assert not store.take_back(session.id, first)
    assert len(store.turns(session.id)) == 2


def test_turn_that_a_summary_covers_is_not_taken_back(store) -> None:
    """The summary would stand for a turn that does not exist any more."""
    session = store.begin(turn())
    store.add_summary(session.id, "One.", 1)

    assert not store.take_back(session.id, turn())
    assert len(store.turns(session.id)) == 1


def test_turns_after_a_number_are_read(store) -> None:
    """Those before are left out."""
    session = store.begin(turn("1"))
    store.append(session.id, turn("2"))
    store.append(session.id, turn("3"))

    assert [each.messages[0].text for each in store.turns(session.id, 2)] == ["3"]


def test_only_an_empty_session_is_dropped(store) -> None:
    """One with a turn stays."""
    session = store.begin(turn())

    assert not store.drop_empty(session.id)
    assert store.take_back(session.id, turn())
    assert store.drop_empty(session.id)
    assert store.sessions() == []
