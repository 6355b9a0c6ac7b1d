"""``/undo`` and ``/retry``: turns that are taken back or asked again."""

import io

import pytest
from ollama_cli.conversation.portable import export, import_from
from ollama_cli.conversation.store import Store
from provider_sdk import (
    ProviderOverloadedError,
    ProviderTimeoutError,
    StreamInterruptedError,
)
from provider_sdk.testing import FakeProvider

from ._chat_sessions import (
    Service,
    append_elsewhere,
    ids,
    sent,
    stored,
)


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
