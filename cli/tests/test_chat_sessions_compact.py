"""Compaction in the chat: by itself when the window is full, and by ``/compact``."""

import json

import pytest
from ollama_cli.conversation.store import Store
from provider_sdk import ContextLengthError, Message, ProviderAuthError, ProviderOverloadedError
from provider_sdk.testing import FakeProvider

from ._hooks import hook, python, setting

LONG = "word " * 400


class Summing(FakeProvider):
    """Answers at length, and sums up in few words.

    Attributes:
        summaries: what it was asked to sum up.
        fails: what it raises instead of summing up.
    """

    def __init__(self, *replies, fails=None) -> None:
        super().__init__(*(replies or [LONG]), repeat=True)
        self.summaries: list[str] = []
        self.fails = fails

    async def answer(self, call):
        """Answer a question, or a request for a summary."""
        if "You sum up" not in call.messages[0].text:
            return await super().answer(call)
        self.summaries.append(call.messages[-1].text)
        if self.fails is not None:
            raise self.fails
        return await FakeProvider("They said words.").answer(call)


def texts(service: FakeProvider) -> list[str]:
    """Return the texts of the last call."""
    return [message.text for message in service.calls[-1].messages]


def counts() -> list[tuple[int, int]]:
    """Return how many turns each summary of the only session covers, and how many it has."""
    with Store.open(create=False) as store:
        (session,) = store.sessions()
        return [(each.turns, session.turns) for each in store.summaries(session.id)]


def test_compact_puts_a_summary_in_the_place_of_older_turns(talk, fake) -> None:
    """The last turn stays as it is, the stored turns too, and a line says what was done."""
    service = fake(Summing())

    view = talk("1", "2", "3", "/compact", "4")

    assert "Compacted: a summary replaces the 2 oldest turns" in view.shown[4]
    summary, _, *rest = texts(service)
    assert "They said words." in summary
    assert rest == ["3", LONG, "4"]
    assert counts() == [(2, 4)]


def test_compact_keeps_what_the_user_names(talk, fake) -> None:
    """The words of the user are a part of the request, outside of the record."""
    service = fake(Summing())

    talk("1", "2", "/compact the names of files")

    assert service.summaries[0].endswith("Keep above all, in detail: the names of files")


@pytest.mark.parametrize("turns", [[], ["Hi"], ["Hi", "Ho"]])
def test_what_is_short_is_not_compacted(talk, fake, turns) -> None:
    """Nobody is asked for a summary that would not be shorter."""
    service = fake(Summing("Hello."))

    view = talk(*turns, "/compact")

    assert view.last == "There is nothing to compact: what was said is short enough.\n"
    assert service.summaries == []


def test_compact_twice_asks_once(talk, fake) -> None:
    """What was compacted is short, so asking again costs nothing."""
    service = fake(Summing())

    view = talk("1", "2", "3", "/compact", "/compact")

    assert len(service.summaries) == 1
    assert "nothing to compact" in view.last


def test_compact_goes_on_from_the_summary_before(talk, fake) -> None:
    """The second summary stands for the first and for what followed."""
    service = fake(Summing())

    talk("1", "2", "3", "/compact", "4", "5", "/compact")

    assert "They said words." in service.summaries[1]
    assert counts() == [(2, 5), (4, 5)]


def test_failing_summary_loses_nothing(talk, fake) -> None:
    """The error is told, and all turns are sent as before."""
    service = fake(Summing(fails=ProviderOverloadedError("busy")))

    view = talk("1", "2", "3", "/compact", "4")

    assert "busy" in view.shown[4]
    assert texts(service) == ["1", LONG, "2", LONG, "3", LONG, "4"]
    assert counts() == []


def test_stopped_summary_loses_nothing(talk, fake) -> None:
    """Ctrl-C leaves everything as it was."""

    class Stopped(Summing):
        async def answer(self, call):
            if "You sum up" in call.messages[0].text:
                chat.view._stop()
            return await super().answer(call)

    service = fake(Stopped())
    chat = None

    def remember(found) -> None:
        nonlocal chat
        chat = found

    view = talk(remember, "1", "2", "3", "/compact", "4")

    assert view.shown[4] == "stopped\n"
    assert texts(service) == ["1", LONG, "2", LONG, "3", LONG, "4"]


