"""``/clear``, ``/load``, ``/sessions``, ``/fork``, ``/rename`` and ``/save``."""

import pytest
from ollama_cli.conversation.store import Store
from provider_sdk.testing import FakeProvider

from ._chat_sessions import Service, ids, sent, stored, titles
from ._hooks import hook, python, setting


def test_clear_begins_a_new_session(talk, fake) -> None:
    """Nothing of before is sent, and a line says how to go back."""
    service = fake(FakeProvider("a", "b"))
    found = []

    view = talk("1", lambda chat: found.append(chat.session.id), "/clear", "2")

    assert [text for _, text in sent(service)] == ["2"]
    assert stored() == [["2", "b"], ["1", "a"]]
    assert f"/load {found[0]} goes back" in view.text


def test_hooks_are_told_of_both_sessions(talk, fake, settings, tmp_path) -> None:
    """The end of the one before and the beginning of the next are told."""
    fake(FakeProvider("a", repeat=True))
    log = tmp_path / "log"
    code = (
        "import json, sys; data = json.load(sys.stdin); "
        f"open({str(log)!r}, 'a').write(data['event'] + str(data.get('source')) + ' ')"
    )
    found = {}
    for event in ("SessionStart", "SessionEnd"):
        found |= setting(event, hook(python(code)))
    settings(hooks=found)

    talk("1", "/clear")

    assert log.read_text().split() == [
        "SessionStartnew",
        "SessionEndNone",
        "SessionStartnew",
        "SessionEndNone",
    ]


def test_load_goes_on_in_another_session(talk, fake) -> None:
    """The beginning of an id is enough, and the last turns are shown in short."""
    service = fake(Service("a", "b", "c"))
    talk("1")
    talk("2")
    first = ids()[-1]

    view = talk(f"/load {first.split('-')[1]}", "3")

    assert [text for _, text in sent(service)] == ["1", "a", "3"]
    assert stored() == [["1", "a", "3", "c"], ["2", "b"]]
    assert f"Session {first}, 1 turn: 1\n  you: 1\n  fake: a\n" in view.text


def test_loaded_session_is_answered_by_who_answered_there(talk, fake, settings) -> None:
    """Who was chosen by a setting for new sessions does not count for it."""
    fake(Service("a", repeat=True))
    other = fake(Service("b", repeat=True), "other")
    settings(provider="fake")
    talk("1", provider="other")

    talk("2", f"/load {ids()[0]}", "3", provider=None)

    assert [text for _, text in sent(other)] == ["1", "b", "3"]


@pytest.mark.parametrize("how", ["option", "command"])
def test_provider_that_was_chosen_answers_in_a_loaded_session(talk, fake, settings, how) -> None:
    """Whom somebody chose in this chat answers everywhere."""
    service = fake(Service("a", repeat=True))
    fake(Service("b", repeat=True), "other")
    settings()
    talk("1", provider="other")
    load = f"/load {ids()[0]}"

    if how == "option":
        talk(load, "2", provider="fake")
    else:
        talk("/provider fake", load, "2", provider=None)

    assert [text for _, text in sent(service)] == ["1", "b", "2"]


def test_empty_session_is_not_stored(talk, fake) -> None:
    """Where nothing was said, nothing is listed."""
    fake(FakeProvider("a"))

    talk("/clear", "1", "/clear", "/clear", "/save")

    assert stored() == [["1", "a"]]


def test_key_in_place_of_an_id_is_not_shown(talk, fake) -> None:
    """What was pasted by mistake does not stand in the error."""
    fake(FakeProvider("a"))

    view = talk("1", "/load sk-proj-abcdefghijkl")

    assert "looks like a key" in view.last
    assert "abcdefghijkl" not in view.text


def test_unknown_session_leaves_the_chat_where_it_is(talk, fake) -> None:
    """A line says that there is no such session, and the conversation goes on."""
    service = fake(FakeProvider("a", "b"))

    view = talk("1", "/load zzz", "2")

    assert "there is no session 'zzz'" in view.text
    assert [text for _, text in sent(service)] == ["1", "a", "2"]


def test_session_with_a_provider_that_is_gone_is_not_loaded(talk, fake, settings) -> None:
    """The chat stays where it is if who answered there cannot be asked."""
    service = fake(Service("a", repeat=True))
    settings(provider="fake")
    talk("0")
    with Store.open(create=False) as store:
        store.database.run("UPDATE sessions SET provider = 'gone'")
    (gone,) = ids()

    view = talk("1", f"/load {gone}", "2", provider=None)

    assert "no provider is called 'gone'" in view.text
    assert [text for _, text in sent(service)] == ["1", "a", "2"]


