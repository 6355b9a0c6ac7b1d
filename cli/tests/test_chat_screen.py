"""The chat on a terminal: what is printed for good, and what is live below it."""

import asyncio
import sys
import threading

import pytest
from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.processes import interrupts

from ._screen_view import Shown, screen

pytestmark = pytest.mark.asyncio


async def test_a_message_is_given_and_shown() -> None:
    """What is entered is the next entry, and stands above the input with a mark."""
    async with screen() as shown:
        entry = await shown.enter("Hello")

        assert entry.text == "Hello"
        assert shown.lines()[0] == "> Hello"


async def test_the_input_is_empty_after_a_message() -> None:
    """The input is ready for the next message, below the one that was entered."""
    async with screen() as shown:
        await shown.enter("Hello")
        await shown.until(lambda: shown.lines()[-1] == ">")

        assert shown.text().count("Hello") == 1
        assert shown.cursor == (len(shown.lines()) - 1, 2)


async def test_lines_are_shown_above_the_input() -> None:
    """Whole lines, of standard output and error, stand above the input in their order."""
    async with screen() as shown:
        sys.stdout.write("one\ntwo\n")
        sys.stderr.write("three\n")
        await shown.shows("three")

        assert shown.lines() == ["one", "two", "three", "", ">"]


async def test_each_line_is_there_once() -> None:
    """However many lines there are and whenever they come, each is in the scrollback once."""
    async with screen() as shown:
        for number in range(300):
            sys.stdout.write(f"line {number}\npart of ")
            if number % 7 == 0:
                await asyncio.sleep(0.01)
        await shown.shows("part of line 299")
        sys.stdout.write("\n")
        await shown.until(lambda: shown.lines()[-3] == "part of")

        lines = ["line 0", *(f"part of line {number}" for number in range(1, 300))]
        assert shown.lines()[:300] == lines


async def test_the_open_line_is_live() -> None:
    """A line that is not complete is shown as it grows, and once when it is complete."""
    async with screen() as shown:
        sys.stdout.write("Once upon")
        await shown.shows("Once upon")
        sys.stdout.write(" a time")
        await shown.shows("Once upon a time")
        sys.stdout.write("\nThere")
        await shown.shows("There")

        assert shown.lines()[:2] == ["Once upon a time", "There"]


async def test_a_long_line_is_one_line() -> None:
    """A line that is longer than the terminal is wide goes out whole, for copying."""
    line = "".join(f"{number:05}" for number in range(100))
    async with screen(40) as shown:
        sys.stdout.write(f"{line}\n")
        await shown.shows(line[-10:])

        assert line in shown.written
        assert "".join(shown.lines()[:13]) == line


async def test_an_open_line_longer_than_the_screen_does_not_fill_it() -> None:
    """Only the last rows of an open line are live; all of it is there once it is complete."""
    line = "".join(f"{number:05}" for number in range(1000))
    async with screen(40, 10) as shown:
        for start in range(0, len(line), 100):
            sys.stdout.write(line[start : start + 100])
            await asyncio.sleep(0)
        await shown.shows("00999")
        live = len(shown.lines())
        sys.stdout.write("\n")
        await shown.until(lambda: len(shown.lines()) > 100)

        assert live <= 5
        assert "".join(shown.lines()[:125]) == line


async def test_no_alternate_screen() -> None:
    """The screen stays the terminal's own."""
    async with screen() as shown:
        sys.stdout.write("text\n" * 50)
        await shown.enter("Hello")

    assert "\x1b[?1049h" not in shown.written
    assert "\x1b[?47h" not in shown.written
    assert "\x1b[2J" not in shown.written


async def test_nothing_is_asked_of_the_terminal() -> None:
    """No position of the cursor is asked for, because the answer could come among the keys."""
    async with screen() as shown:
        sys.stdout.write("text\n")
        await shown.enter("Hello")

    assert "\x1b[6n" not in shown.written


async def test_pastes_are_marked_all_the_time() -> None:
    """While text arrives, a paste is never taken for typed text."""
    async with screen() as shown:
        for number in range(20):
            sys.stdout.write(f"line {number}\n")
            await shown.shows(f"line {number}")

        assert "\x1b[?2004h" in shown.written
        assert "\x1b[?2004l" not in shown.written


async def test_what_is_typed_meanwhile_is_shown() -> None:
    """Keys are taken while text arrives, and none is lost."""
    async with screen() as shown:
        typed = ""
        for number in range(60):
            sys.stdout.write(f"word{number} " + "\n" * (number % 5 == 0))
            key = "abcdefghij"[number % 10]
            shown.press(key)
            typed += key
            await asyncio.sleep(0.002)
        await shown.until(lambda: shown.lines()[-1] == f"> {typed}")