def test_hook_denies_a_compaction(talk, fake, settings, tmp_path) -> None:
    """It is told that the user asked, and nothing is sent or replaced."""
    service = fake(Summing())
    log = tmp_path / "log"
    code = (
        f"import sys; open({str(log)!r}, 'w').write(sys.stdin.read()); "
        'print(\'{"decision": "deny", "reason": "keep all"}\')'
    )
    settings(hooks=setting("PreCompact", hook(python(code))))

    view = talk("1", "2", "3", "/compact")

    assert "keep all" in view.last
    assert service.summaries == []
    told = json.loads(log.read_text())
    assert (told["trigger"], told["tokens"] > 400) == ("manual", True)


def test_summary_is_counted(talk, fake) -> None:
    """What the summary used belongs to the session."""
    fake(Summing())

    talk("1", "2", "3", "/compact")

    with Store.open(create=False) as store:
        (session,) = store.sessions()
        assert sum(row.calls or 0 for row in store.calls(session=session.id)) == 4


def test_undo_does_not_reach_behind_a_summary(talk, fake) -> None:
    """Turns that a summary stands for cannot be taken back."""
    fake(Summing())

    view = talk("1", "2", "/compact", "/undo", "/undo")

    assert "Taken back: 2" in view.shown[4]
    assert "a summary stands for all earlier turns" in view.last
    assert counts() == [(1, 1)]


def test_compact_after_undo_leaves_out_what_was_taken_back(talk, fake) -> None:
    """The summary is of the conversation as it is now."""
    service = fake(Summing())

    talk("1", "2", "Forget this", "/undo", "/compact", "3")

    assert "Forget this" not in service.summaries[0]
    assert counts() == [(1, 3)]


@pytest.mark.parametrize("error", [ProviderAuthError("rejected"), ProviderOverloadedError("busy")])
def test_failing_summaries_do_not_loop(talk, fake, settings, error) -> None:
    """A full window is made free without the model, with one request per compaction."""
    service = fake(Summing(fails=error))
    settings(context_window=4000)

    view = talk(*(f"Question {number}" for number in range(24)))

    compactions = view.text.count("made without the model")
    assert 1 < compactions == len(service.summaries) < 12
    assert counts()[-1][1] == 24


def test_full_window_is_compacted_by_itself(talk, fake, settings) -> None:
    """Over many turns every conversation that is sent fits, and every turn is stored."""
    service = fake(Summing())
    settings(context_window=4000)

    view = talk(*(f"Question {number}" for number in range(24)))

    assert view.text.count("Compacted: ") > 2
    assert all(sum(len(m.text) for m in call.messages) < 16000 for call in service.calls)
    assert counts()[-1][1] == 24
    covered = [turns for turns, _ in counts()]
    assert covered == sorted(set(covered))


@pytest.mark.parametrize("no_session", [True, False])
def test_resumed_conversation_is_the_same(talk, fake, settings, no_session) -> None:
    """What ``-c`` sends after a compaction is what the chat would have sent."""

    class Service(Summing):
        async def aclose(self) -> None:
            """Serve the next chat, too."""

    service = fake(Service())
    settings(context_window=4000)
    script = [f"Question {number}" for number in range(6)]

    if no_session:
        talk(*script, "/save", no_session=True)
    else:
        talk(*script)
    talk("Last?", newest=True)
    resumed = texts(service)
    with Store.open(create=False) as store:
        store.database.run("DELETE FROM sessions")
    talk(*script, "Last?")

    assert resumed == texts(service)


def test_summary_of_a_chat_does_not_cover_turns_of_another(talk, fake) -> None:
    """If a turn was replaced elsewhere while a summary was written, the summary is not stored."""
    from dataclasses import replace
    from datetime import timedelta

    class Slow(Summing):
        async def answer(self, call):
            found = await super().answer(call)
            if "You sum up" in call.messages[0].text:
                with Store.open(create=False) as store:
                    (session,) = store.sessions()
                    for number in (3, 2):
                        last = store.turns(session.id)[-1]
                        assert store.take_back(session.id, last), number
                    at = last.at + timedelta(seconds=1)
                    other = [Message("user", "other"), Message("assistant", "there")]
                    store.append(session.id, replace(last, messages=other, at=at))
            return found

    service = fake(Slow())

    talk("1", "2", "3", "/compact", "4")

    assert counts() == []
    assert texts(service) == ["1", LONG, "other", "there", "4"]


def test_question_that_a_service_finds_too_long_is_asked_again(talk, fake) -> None:
    """The window was smaller than it was thought to be; one line says what was compacted."""

    class Small(Summing):
        async def answer(self, call):
            if sum(len(message.text) for message in call.messages) > 5000:
                raise ContextLengthError("1500 tokens are more than 1200")
            return await super().answer(call)

    fake(Small())

    view = talk(*(f"Question {number}" for number in range(6)))

    assert "Error" not in view.text
    assert "Compacted: " in view.text
