"""Sessions in the chat: what is kept, and the slash commands about them."""

import io
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from ollama_cli.conversation.changing import delete
from ollama_cli.conversation.portable import export, import_from
from ollama_cli.conversation.store import Store
from provider_sdk import (
    ChatResponse,
    Message,
    ProviderOverloadedError,
    ProviderTimeoutError,
    StreamInterruptedError,
)
from provider_sdk.testing import FakeProvider

from ._hooks import hook, python, setting


class Service(FakeProvider):
    """Serves several chats, each of which closes its provider."""

    async def aclose(self) -> None:
        """Stay open for the next chat."""


def sent(service: FakeProvider, number: int = -1) -> list[tuple[str, str]]:
    """Return role and text of each message of a call."""
    return [(message.role, message.text) for message in service.calls[number].messages]


def stored() -> list[list[str]]:
    """Return the texts of each session, the newest session first."""
    with Store.open(create=False) as store:
        return [
            [message.text for turn in store.turns(each.id) for message in turn.messages]
            for each in store.sessions()
        ]


def titles() -> list[str]:
    """Return the titles of the sessions, the newest first."""
    with Store.open(create=False) as store:
        return [session.title for session in store.sessions()]


def ids() -> list[str]:
    """Return the ids of the sessions, the newest first."""
    with Store.open(create=False) as store:
        return [session.id for session in store.sessions()]


# What is sent and kept.


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


def append_elsewhere(_: object) -> None:
    """Add a turn to the newest session, as another process does."""
    with Store.open(create=False) as store:
        session = store.sessions()[0]
        last = store.turns(session.id)[-1]
        store.append(session.id, elsewhere(last))


def elsewhere(turn):
    """Return a turn of another process."""
    messages = [Message("user", "elsewhere"), Message("assistant", "there")]
    return replace(turn, messages=messages, at=turn.at + timedelta(seconds=1))


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


def delete_all(_: object) -> None:
    """Delete all sessions, as another process does."""
    with Store.open(create=False) as store:
        delete(store, [session.id for session in store.sessions()])


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


# /undo and /retry.


def test_undo_takes_the_last_turn_back(talk, fake) -> None:
    """It is neither sent nor stored any more, and the question is put back."""
    service = fake(FakeProvider("a", "b", "c"))

    view = talk("1", "2", "/undo", "3")

    assert [text for _, text in sent(service)] == ["1", "a", "3"]
    assert stored() == [["1", "a", "3", "c"]]
    assert [entry.text for entry in view.back] == ["2"]
    assert "Taken back: 2" in view.text


def test_undo_of_the_only_turn_leaves_no_session(talk, fake) -> None:
    """A session without turns is gone, and the next message begins one."""
    fake(FakeProvider("a", "b"))

    meanwhile = []

    talk("1", "/undo", lambda _: meanwhile.extend(ids()), "2")

    assert meanwhile == []
    assert stored() == [["2", "b"]]


def test_undone_turn_stays_counted(talk, fake) -> None:
    """What it used was paid for, and the session can still be exported and imported."""
    fake(FakeProvider("a", "b"))

    talk("1", "2", "/undo")

    with Store.open(create=False) as store:
        assert sum(row.calls or 0 for row in store.calls()) == 2
        line = export(store, store.sessions()[0])
        (found,) = import_from(store, io.BytesIO(line.encode()))
    assert not found.is_new


def test_undo_takes_back_what_is_the_last_turn_now(talk, fake) -> None:
    """That may be a turn of another process, and a line shows which it was."""
    service = fake(FakeProvider("a", "b"))

    view = talk("1", append_elsewhere, "/undo", "2")

    assert "Taken back: elsewhere" in view.text
    assert [text for _, text in sent(service)] == ["1", "a", "2"]


def test_undo_without_a_turn_is_a_line(talk, fake) -> None:
    """There is nothing to take back at the beginning."""
    fake(FakeProvider())

    assert "there is no turn to take back" in talk("/undo").last


