"""The chat on a terminal: answers stream, and what is finished stands once."""

import pytest

from ._chat_terminal import ALTERNATE_SCREEN, CTRL_C, CTRL_D, ENTER, ChatTerminal, messages, told
from ._conducted import Conducted
from ._shell import Shell

LONG = "\n\n".join(f"Paragraph {number} says something about the sky." for number in range(40))
TEXT = """# Sorting

Use `sorted()`, which returns a **new** list.

```python
def one():
    return sorted([3, 1, 2])
```

| name | meaning |
|------|--------:|
| one | 1 |
| 二 | 22 |

- a point
- another point, which is long enough to need two lines on a terminal of eighty columns
"""


def test_word_is_visible_before_the_answer_ends(chatting: Shell, service: Conducted) -> None:
    """An answer streams."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        answer.say("of the ", "air.").end()
        terminal.wait_for("Because of the air.")
        assert terminal.leave() == 0


def test_line_in_the_middle_grows(chatting: Shell, service: Conducted) -> None:
    """Each word of an open line is shown as it comes, also after finished paragraphs."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("First.\n\nSecond ")
        terminal.wait_for("Second")
        answer.say("and third ")
        terminal.wait_for("Second and third")
        answer.say("and fourth.").end()
        terminal.wait_for("Second and third and fourth.")
        assert terminal.leave() == 0


def test_finished_text_stands_once(chatting: Shell, service: Conducted) -> None:
    """Every paragraph stands exactly once on the screen and in what scrolled away, in order."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        for place in range(0, len(LONG), 7):
            answer.say(LONG[place : place + 7])
        answer.end()
        terminal.wait_for("Paragraph 39 says something about the sky.")
        assert terminal.leave() == 0
        found = [line for line in terminal.lines() if line.startswith("Paragraph")]

    assert found == LONG.split("\n\n")


def test_markdown_is_laid_out_as_in_one_question(chatting: Shell, service: Conducted) -> None:
    """Code, tables and lists stand as ``run`` shows them, and once."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("How?", service.answer())
        for place in range(0, len(TEXT), 3):
            answer.say(TEXT[place : place + 3])
        answer.end()
        terminal.wait_for("terminal of eighty")
        assert terminal.leave() == 0
        shown = terminal.text()

    for part in ("Sorting\n", "def one():\n    return sorted([3, 1, 2])\n", "one         1\n"):
        assert shown.count(part) == 1, part
    assert "二         22\n" in shown


def test_no_alternate_screen(chatting: Shell, service: Conducted) -> None:
    """The scrollback stays the terminal's own, and nothing clears it."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say(LONG).end()
        terminal.wait_for("Paragraph 39")
        assert terminal.leave() == 0

    assert not terminal.modes_switched_on() & ALTERNATE_SCREEN
    assert b"\x1b[2J" not in terminal.written
    assert b"\x1b[3J" not in terminal.written
    assert b"\x1bc" not in terminal.written


def test_what_stood_before_the_chat_stays(chatting: Shell, service: Conducted) -> None:
    """The lines of the shell that started it scroll away as they are."""
    with ChatTerminal(chatting, first="$ ls\r\nnotes.txt\r\n$ ollama-cli\r\n").ready() as terminal:
        terminal.ask("Why?", service.answer()).say(LONG).end()
        terminal.wait_for("Paragraph 39")
        assert terminal.leave() == 0
        assert terminal.lines()[:3] == ["$ ls", "notes.txt", "$ ollama-cli"]


def test_question_stands_once_above_its_answer(chatting: Shell, service: Conducted) -> None:
    """What was asked can be read in the scrollback."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why is that so?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.leave() == 0
        shown = terminal.text()

    assert shown.count("Why is that so?") == 1
    assert shown.index("Why is that so?") < shown.index("Because.")


