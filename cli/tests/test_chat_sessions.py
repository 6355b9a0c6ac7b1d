"""Sessions in the chat: what is sent and what is kept."""

import sqlite3

import pytest
from ollama_cli.conversation.store import Store
from provider_sdk import (
    ChatResponse,
    StreamInterruptedError,
)
from provider_sdk.testing import FakeProvider

from ._chat_sessions import Service, append_elsewhere, delete_all, elsewhere, sent, stored


@pytest.mark.parametrize("way", ["stored", "option", "setting"])
def test_earlier_turns_are_sent_again(talk, fake, settings, way) -> None:
    """The conversation goes on, whether or not it is stored."""
    service = fake(FakeProvider("Blue.", "Wet."))
    settings(**({"sessions": False} if way == "setting" else {}))

    talk("Why?", "And the sea?", no_session=way == "option")

    assert sent(service) == [("user", "Why?"), ("assistant", "Blue."), ("user", "And the sea?")]
    assert stored() == ([["Why?", "Blue.", "And the sea?", "Wet."]] if way == "stored" else [])


def test_chat_goes_on_if_nothing_can_be_stored(talk, fake, tmp_path) -> None:
    """One line says so, not one per turn, and the conversation is whole."""
    service = fake(FakeProvider("a", repeat=True))
    (tmp_path / "data").write_text("a file")

    view = talk("1", "2", "3")

    assert view.text.count("the answer is not stored") == 1
    assert [text for _, text in sent(service)] == ["1", "a", "2", "a", "3"]


def test_what_could_not_be_stored_is_stored_later(talk, fake, tmp_path) -> None:
    """When the file can be used again, the next turn takes the earlier ones along."""
    fake(FakeProvider("a", repeat=True))
    place = tmp_path / "data"
    place.write_text("a file")

    talk("1", "2", lambda _: place.unlink(), "3")

    assert stored() == [["1", "a", "2", "a", "3", "a"]]


def test_turns_that_are_lost_at_the_end_are_told(talk, fake, tmp_path) -> None:
    """A line at the end says how many turns are not stored."""
    fake(FakeProvider("a", repeat=True))
    (tmp_path / "data").write_text("a file")

    view = talk("1", "2")

    assert "the last 2 turns are not stored" in view.text


def test_turns_that_are_lost_are_told_once(talk, fake, tmp_path) -> None:
    """Who closes the chat a second time does not wait, and is not told, a second time."""
    fake(FakeProvider("a", repeat=True))
    (tmp_path / "data").write_text("a file")

    view = talk("1", lambda chat: chat.session.close())

    assert view.text.count("the last turn is not stored") == 1


def test_chat_continues_the_newest_session(talk, fake) -> None:
    """``-c`` sends what was said in another process."""
    service = fake(Service("Blue.", "Wet."))
    talk("Why?")

    talk("And?", newest=True)

    assert [text for _, text in sent(service)] == ["Why?", "Blue.", "And?"]


def test_turn_of_another_process_is_read(talk, fake) -> None:
    """What another process added to the session is sent with the next message."""
    service = fake(FakeProvider("a", repeat=True))

    talk("1", append_elsewhere, "2")

    assert [text for _, text in sent(service)] == ["1", "a", "elsewhere", "there", "2"]
    assert stored() == [["1", "a", "elsewhere", "there", "2", "a"]]


def test_turn_that_another_process_took_back_is_not_sent(talk, fake) -> None:
    """A turn that was undone elsewhere is gone here, too, also if another one follows."""
    service = fake(FakeProvider("a", "b", "c"))

    def undo_and_append(_: object) -> None:
        with Store.open(create=False) as store:
            (session,) = store.sessions()
            last = store.turns(session.id)[-1]
            assert store.take_back(session.id, last)
            store.append(session.id, elsewhere(last))

    talk("1", "2", undo_and_append, "3")

    assert [text for _, text in sent(service)] == ["1", "a", "elsewhere", "there", "3"]


def test_session_that_was_deleted_meanwhile_stays_deleted(talk, fake) -> None:
    """The conversation goes on, and the next turn begins a session without what was deleted."""
    service = fake(FakeProvider("a", "b", "c"))

    view = talk("1", delete_all, "2", "3")

    assert view.text.count("was deleted meanwhile") == 1
    assert [text for _, text in sent(service)] == ["1", "a", "2", "b", "3"]
    assert stored() == [["2", "b", "3", "c"]]


