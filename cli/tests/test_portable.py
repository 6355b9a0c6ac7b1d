"""Exporting and importing sessions."""

import io
import json
from datetime import timedelta
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ollama_cli.conversation import portable
from ollama_cli.conversation.portable import export, import_from
from ollama_cli.conversation.store import Store
from provider_sdk import Message, UsageRow

from ._conversation import AT, CALL, FULL, add_sessions, turn
from ._schemas import checked


@pytest.fixture
def stores(tmp_path, monkeypatch):
    """Return a store by its name."""
    opened: dict[str, Store] = {}

    def stores(name):
        if name not in opened:
            monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / name))
            opened[name] = Store.open(create=True)
        return opened[name]

    yield stores
    for store in opened.values():
        store.close()


@pytest.fixture
def full(stores):
    """A session that has everything."""
    store = stores("one")
    session = store.begin(FULL, folder="/here", system="Be \0 brief.", title="T", calls=[CALL])
    store.append(session.id, turn(), calls=[CALL, UsageRow(day="2026-11-30", calls=1, failed=1)])
    store.add_summary(session.id, "One.", 1, calls=[CALL])
    store.add_summary(session.id, "Both.", 2)
    return store.find(session.id)


def load(store, *lines: str) -> list[Any]:
    """Import lines."""
    return import_from(store, io.BytesIO("\n".join(lines).encode()))


def test_nothing_is_lost(stores, full) -> None:
    """What was exported, imported and exported again is the same, to the byte."""
    line = export(stores("one"), full)
    checked("sessions-export", line)
    [found] = load(stores("two"), line)
    two = stores("two")

    assert (found.id, found.stored_as, found.is_new) == (full.id, full.id, True)
    assert export(two, two.find(full.id)) == line
    assert two.turns(full.id) == [FULL, turn()]
    assert two.find(full.id) == full
    assert sorted(map(repr, two.calls())) == sorted(map(repr, stores("one").calls()))


def test_second_import_changes_nothing(stores, full) -> None:
    """Neither where it came from nor where it went; not even if the copy has gone on since."""
    line = export(stores("one"), full)
    two = stores("two")
    load(two, line)
    two.append(full.id, turn("on"))

    for store in (stores("one"), two):
        before = [export(store, session) for session in store.sessions()]
        [found] = load(store, line)
        assert not found.is_new
        assert [export(store, session) for session in store.sessions()] == before


def test_same_session_twice_in_a_file_is_one(stores, full) -> None:
    """Its second line is already here."""
    line = export(stores("one"), full)

    assert [each.is_new for each in load(stores("two"), line, "", line)] == [True, False]


def test_taken_id_becomes_another(stores, full) -> None:
    """Another session keeps its id; a second import still changes nothing."""
    data = json.loads(export(stores("one"), full))
    data["turns"][0]["messages"][0]["content"] = "else"
    line = json.dumps(data)
    [found] = load(stores("one"), line)

    assert found.is_new
    assert found.stored_as != full.id
    assert len(stores("one").sessions()) == 2
    assert load(stores("one"), line) == [(full.id, found.stored_as, False)]


@pytest.mark.parametrize("id", ["", "-x", "../x", "x\x1b[2J", "X Y", "a" * 999, "--all", "\ud800"])
def test_id_that_cannot_be_typed_becomes_another(stores, full, id) -> None:
    """It would be an option, a path or an escape."""
    data = {**json.loads(export(stores("one"), full)), "id": id}
    [found] = load(stores("two"), json.dumps(data))

    assert found.stored_as.startswith(f"{full.created:%y%m%d}-")


def test_usage_of_a_deleted_session_is_not_counted_twice(stores, full) -> None:
    """It was kept without its session, and is the session's again."""
    store = stores("one")
    line = export(store, full)
    before = sorted(map(repr, store.calls()))
    store.database.run("DELETE FROM sessions")
    assert all(row.session is None for row in store.calls())
    load(store, line)

    assert sorted(map(repr, store.calls())) == before