async def test_a_style_goes_on_over_lines() -> None:
    """A style that spans lines counts in each of them, and not in the input."""
    async with screen() as shown:
        sys.stderr.write("\x1b[2mfirst\nsecond\nopen")
        await shown.shows("open")
        shown.press("typed")
        await shown.shows("typed")

        assert "\x1b[2mfirst\x1b[0m" in shown.written
        assert "\x1b[2msecond\x1b[0m" in shown.written
        assert "typed" in shown.written
        assert shown.styled("typed").bold is False


async def test_the_open_line_has_its_style() -> None:
    """Bold text is bold already while its line is open."""
    async with screen() as shown:
        sys.stdout.write("plain \x1b[1mstrong\x1b[0m")
        await shown.shows("strong")

        assert shown.styled("strong").bold
        assert not shown.styled("plain").bold


async def test_sequences_that_move_the_cursor_do_nothing() -> None:
    """Whatever anybody writes, the input stays where it is."""
    async with screen() as shown:
        sys.stdout.write("a\x1b[2J\x1b[Hb\x1b[5Ac\x07\x1b]0;title\x07d\x1b[?1049h\x01e\x02\n")
        await shown.shows("abcde")

        assert shown.lines() == ["abcde", "", ">"]
        assert "title" not in shown.written


async def test_a_sequence_may_arrive_in_pieces() -> None:
    """A sequence that is cut into pieces counts as one."""
    async with screen() as shown:
        for piece in ("a\x1b", "[", "1", "mb\x1b[", "0mc\x1b]0;ti", "tle\x1b", "\\d\n"):
            sys.stdout.write(piece)
        await shown.shows("abcd")

        assert shown.styled("b").bold
        assert not shown.styled("cd").bold


async def test_only_what_is_copied_fills_the_clipboard() -> None:
    """A sequence for it that stands in a text is dropped, whoever wrote the text."""
    async with screen() as shown:
        sys.stdout.write("a\x1b]52;c;aGFja2Vk\x07b\n")
        await shown.shows("ab")
        shown.view.copy("hello")
        await shown.until(lambda: "\x1b]52;c;aGVsbG8=\x07" in shown.written)

        assert "aGFja2Vk" not in shown.written


async def test_a_line_may_be_written_over() -> None:
    """A line that begins anew with a carriage return replaces what was there, as on a terminal."""
    async with screen() as shown:
        sys.stderr.write("\r\x1b[K10 %")
        await shown.shows("10 %")
        sys.stderr.write("\r\x1b[K20 %")
        await shown.shows("20 %")
        sys.stderr.write("\rdone\r\n")
        await shown.shows("done")

        assert shown.lines() == ["done", "", ">"]


async def test_threads_may_write() -> None:
    """What other threads write is shown, each line whole."""
    async with screen() as shown:

        def write(name: str) -> None:
            for number in range(50):
                sys.stdout.write(f"{name}{number}\n")

        threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        await shown.until(lambda: len(shown.lines()) == 102)

        expected = {f"{name}{number}" for name in "ab" for number in range(50)}
        assert set(shown.lines()[:100]) == expected


async def test_streams_look_like_the_terminal() -> None:
    """The streams say that they are the terminal, with its encoding and its descriptor."""
    async with screen() as shown:
        assert sys.stdout.isatty()
        assert sys.stderr.isatty()
        assert sys.stdout.encoding == "utf-8"
        assert sys.stdout.fileno() == sys.stderr.fileno()
        sys.stdout.buffer.write("bytes ü\n".encode())
        await shown.shows("bytes ü")


async def test_streams_are_restored() -> None:
    """After the chat, also after an error in it, the streams are those from before."""
    before = sys.stdout, sys.stderr
    with pytest.raises(ZeroDivisionError):
        async with screen():
            raise ZeroDivisionError

    assert (sys.stdout, sys.stderr) == before


async def test_everything_is_there_at_the_end() -> None:
    """What was written last is printed before the view ends, and the input is gone."""
    async with screen() as shown:
        shown.press("not sent")
        await shown.shows("not sent")
        sys.stdout.write("the last")

    assert shown.lines() == ["the last"]
    assert shown.cursor == (1, 0)


async def test_modes_are_restored() -> None:
    """After the chat, pastes are not marked, lines wrap and the cursor is shown."""
    async with screen() as shown:
        sys.stdout.write("text\n")
        await shown.shows("text")

    for mode, last in (("2004", "l"), ("2026", "l"), ("7", "h"), ("25", "h")):
        on, off = (shown.written.rfind(f"\x1b[?{mode}{switch}") for switch in "hl")
        assert (on > off) is (last == "h"), mode
    assert "\x1b[?12" not in shown.written  # whether the cursor blinks


