"""Finding sessions by words."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ollama_cli.conversation.searching import search
from ollama_cli.conversation.store import Store
from provider_sdk import Message

from ._conversation import FULL, add_sessions, turn


@pytest.fixture
def store(tmp_path, monkeypatch):
    """An open store."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / "data"))
    with Store.open(create=True) as store:
        yield store


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("rayleigh", "Rayleigh"),
        ("STRASSE", "Straße"),
        ("été", "E\u0301te\u0301"),
        ("青い", "空は青い"),
        ("catter", "scattering"),
        ("b a", "a b"),
        ('"a b"', "x a b"),
        ("multi-agent", "a multi-agent system"),
        ("@nasa", "mail@nasa.gov"),
        ("don't", "don't"),
        ("grammar::fa", "see grammar::fa"),
        ("100%", "100% sure"),
        ("a_b", "a_b"),
        ("AND OR NOT NEAR", "and or not near"),
        ('say "', 'say "hi"'),
        ("C:\\dir", "C:\\dir\\file"),
        ("*", "2 * 3"),
        ("(", "f(x)"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_words_are_found(store, query, text) -> None:
    """Whatever characters they have: none of them is a command."""
    session = store.begin(turn(answer=text))
    store.begin(turn(answer="else"))

    assert [hit.session.id for hit in search(store, query, 20)] == [session.id]


@pytest.mark.parametrize("query", ["a%b", "a_b", '"b a"', "a NOT b c", "role", "hf", "\\n"])
def test_other_words_are_not_found(store, query) -> None:
    """Nothing is a pattern, and the form in which turns are stored is no text."""
    store.begin(turn("a b", "axb"))

    assert search(store, query, 20) == []


@pytest.mark.parametrize("query", ["", " ", "\n"])
def test_no_words_find_nothing(store, query) -> None:
    """Rather than everything."""
    store.begin(turn())

    assert search(store, query, 20) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=30))
def test_any_query_is_safe(store, query) -> None:
    """Nothing that somebody may type is an error."""
    if not store.sessions():
        store.begin(FULL)

    assert len(search(store, query, 20)) <= 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(st.characters(), max_size=20))
def test_each_word_of_a_text_finds_it(store, text) -> None:
    """Also one that JSON writes in another way."""
    session = store.begin(turn(answer=text))
    words = [word for word in text.split() if '"' not in word]

    for word in words:
        assert session.id in {hit.session.id for hit in search(store, word, 10_000)}


def test_title_counts_too(store) -> None:
    """Words may be in the title and in the turn."""
    session = store.begin(turn("x", "Rayleigh"), title="Sky")

    assert [hit.session.id for hit in search(store, "sky rayleigh", 20)] == [session.id]


def test_words_are_of_one_turn(store) -> None:
    """The first that has all of them is named."""
    session = store.begin(turn("one", "two"))
    store.append(session.id, turn("three", "four"))
    store.append(session.id, turn("three", "four"))

    assert search(store, "two three", 20) == []
    assert [hit.turn for hit in search(store, "three four", 20)] == [2]


def test_newest_come_first(store) -> None:
    """And no more than asked for."""
    ids = [store.begin(turn()).id for _ in range(5)]

    assert [hit.session.id for hit in search(store, "sky", 3)] == ids[:1:-1]


def test_images_are_not_text(store) -> None:
    """The bytes of an image are not searched."""
    store.begin(FULL)

    assert search(store, "AAAA", 20) == []


def test_ten_thousand_turns_are_searched_at_once(store) -> None:
    """A word that is nowhere takes less than some seconds, also on a slow machine."""
    text = "Light of short waves is scattered more than light of long waves. " * 30
    long = turn(messages=[Message("user", "Why?"), Message("assistant", text)])
    add_sessions(store, 100, [long] * 100)
    start = time.monotonic()

    assert search(store, "nowhere", 20) == []
    assert time.monotonic() - start < 5
