"""The chat on a terminal between two services, and services that fail."""

import pytest

from ._chat_terminal import CTRL_C, ChatTerminal, messages, told
from ._conducted import Conducted
from ._settings import write_settings
from ._shell import TOKEN, Shell


def test_provider_is_switched_with_the_whole_conversation(
    chatting: Shell, service: Conducted, second: Conducted
) -> None:
    """The second service gets what the first was asked and what it answered."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.enter("/provider openai")
        terminal.wait_for("openai answers")
        answer = terminal.ask("And then?", second.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        terminal.enter("/provider hf")
        terminal.wait_for("hf answers")
        last = terminal.ask("At last?", service.answer()).say("Yes.").end()
        terminal.wait_for("Yes.")
        assert terminal.leave() == 0

    earlier = [("user", "Why?"), ("assistant", "Because."), ("user", "And then?")]
    assert answer.heard == earlier
    assert last.heard == [*earlier, ("assistant", "Well."), ("user", "At last?")]
    assert messages(chatting) == [*last.heard, ("assistant", "Yes.")]


def test_model_is_switched(chatting: Shell, service: Conducted) -> None:
    """The next call names it, and has the conversation."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.enter("/model org/other")
        terminal.wait_for("answers with org/other")
        answer = terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.body["model"] == "org/other"
    assert len(answer.heard) == 3


def test_unknown_provider_is_one_line(chatting: Shell, service: Conducted) -> None:
    """The one that answered goes on."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("/provider opnai")
        terminal.wait_for("'openai'")
        terminal.send(CTRL_C)  # the entry stands in the input again
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.leave() == 0
        assert len([line for line in terminal.lines() if line.startswith("Error:")]) == 1


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "credential"), (403, "HTTP 403"), (404, "404"), (429, "429"), (500, "500")],
)
def test_refusal_leaves_the_chat_alive(
    chatting: Shell, service: Conducted, second: Conducted, status: int, told: str
) -> None:
    """It is told in one line of its own, and the next turn goes elsewhere."""
    service.refuse(status, "not today")
    with ChatTerminal(chatting, columns=200).ready() as terminal:
        terminal.enter("Why?")
        terminal.wait_for("Error:")
        terminal.enter("/provider openai")
        terminal.wait_for("openai answers")
        answer = terminal.ask("Why then?", second.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.leave() == 0
        errors = [line for line in terminal.lines() if "Error:" in line]

    assert len(errors) == 1
    assert "not today" in errors[0] or told in errors[0]
    assert "Traceback" not in terminal.text()
    assert TOKEN.encode() not in terminal.written
    assert answer.heard[-1] == ("user", "Why then?")


def test_service_that_is_gone(chatting: Shell, service: Conducted, second: Conducted) -> None:
    """A lost network is one line; the next turn goes elsewhere."""
    nowhere = "http://127.0.0.1:9/v1"
    with ChatTerminal(chatting, columns=200, HF_BASE_URL=nowhere).ready() as terminal:
        terminal.enter("Why?")
        terminal.wait_for("Error:")
        terminal.enter("/provider openai")
        terminal.wait_for("openai answers")
        terminal.ask("Why then?", second.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.leave() == 0
        assert terminal.times("Error:") == 1


def test_cut_connection(chatting: Shell, service: Conducted) -> None:
    """What arrived stays on the screen and is kept, marked; the chat goes on."""
    with ChatTerminal(chatting, columns=200).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because of the ").cut()
        terminal.wait_for("Error:")
        terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0
        assert terminal.times("Because of the") == 1
        assert terminal.times("Error:") == 1

    assert messages(chatting)[1][1].strip() == "Because of the"
    assert "[interrupted:" in told(chatting)


def test_slow_first_byte(chatting: Shell, service: Conducted) -> None:
    """While nothing comes, keys are taken and shown, and the time limit ends the wait."""
    with ChatTerminal(chatting, "--timeout", "2", columns=200).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        terminal.send("typed meanwhile")
        terminal.wait_for("typed meanwhile")
        terminal.wait_for("Error:")
        answer.end()
        assert "typed meanwhile" in terminal.shown()


def test_fallback_is_told(chatting: Shell, service: Conducted, second: Conducted, tmp_path) -> None:
    """With a chain, another service answers and a line says so."""
    write_settings(tmp_path, provider=None, fallback_chain=["hf", "openai"])
    service.refuse(500, "broken")
    with ChatTerminal(chatting, columns=200, OLLAMA_CLI_PROVIDER=None).ready() as terminal:
        terminal.enter("Why?")
        terminal.wait_for("Blue.")
        terminal.wait_for("openai")
        assert terminal.leave() == 0
        assert "hf" in terminal.text()


def test_conversation_is_compacted(chatting: Shell, service: Conducted, tmp_path) -> None:
    """A small window overflows never: a line tells of it, and fewer turns are sent."""
    write_settings(tmp_path, context_window=600)
    words = "word " * 120
    with ChatTerminal(chatting, "-o", "max_tokens=50").ready() as terminal:
        for number in range(6):
            before = len(service.asked)
            terminal.enter(f"question {number} {words}")
            terminal.read_until(lambda n=number, b=before: len(service.asked) > b)
            terminal.read_until(lambda n=number: terminal.times("Blue.") > n)
        assert terminal.leave() == 0
        shown = terminal.text().lower()

    assert "compact" in shown or "summar" in shown
    assert len(service.asked[-1]) < 11
    asked = [text for role, text in messages(chatting) if role == "user"]
    assert [text.split()[1] for text in asked] == [*"012345"]


def test_token_is_never_shown(chatting: Shell, service: Conducted) -> None:
    """A service that repeats the credential gets it masked."""
    service.refuse(401, f"bad token {TOKEN}")
    with ChatTerminal(chatting, columns=200).ready() as terminal:
        terminal.enter("Why?")
        terminal.wait_for("Error:")
        terminal.enter("/quit")
        assert terminal.finish() == 0

    assert TOKEN.encode() not in terminal.written


def test_answer_in_one_piece(chatting: Shell, service: Conducted) -> None:
    """With --no-stream the whole answer is shown when it has come."""
    with ChatTerminal(chatting, "--no-stream").ready() as terminal:
        terminal.enter("Why?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert service.exchanges[-1].body["stream"] is False