def test_what_was_deleted_is_still_sent_after_a_turn_of_another_process(talk, fake) -> None:
    """The conversation of this chat stays whole, also when its new session is read again."""
    service = fake(FakeProvider("a", "b", "c"))

    talk("1", delete_all, "2", append_elsewhere, "3")

    assert [text for _, text in sent(service)] == ["1", "a", "2", "b", "elsewhere", "there", "3"]
    assert stored() == [["2", "b", "elsewhere", "there", "3", "c"]]


def test_session_that_is_deleted_during_an_answer(talk, fake) -> None:
    """The answer that arrives begins a new session."""

    class Deleting(FakeProvider):
        async def answer(self, call):
            if call.messages[-1].text == "2":
                delete_all(None)
            return await super().answer(call)

    fake(Deleting("a", repeat=True))

    view = talk("1", "2", "3")

    assert "was deleted meanwhile" in view.text
    assert stored() == [["2", "a", "3", "a"]]


def test_file_that_was_removed_is_made_again(talk, fake, tmp_path) -> None:
    """Nothing is written to a file that nobody finds any more."""
    service = fake(FakeProvider("a", "b", "c"))

    def remove(_: object) -> None:
        for path in (tmp_path / "data").iterdir():
            path.unlink()

    view = talk("1", remove, "2", "3")

    assert view.text.count("was deleted meanwhile") == 1
    assert [text for _, text in sent(service)] == ["1", "a", "2", "b", "3"]
    assert stored() == [["2", "b", "3", "c"]]


def test_damaged_file_ends_no_chat(talk, fake, tmp_path) -> None:
    """The conversation goes on from memory, and one line says so."""
    service = fake(FakeProvider("a", repeat=True))

    def damage(_: object) -> None:
        for path in (tmp_path / "data").glob("sessions.db*"):
            path.write_bytes(b"garbage" * 1000)

    view = talk("1", damage, "2", "3", "4")

    assert [text for _, text in sent(service)] == ["1", "a", "2", "a", "3", "a", "4"]
    assert view.text.count("goes on from memory") == 1
    assert view.shown[3] == "a\n"


def test_locked_file_holds_up_one_turn_at_most(talk, fake, tmp_path) -> None:
    """What waits for the lock is stored once it is gone; only the first turn waits long."""
    fake(FakeProvider("a", repeat=True))
    found = []

    def lock(chat) -> None:
        found.append(sqlite3.connect(tmp_path / "data" / "sessions.db", isolation_level=None))
        found[0].execute("BEGIN EXCLUSIVE")

    def patience(chat) -> None:
        found.append(chat.session._keeper.store.database.run("PRAGMA busy_timeout"))

    talk("1", lock, "2", "3", patience, lambda _: found[0].close(), "4")

    assert found[1] == [(100,)]
    assert stored() == [["1", "a", "2", "a", "3", "a", "4", "a"]]


def test_warning_comes_after_the_answer(talk, fake, tmp_path) -> None:
    """It does not stand in the midst of a line of the answer."""
    fake(FakeProvider("a"))
    (tmp_path / "data").write_text("a file")

    assert talk("1").last.startswith("a\nWarning: the answer is not stored")


def test_interrupted_answer_is_sent_and_marked(talk, fake) -> None:
    """What had arrived is a part of the conversation."""
    service = fake(FakeProvider(["Blu", StreamInterruptedError("cut")], "Go on."))

    talk("Why?", "And?")

    assert [text for _, text in sent(service)] == ["Why?", "Blu", "And?"]
    with Store.open(create=False) as store:
        turns = store.turns(store.sessions()[0].id)
    assert [turn.interrupted for turn in turns] == [True, False]


def test_empty_answer_is_not_sent_empty(talk, fake) -> None:
    """Services reject an answer without text for as long as it is sent, so it says something."""
    service = fake(FakeProvider(ChatResponse(text=""), "Go on."))

    talk("Why?", "And?")

    assert sent(service)[1] == ("assistant", "(There was no answer.)")


def test_answer_of_spaces_that_was_interrupted_is_not_sent_as_it_is(talk, fake) -> None:
    """Otherwise services would reject each message that follows it."""
    service = fake(FakeProvider(["\n\n", StreamInterruptedError("cut")], "Go on."))

    talk("Why?", "And?")

    assert sent(service)[1][1] == "(The answer was interrupted before its text began.)"
