"""The chat in lines while somebody types: messages, pastes, questions, and what waits."""

from pathlib import Path

import pytest

from ._chat_terminal import CTRL_C, ENTER, LEAVE, PROMPT, messages, plainly
from ._conducted import Conducted, said
from ._shell import Shell


def test_what_is_typed_meanwhile_is_sent_next(chatting: Shell, service: Conducted) -> None:
    """A line says that it waits."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("First\n")
        terminal.wait_for("First")
        terminal.enter("So?")
        terminal.wait_for("This is sent after the answer.")
        answer.say("line.\n").end()
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["Why?", "So?"]


def test_what_waits_is_not_sent_after_control_c(chatting: Shell, service: Conducted) -> None:
    """It is told, so that it can be entered again."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        terminal.enter("So?")
        terminal.wait_for("This is sent after the answer.")
        terminal.send(CTRL_C)
        terminal.wait_for("Not sent: So?")
        terminal.read_until(answer.closed.is_set)
        assert terminal.leave() == 0

    assert said(service) == ["Why?"]


def test_what_waits_is_not_sent_after_control_d(chatting: Shell, service: Conducted) -> None:
    """The answer is stopped, its part is kept, and the chat is left."""
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        terminal.enter("So?")
        terminal.wait_for("This is sent after the answer.")
        assert terminal.leave() == 0
        assert "Not sent: So?" in terminal.text()

    assert said(service) == ["Why?"]
    assert messages(chatting) == [("user", "Why?"), ("assistant", "First\n")]


def test_a_message_that_is_not_complete_is_forgotten(chatting: Shell, service: Conducted) -> None:
    """Ctrl-C clears it."""
    with plainly(chatting) as terminal:
        terminal.enter('"""one')
        terminal.wait_for("\n...")
        terminal.send(CTRL_C)
        terminal.wait_for(LEAVE + PROMPT)
        terminal.enter("two")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["two"]


def test_a_message_of_several_lines(chatting: Shell, service: Conducted) -> None:
    """Further lines have another prompt."""
    with plainly(chatting) as terminal:
        terminal.enter("one\\")
        terminal.wait_for("\n...")
        terminal.enter("two")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["one\ntwo"]


@pytest.mark.parametrize("rest", ["", "ee"])
def test_pasted_lines_are_one_message(chatting: Shell, service: Conducted, rest) -> None:
    """They wait for an empty line, because the last one is often not ended; they name no file."""
    Path("note.txt").write_text("a note")
    with plainly(chatting) as terminal:
        terminal.send("/quit @note.txt\r\rtwo\\\rthr" + ("" if rest else "ee\r"))
        terminal.wait_for("These lines are one message. An empty line sends it, Ctrl-C forgets it.")
        if rest:
            terminal.enter(rest)
        terminal.read_until(lambda: terminal.times("...") == 1 + bool(rest))
        terminal.enter("")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["/quit @note.txt\n\ntwo\\\nthree"]


def test_a_slash_in_quotes_calls_no_command(chatting: Shell, service: Conducted) -> None:
    """The rest was typed all the same, so it may mention a file."""
    Path("note.txt").write_text("a note")
    with plainly(chatting) as terminal:
        terminal.enter('"""/quit @note.txt"""')
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert "/quit @note.txt" in said(service)[0]
    assert "a note" in said(service)[0]


def test_pasted_quotes_need_no_empty_line(chatting: Shell, service: Conducted) -> None:
    """Where they end is known."""
    with plainly(chatting) as terminal:
        terminal.send('"""one\r\rtwo"""\r')
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["one\n\ntwo"]


def test_control_c_forgets_a_paste(chatting: Shell, service: Conducted) -> None:
    """What is entered next is a message of its own."""
    with plainly(chatting) as terminal:
        terminal.send("one\rtwo\r")
        terminal.wait_for("These lines are one message.")
        terminal.send(CTRL_C)
        terminal.wait_for(LEAVE + PROMPT)
        terminal.enter("Why?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["Why?"]


def test_control_d_after_a_paste_leaves(chatting: Shell, service: Conducted) -> None:
    """It is not sent, and a line says so."""
    with plainly(chatting) as terminal:
        terminal.send("one\rtwo\r")
        terminal.wait_for("These lines are one message.")
        assert terminal.leave() == 0
        assert "the pasted lines are not sent" in terminal.text()

    assert service.asked == []


def test_control_d_within_quotes_leaves(chatting: Shell, service: Conducted) -> None:
    """The message is not sent, and a line says so."""
    with plainly(chatting) as terminal:
        terminal.enter('"""one')
        terminal.wait_for("\n...")
        assert terminal.leave() == 0
        assert "is not sent" in terminal.text()

    assert service.asked == []


@pytest.mark.parametrize(("answer", "is_attached"), [("y", True), ("", False), ("Yes", True)])
def test_a_question_is_answered_by_a_line(
    chatting: Shell, service: Conducted, answer, is_attached
) -> None:
    """And the line is not a message."""
    Path(".hidden").write_text("a secret")
    with plainly(chatting) as terminal:
        terminal.enter("Read @.hidden")
        terminal.wait_for("[y/N]")
        terminal.enter(answer)
        terminal.wait_for("Blue." if is_attached else "Error: ")
        assert terminal.leave() == 0

    assert len(service.asked) == is_attached
    assert all("a secret" in call[-1][1] for call in service.asked)


def test_control_d_at_a_question_is_no(chatting: Shell, service: Conducted) -> None:
    """The chat is left."""
    Path(".hidden").write_text("a secret")
    with plainly(chatting) as terminal:
        terminal.enter("Read @.hidden")
        terminal.wait_for("[y/N]")
        assert terminal.leave() == 0

    assert service.asked == []


def test_a_typed_mention_attaches_a_file(chatting: Shell, service: Conducted) -> None:
    """As in every prompt."""
    Path("note.txt").write_text("a note")
    with plainly(chatting) as terminal:
        terminal.enter("Read @note.txt")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert "a note" in service.asked[0][-1][1]


def test_a_line_longer_than_the_terminal_takes(chatting: Shell, service: Conducted) -> None:
    """Up to what the system lets somebody type in one line, nothing is lost."""
    text = "x" * 4000
    with plainly(chatting) as terminal:
        terminal.send(text + ENTER)
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == [text]