async def test_an_end_before_the_beginning() -> None:
    """A chat that ends before anything is shown leaves nothing behind, and does not hang."""

    async def chat() -> None:
        async with screen(waits=False) as shown:
            sys.stdout.write("only this")
        assert shown.lines() == ["only this"]

    await asyncio.wait_for(chat(), 20)


async def test_an_end_at_once() -> None:
    """If the process has to end at once, the terminal is as before, on a new row."""
    async with screen() as shown:
        sys.stdout.write("text\n")
        await shown.shows("text")
        acts = list(interrupts.last_acts)
        for act in acts:
            act()

        last = shown.written.rpartition("\x1b[?2026h")[2]
        for mode in ("2004l", "25h", "7h"):
            assert f"\x1b[?{mode}" in last
        assert shown.cursor[1] == 0
    assert len(interrupts.last_acts) == len(acts) - 1


async def test_turns_are_apart() -> None:
    """One blank line stands between an answer and the next message."""
    async with screen() as shown:
        for number in range(3):
            await shown.enter(f"question {number}")
            sys.stdout.write(f"answer {number}\n")
        await shown.shows("answer 2")

        assert shown.lines()[:8] == [
            *("> question 0", "answer 0", ""),
            *("> question 1", "answer 1", ""),
            *("> question 2", "answer 2"),
        ]


async def test_a_message_of_several_lines() -> None:
    """The lines of a message are indented below its mark."""
    async with screen() as shown:
        entry = await shown.enter("one\x1b\rtwo")

        assert entry.text == "one\ntwo"
        assert shown.lines()[:2] == ["> one", "  two"]


async def test_escapes_of_a_message_are_harmless() -> None:
    """Control characters in a message are shown as escapes."""
    async with screen() as shown:
        shown.view.put_back(Entry((Piece("a\x1b[31mb\u202ec", False),), "a\x1b[31mb\u202ec"))
        await shown.enter("")
        await shown.shows("> a\\u001b[31mb\\u202ec")


async def test_the_status_line() -> None:
    """The status line stands below the input, cut to the width of the terminal."""
    async with screen(40) as shown:
        shown.view.status("hf, some-model, " + "日本" * 20)
        await shown.shows("some-model")

        assert shown.lines()[-2] == ">"
        assert shown.lines()[-1].startswith("hf, some-model, 日")
        assert shown.lines()[-1].endswith("…")


async def test_a_narrow_terminal() -> None:
    """On 20 columns nothing is broken into more rows than it has."""
    async with screen(20, 10) as shown:
        shown.view.status("x" * 100)
        sys.stdout.write("one two three\nfour")
        with shown.view.working("some-provider", lambda: None):
            await shown.shows("some-provider, 0 s")
            shown.press("typed")
            await shown.shows("typed")

            assert shown.lines() == [
                "one two three",
                "four",
                "",
                "some-provider, 0 s",
                "> typed",
                "x" * 18 + "…",
            ]


async def test_what_waits_stands_apart() -> None:
    """A blank row is between an answer and what is queued behind it."""
    async with screen() as shown:
        sys.stdout.write("an answer\n")
        with shown.view.working("hf", lambda: None):
            shown.press("next\r")
            await shown.shows("queued: next")

            assert shown.lines()[:3] == ["an answer", "", "queued: next"]


async def test_a_lot_at_once() -> None:
    """A big text is printed whole, and keys are taken while it is."""
    async with screen() as shown:
        sys.stdout.write("".join(f"line {number}\n" for number in range(3_000)))
        shown.press("typed")
        await shown.shows("> typed")
        typed_at = shown.written.index("typed")
        await shown.shows("line 2999")

        assert shown.lines()[:3_000] == [f"line {number}" for number in range(3_000)]
        assert "line 2999" not in shown.written[:typed_at]


async def test_what_cannot_be_shown_ends_the_chat() -> None:
    """An error of what is shown ends the chat with that error, which is not repeated."""

    class Broken(str):
        def split(self, *_: object) -> list[str]:
            raise ZeroDivisionError

    async def chat() -> None:
        async with screen() as shown:
            screens.append(shown)
            shown.view.status(Broken("text"))
            entries.append(await shown.view.next_entry())

    screens: list[Shown] = []
    entries: list[Entry | None] = []
    with pytest.raises(ZeroDivisionError):
        await chat()

    assert entries == [None]
    assert "Traceback" not in screens[0].written