def test_undo_of_an_earlier_process_looks_for_no_files(talk, fake, tmp_path, monkeypatch) -> None:
    """The text of a stored question is put back as if it were pasted."""
    fake(Service("a"))
    talk("1")

    view = talk("/undo", newest=True)

    (entry,) = view.back
    assert (entry.text, [piece.typed for piece in entry.pieces]) == ("1", [False])


def test_retry_replaces_the_answer(talk, fake) -> None:
    """The same message is sent once more, without its first answer, which is replaced."""
    service = fake(FakeProvider("a", "b", "c"))

    talk("1", "2", "/retry")

    assert [text for _, text in sent(service)] == ["1", "a", "2"]
    assert stored() == [["1", "a", "2", "c"]]


def test_retry_of_the_first_message_keeps_the_session(talk, fake) -> None:
    """The session keeps its id."""
    fake(FakeProvider("a", "b"))
    found = []

    talk("1", lambda chat: found.append(chat.session.id), "/retry")

    assert ids() == found
    assert stored() == [["1", "b"]]


@pytest.mark.parametrize(
    "reply", [ProviderOverloadedError("busy"), ["x", StreamInterruptedError("cut")]]
)
def test_retry_that_fails_keeps_the_earlier_answer(talk, fake, reply) -> None:
    """Only a whole answer takes the place of another; it can be tried again."""
    service = fake(FakeProvider("a", reply, "c"))

    meanwhile = []

    view = talk("1", "/retry", lambda _: meanwhile.extend(stored()), "/retry")

    assert meanwhile == [["1", "a"]]
    assert "The earlier answer stays." in view.text
    assert [text for _, text in sent(service)] == ["1"]
    assert stored() == [["1", "c"]]


def test_retry_replaces_an_interrupted_answer(talk, fake) -> None:
    """The part that arrived gives way to the whole answer."""
    fake(FakeProvider(["Blu", StreamInterruptedError("cut")], "Blue."))

    talk("Why?", "/retry")

    assert stored() == [["Why?", "Blue."]]


def test_retry_asks_what_failed(talk, fake) -> None:
    """A message without an answer is sent again, and the answer before it stays."""
    service = fake(FakeProvider("a", ProviderTimeoutError("no network"), "b"))

    talk("1", "2", "/retry")

    assert [text for _, text in sent(service)] == ["1", "a", "2"]
    assert stored() == [["1", "a", "2", "b"]]


def test_retry_asks_who_answers_now(talk, fake) -> None:
    """After a failure another provider may be asked the same."""
    fake(FakeProvider(ProviderTimeoutError("no network")))
    other = fake(FakeProvider("b"), "other")

    talk("1", "/provider other", "/retry")

    assert [text for _, text in sent(other)] == ["1"]


def test_retry_in_a_session_of_another_process(talk, fake) -> None:
    """The last stored message is asked again."""
    service = fake(Service("a", "b"))
    talk("1")

    talk("/retry", newest=True)

    assert [text for _, text in sent(service)] == ["1"]
    assert stored() == [["1", "b"]]


def test_retry_without_a_message_is_a_line(talk, fake) -> None:
    """There is nothing to ask again at the beginning."""
    fake(FakeProvider())

    assert "there is no message to ask again" in talk("/retry").last


def test_retry_does_not_replace_the_turn_of_another_process(talk, fake) -> None:
    """If another turn was added meanwhile, both stay."""
    fake(FakeProvider("a", "b"))

    talk("1", append_elsewhere, "/retry")

    assert stored() == [["1", "a", "elsewhere", "there", "1", "b"]]


@pytest.mark.parametrize("command", ["/undo", "/retry"])
def test_unstored_turns_are_taken_back_and_replaced(talk, fake, command) -> None:
    """It is the same where nothing is stored."""
    service = fake(FakeProvider("a", "b", "c", "d"))

    talk("1", "2", command, "3", no_session=True)

    texts = {"/undo": ["1", "a", "3"], "/retry": ["1", "a", "2", "c", "3"]}
    assert [text for _, text in sent(service)] == texts[command]


# /clear, /load, /sessions, /fork, /rename, /save.


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