def test_input_typed_while_it_streams_is_kept(chatting: Shell, service: Conducted) -> None:
    """Letters typed during an answer stay in the input and are sent with Enter later."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        terminal.send("And th")
        terminal.wait_for("And th")
        answer.say("of air.\n\n", "Really.").end()
        terminal.wait_for("Really.")
        terminal.send("en?")
        terminal.wait_for("And then?")
        following = service.answer().say("Well.").end()
        terminal.send(ENTER)
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert following.heard[-1] == ("user", "And then?")


def test_message_entered_while_it_streams_is_queued(chatting: Shell, service: Conducted) -> None:
    """It is shown while it waits, and sent when the answer has ended."""
    with ChatTerminal(chatting).ready() as terminal:
        first, following = service.answer(), service.answer()
        terminal.ask("Why?", first).say("Because ")
        terminal.wait_for("Because")
        terminal.enter("And then?")
        terminal.wait_for("And then?")
        assert not following.asked.is_set()
        first.say("of air.").end()
        terminal.read_until(following.asked.is_set)
        following.say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0
        shown = terminal.text()

    assert following.heard == [
        ("user", "Why?"),
        ("assistant", "Because of air."),
        ("user", "And then?"),
    ]
    assert shown.count("And then?") == 1
    assert shown.index("of air.") < shown.index("And then?") < shown.index("Well.")


def test_queue_keeps_its_order(chatting: Shell, service: Conducted) -> None:
    """Three messages that wait are sent one after the other."""
    with ChatTerminal(chatting).ready() as terminal:
        first = terminal.ask("zero", service.answer()).say("Be ")
        terminal.wait_for("Be")
        for text in ("one", "two", "three"):
            terminal.enter(text)
        terminal.wait_for("three")
        first.end()
        terminal.read_until(lambda: len(service.asked) == 4 and terminal.times("Blue.") == 3)
        assert terminal.leave() == 0

    asked = [text for role, text in service.asked[-1] if role == "user"]
    assert asked == ["zero", "one", "two", "three"]


def test_control_c_stops_an_answer(chatting: Shell, service: Conducted) -> None:
    """The connection is closed, the part is kept and marked, and the chat goes on."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        answer.wait_closed()
        terminal.send(CTRL_C)
        terminal.read_until(answer.closed.is_set)
        terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    kept = messages(chatting)
    assert [role for role, _ in kept] == ["user", "assistant"] * 2
    assert kept[1][1].strip() == "Because"
    assert told(chatting).count("[interrupted:") == 1


def test_control_c_stops_a_command(chatting: Shell, service: Conducted) -> None:
    """A slash command that waits for a service is stopped, and the chat goes on."""
    service.scripts["/v1/models"] = lambda exchange: exchange.wait_until_closed()
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("/model")
        terminal.wait_for("asking hf")
        terminal.send(CTRL_C)
        terminal.wait_for("stopped")
        terminal.enter("/model x")
        terminal.wait_for("answers with x")
        assert terminal.leave() == 0


def test_control_c_before_the_first_word(chatting: Shell, service: Conducted) -> None:
    """An answer of which nothing came is stopped too."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        answer.wait_closed()
        terminal.send(CTRL_C)
        terminal.read_until(answer.closed.is_set)
        terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0


def test_control_c_puts_the_queue_back(chatting: Shell, service: Conducted) -> None:
    """What waited is not sent: it stands in the input again."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        terminal.enter("And then?")
        terminal.wait_for("And then?")
        answer.wait_closed()
        terminal.send(CTRL_C)
        terminal.read_until(answer.closed.is_set)
        following = service.answer().say("Well.").end()
        terminal.send("!" + ENTER)
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert following.heard[-1] == ("user", "And then?!")


def test_control_c_clears_the_input(chatting: Shell, service: Conducted) -> None:
    """What was typed is not sent."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("mistake")
        terminal.wait_for("mistake")
        terminal.press_until(CTRL_C, lambda: "mistake" not in terminal.shown())
        following = service.answer().say("Well.").end()
        terminal.enter("Why?")
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert following.heard == [("user", "Why?")]


def test_control_c_at_an_empty_input_says_how_to_leave(chatting: Shell) -> None:
    """It ends nothing, however often it is pressed."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.press_until(CTRL_C, lambda: terminal.times("Ctrl-D") == 2)  # and in the greeting
        terminal.send(CTRL_C + CTRL_C)
        terminal.enter("/model x")
        terminal.wait_for("answers with x")
        assert terminal.leave() == 0


def test_control_d_leaves_the_terminal_as_it_was(chatting: Shell, service: Conducted) -> None:
    """The exit code is 0; the driver's modes are as before, and no mode of the screen stays on."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.modes() != terminal.modes_before
        assert terminal.leave() == 0
        assert terminal.modes() == terminal.modes_before
        assert terminal.modes_left_on() == set()
        assert not terminal._screen.cursor.hidden


def test_control_d_while_it_streams(chatting: Shell, service: Conducted) -> None:
    """The answer is stopped, the part is kept, and the exit code is 0."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        answer.wait_closed()
        terminal.send(CTRL_D)
        assert terminal.finish() == 0
        assert terminal.modes() == terminal.modes_before

    assert messages(chatting)[1][1].strip() == "Because"


@pytest.mark.parametrize("word", ["/quit", "/exit", "/bye"])
def test_quit(chatting: Shell, word: str) -> None:
    """A slash command leaves too, with 0."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter(word)
        assert terminal.finish() == 0
        assert terminal.modes() == terminal.modes_before