@pytest.mark.parametrize("agrees", [True, False])
def test_conversation_that_is_not_stored_is_left_on_request_only(talk, fake, agrees) -> None:
    """It would be lost, so somebody is asked before another session is loaded."""
    service = fake(Service("a", repeat=True))
    talk("0")
    load = f"/load {ids()[0]}"

    view = talk("1", load, "2", no_session=True, answers=[agrees])

    assert view.questions == [
        "This conversation is not stored, and lost if you leave it. Leave it?"
    ]
    assert next(text for _, text in sent(service)) == ("0" if agrees else "1")


@pytest.mark.parametrize("leave", ["/load {id}", "/clear"])
def test_turns_that_could_not_be_stored_are_left_on_request_only(talk, fake, leave) -> None:
    """They are in memory only, so somebody is asked before another session begins."""
    service = fake(Service("a", repeat=True))
    talk("0")
    leave = leave.format(id=ids()[0])

    def refuse(_: object) -> None:
        with Store.open(create=False) as store:
            store.database.run(
                "CREATE TRIGGER refuse BEFORE INSERT ON turns BEGIN SELECT RAISE(FAIL, 'no'); END"
            )

    view = talk("1", refuse, "2", leave, "3", answers=[False])

    assert view.questions == [
        "What was said last could not be stored, and is lost if you leave this session. Leave it?"
    ]
    assert [text for _, text in sent(service)] == ["1", "a", "2", "a", "3"]


def test_sessions_are_offered_with_their_titles(talk, fake) -> None:
    """Completion of ``/load`` shows what each session is about."""
    fake(FakeProvider("a"))
    found = {}

    talk("Why?", lambda chat: found.update(chat.values_of("load")))

    assert found == {ids()[0]: "Why?"}


def test_sessions_are_listed_and_searched(talk, fake) -> None:
    """Without words all are listed, with words those that have them."""
    fake(FakeProvider("a", repeat=True))

    view = talk("Why?", "/clear", "And the sea?", "/sessions", "/sessions SEA", "/sessions moon")

    newest, oldest = ids()
    _, _, _, _, listed, found, nothing = view.shown
    assert listed.index(newest) < listed.index(oldest)
    assert f"{newest} *" in listed
    assert newest in found
    assert oldest not in found
    assert nothing == "No session has these words.\n"


def test_fork_goes_on_in_a_copy(talk, fake) -> None:
    """The original stays as it is."""
    service = fake(FakeProvider("a", "b"))

    view = talk("1", "/fork Another way", "2")

    assert stored() == [["1", "a", "2", "b"], ["1", "a"]]
    assert titles() == ["Another way", "1"]
    assert f"/load {ids()[1]} goes back" in view.text
    assert [text for _, text in sent(service)] == ["1", "a", "2"]


def test_fork_of_what_is_not_stored_is_a_line(talk, fake) -> None:
    """It says how to store the conversation."""
    fake(FakeProvider("a"))

    assert "/save stores it" in talk("1", "/fork", no_session=True).last


def test_rename_changes_the_title(talk, fake) -> None:
    """Before anything is stored, the title waits for the first turn."""
    fake(FakeProvider("a", repeat=True))

    talk("/rename  The   sky ", "1", "/clear", "2", "/rename The sea", "3")

    assert titles() == ["The sea", "The sky"]


def test_chosen_title_outlives_the_only_turn(talk, fake) -> None:
    """A session that is begun anew after ``/undo`` keeps the title that somebody gave it."""
    fake(FakeProvider("a", repeat=True))

    talk("1", "/rename The sky", "/undo", "2")

    assert titles() == ["The sky"]


def test_save_stores_what_was_said_before(talk, fake) -> None:
    """All of the conversation is stored, and what follows too."""
    fake(FakeProvider("a", "b"))

    view = talk("1", "/save The sky", "2", no_session=True)

    assert stored() == [["1", "a", "2", "b"]]
    assert titles() == ["The sky"]
    assert "is stored from now on" in view.text


def test_saved_conversation_stays_stored_if_settings_change(talk, fake, settings) -> None:
    """Who asked for it counts more than the setting that stores nothing."""
    fake(FakeProvider("a", repeat=True))
    settings(sessions=False)

    talk("1", "/save", lambda _: settings(sessions=False, retention_days=90), "2")

    assert stored() == [["1", "a", "2", "a"]]


def test_save_of_a_stored_conversation_says_so(talk, fake) -> None:
    """It names the session and its title."""
    fake(FakeProvider("a"))

    view = talk("Why?", "/save")

    assert view.last == f"This conversation is stored already, as {ids()[0]}: Why?\n"


def test_save_that_fails_says_why(talk, fake, tmp_path) -> None:
    """The chat goes on."""
    service = fake(FakeProvider("a", "b"))
    (tmp_path / "data").write_text("a file")

    view = talk("1", "/save", "2", no_session=True)

    assert view.shown[2].startswith("Error: ")
    assert [text for _, text in sent(service)] == ["1", "a", "2"]