def test_imported_session_has_its_place_in_time(stores) -> None:
    """It is not the newest only because it was imported last."""
    one, two = stores("one"), stores("two")
    times = [AT, AT + timedelta(days=1), AT + timedelta(days=2)]
    ids = [Store(one.database, now=lambda at=at: at).begin(turn()).id for at in times]
    lines = [export(one, one.find(id)) for id in ids]
    Store(two.database, now=lambda: AT + timedelta(hours=30)).begin(turn(), title="own")
    load(two, lines[2], lines[0], lines[1])

    assert [session.title == "own" for session in two.sessions()] == [False, True, False, False]
    assert [session.id for session in two.sessions()][::2] == [ids[2], ids[1]]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        "1",
        '"x"',
        "{}",
        '{"schema": "ollama-cli/1"}',
        "[" * 100_000,
        '{"schema": "ollama-cli-session/1", "x": ' + "[" * 100_000,
        "\ufeff{}",
        "9" * 10_000,
        '{"type": "user", "message": {"role": "user", "content": "of another program"}}',
    ],
    ids=lambda text: text[:30],
)
def test_line_that_is_no_session_is_refused(stores, full, line) -> None:
    """It is named by its number, and what stands before it is not imported either."""
    good = export(stores("one"), full)
    two = stores("two")

    with pytest.raises(click.UsageError, match=r"line 3: .*; nothing was imported") as caught:
        load(two, good, "", line, good)
    assert len(caught.value.message) < 400
    assert two.sessions() == []
    assert list(two.calls()) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("id",), 1),
        (("title",), None),
        (("system",), 1),
        (("created",), "yesterday"),
        (("created",), "9" * 5000),
        (("updated",), 5),
        (("turns",), []),
        (("turns",), {}),
        (("turns",), [1]),
        (("turns", 0, "messages"), []),
        (("turns", 0, "messages"), ["x"]),
        (("turns", 0, "messages", 0, "role"), "root"),
        (("turns", 0, "messages", 0, "content"), 5),
        (("turns", 0, "messages", 0, "content"), [{"type": "file"}]),
        (("turns", 0, "messages", 0, "surprise"), 5),
        (("turns", 0, "messages", 1, "tool_calls"), [{"id": "x"}]),
        (("turns", 0, "messages", 1, "provider_data"), []),
        (("turns", 0, "interrupted"), 1),
        (("turns", 0, "duration_s"), "1"),
        (("turns", 0, "at"), ""),
        (("summaries",), None),
        (("summaries", 0, "turns"), 3),
        (("summaries", 0, "turns"), -1),
        (("summaries", 0, "turns"), True),
        (("summaries", 0, "text"), 1),
        (("calls",), "x"),
        (("calls", 0, "id"), ""),
        (("calls", 0, "id"), "'"),
        (("calls", 0, "turn"), 9),
        (("calls", 0, "turn"), "1"),
        (("calls", 0, "day"), "today"),
        (("calls", 0, "day"), None),
        (("calls", 0, "source"), "guessed"),
        (("calls", 0, "calls"), -1),
        (("calls", 0, "calls"), None),
        (("calls", 0, "prompt_tokens"), 1.5),
        (("calls", 0, "prompt_tokens"), 1 << 70),
        (("calls", 0, "cost_usd"), "free"),
        (("calls", 0, "cost_usd"), "NaN"),
        (("calls", 0, "cost_usd"), "-1"),
        (("calls", 0, "model"), 1),
        (("calls", 0, "surprise"), 1),
    ],
    ids=str,
)
def test_session_with_a_wrong_value_is_refused(stores, full, place, value) -> None:
    """Nothing is imported."""
    data = json.loads(export(stores("one"), full))
    target: Any = data
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value

    with pytest.raises(click.UsageError, match="line 1: "):
        load(stores("two"), json.dumps(data))
    assert stores("two").sessions() == []


@pytest.mark.parametrize("name", ["turns", "calls", "title", "system", "id", "updated"])
def test_missing_key_is_named(stores, full, name) -> None:
    """Which is a wrong value too."""
    data = json.loads(export(stores("one"), full))
    del data[name]

    with pytest.raises(click.UsageError, match=f"'{name}' is missing"):
        load(stores("two"), json.dumps(data))


def test_endless_line_is_refused(stores, monkeypatch) -> None:
    """It is read only as far as the longest that there may be."""

    class Endless(io.RawIOBase):
        asked = 0

        def readline(self, size=-1, /):
            """Return as much as is asked for."""
            self.asked = size
            return b"x" * size

    endless: Any = Endless()
    with pytest.raises(click.UsageError, match="line 1: it is longer than 256 MiB"):
        import_from(stores("one"), endless)
    assert endless.asked == portable.LONGEST_LINE + 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_TURNS = st.builds(
    lambda text, answer, data: turn(
        messages=[Message("user", text), Message("assistant", answer, provider_data=data)]
    ),
    st.text(max_size=30),
    st.text(max_size=30),
    st.dictionaries(st.text(max_size=5), _JSON, max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(turns=st.lists(_TURNS, min_size=1, max_size=3), system=st.none() | st.text(max_size=9))
def test_any_session_survives(stores, turns, system) -> None:
    """Whatever was said and whatever state a provider left."""
    session = stores("one").begin(turns[0], system=system)
    for each in turns[1:]:
        stores("one").append(session.id, each)
    line = export(stores("one"), stores("one").find(session.id))
    [found] = load(stores("two"), line)

    assert stores("two").turns(found.stored_as) == turns
    assert stores("two").find(found.stored_as).system == system


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60) | st.builds(lambda value: json.dumps(value).encode(), _JSON))
def test_any_bytes_are_refused_in_one_sentence(stores, data) -> None:
    """Or are blank lines."""
    if data.strip():
        with pytest.raises(click.UsageError, match="nothing was imported"):
            import_from(stores("one"), io.BytesIO(data))
    else:
        assert import_from(stores("one"), io.BytesIO(data)) == []
    assert stores("one").sessions() == []


def test_large_session_is_no_trouble(stores) -> None:
    """A thousand turns are exported, and imported."""
    one = stores("one")
    add_sessions(one, 1, [turn()] * 1000)
    [session] = one.sessions()
    [found] = load(stores("two"), export(one, session))

    assert stores("two").find(found.stored_as).turns == 1000
