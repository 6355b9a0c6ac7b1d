"""The input of the chat: sending, new lines, and editing."""

import pytest
from ollama_cli.chat.screen.editing.folding import Folds
from ollama_cli.chat.screen.editing.showing import Unfolding
from prompt_toolkit.document import Document
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.processors import TransformationInput

from ._chat_input import BACKSPACE, DELETE, DOWN, ENTER, ESC, LEFT, RIGHT, UP, pasted, typist

HOME = "\x01"
UNDO = "\x1f"


async def typed(*keys: str, vi: bool = False) -> list[str]:
    """Return what is sent when these keys are typed into an empty input."""
    async with typist(vi=vi) as chat:
        await chat.type(*keys)
        return [entry.text for entry in chat.sent]


async def test_enter_sends() -> None:
    """Enter sends what was typed, and empties the input."""
    async with typist() as chat:
        await chat.type("Why?", ENTER)

        assert [entry.text for entry in chat.sent] == ["Why?"]
        assert chat.editor.is_empty


@pytest.mark.parametrize("keys", ["", "  ", '""""""'])
async def test_a_blank_input_is_not_sent(keys) -> None:
    """Enter does nothing if nothing was typed, or spaces only."""
    assert await typed(keys, ENTER) == []


@pytest.mark.parametrize(
    "key",
    ["\x1b\r", "\x1b[13;2u", "\x1b[27;2;13~", "\x1b[13;5u", "\x1b[13;3u"],
    ids=["alt", "shift", "shift-xterm", "ctrl", "alt-kitty"],
)
@pytest.mark.parametrize("vi", [False, True])
async def test_enter_with_another_key_begins_a_line(key, vi) -> None:
    """Alt-Enter begins a new line, and so do Shift and Ctrl on terminals that tell them apart."""
    assert await typed("a", key, "b", ENTER, vi=vi) == ["a\nb"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("\x1b[97u", "one twoa"),
        ("\x1b[65;2u", "one twoA"),
        ("\x1b[27;2;65~", "one twoA"),
        ("\x1b[119;5u", "one "),
        ("\x1b[27;5;119~", "one "),
        ("\x1b[127;3u", "one "),
        ("\x1b[228;1u", "one twoä"),
        ("\x1b[57441;2u", "one two"),
        ("\x1b[27;99999999999999;99999999999999~", "one two"),
        ("\x1b[0u", "one two"),
        ("\x1b[201~", "one two"),
    ],
)
async def test_keys_of_terminals_that_tell_all_apart(key, text) -> None:
    """A key with Ctrl, Alt or Shift does the same however the terminal sends it."""
    async with typist() as chat:
        await chat.type("one two", key)

        assert chat.text == text


async def test_escape_then_enter_begins_a_line() -> None:
    """Esc and Enter, one after the other, are Alt-Enter."""
    async with typist() as chat:
        await chat.send("a", ESC)
        await chat.until(chat.is_half_way)
        await chat.type(ENTER, "b", ENTER)

        assert [entry.text for entry in chat.sent] == ["a\nb"]


async def test_a_backslash_continues() -> None:
    """A line that ends in a backslash goes on in the next, without the backslash."""
    assert await typed("a\\", ENTER, "b", ENTER) == ["a\nb"]


async def test_two_backslashes_do_not_continue() -> None:
    """A line that ends in two backslashes is sent with both."""
    assert await typed("C:\\\\", ENTER) == ["C:\\\\"]


async def test_a_backslash_in_the_line_of_the_cursor_counts() -> None:
    """The new line begins after the line of the cursor, wherever in it the cursor is."""
    assert await typed("one\\", HOME, ENTER, "two", ENTER) == ["one\ntwo"]


async def test_a_terminal_that_sends_both_line_endings() -> None:
    """Where a terminal writes a backslash, CR and LF for Shift-Enter, a line begins."""
    assert await typed("a\\\r\n", "b", ENTER) == ["a\nb"]


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        (('"""a', ENTER, 'b"""', ENTER), "a\nb"),
        (('"""', ENTER, "a", ENTER, '"""', ENTER), "a"),
        (('"""one"""', ENTER), "one"),
        (('"""a', ENTER, ENTER, 'b"""  ', ENTER), "a\n\nb"),
        (('"""a"b""c', ENTER, '"""', ENTER), 'a"b""c'),
        (('say """x"""', ENTER), 'say """x"""'),
        (('"""/help"""', ENTER), "/help"),
    ],
)
async def test_quotes_hold_lines_together(keys, sent) -> None:
    """A text that begins with three quotes goes on until three quotes end it."""
    assert await typed(*keys) == [sent]


@pytest.mark.parametrize("text", ["a\\", '"""a', "/help"])
async def test_what_was_quoted_can_be_sent_again(text) -> None:
    """A text that only quotes let through is sent again as it is, without them."""
    async with typist() as chat:
        await chat.type(f'"""{text}"""', ENTER)
        await chat.type(UP, ENTER)

        assert [entry.text for entry in chat.sent] == [text, text]
        assert chat.sent[1].pieces[0].typed is (text == "a\\")


async def test_spaces_around_are_sent() -> None:
    """What is sent is what was typed, spaces included."""
    assert await typed(" a ", ENTER) == [" a "]


async def test_what_is_cleared_can_be_had_again() -> None:
    """A text that was cleared is the newest in the history of this process."""
    async with typist() as chat:
        await chat.type("a long thought")
        chat.editor.clear()
        assert chat.editor.is_empty
        await chat.type(UP)

        assert chat.text == "a long thought"


@pytest.mark.parametrize("key", ["\x03", "\x04", "\x07"], ids=["ctrl-c", "ctrl-d", "ctrl-g"])
async def test_a_search_is_given_up(key) -> None:
    """Ctrl-C, Ctrl-D and Ctrl-G end a search, and nothing else; the input is as it was."""
    async with typist() as chat:
        await chat.type("alpha", ENTER)
        await chat.type("beta", "\x12al")
        await chat.until(lambda: "> alpha" in chat.screen)
        await chat.type(key, "!", ENTER)

        assert [entry.text for entry in chat.sent] == ["alpha", "beta!"]


async def test_the_history_is_searched() -> None:
    """Ctrl-R finds entries that hold what is typed, and Enter takes one without sending it."""
    async with typist() as chat:
        for text in ("one alpha", "two alpha", "three"):
            await chat.type(text, ENTER)
        await chat.type("\x12ALPHA", "\x12", ENTER)

        assert chat.text == "one alpha"
        assert len(chat.sent) == 3


async def test_the_history_is_gone_through() -> None:
    """Up and Down at the first and the last line go through the history, lines within it first."""
    async with typist() as chat:
        for text in ("one", "two\x1b\rlines"):
            await chat.type(text, ENTER)
        await chat.type("draft", "\x01")
        await chat.type(UP)
        assert chat.text == "two\nlines"
        await chat.type(UP, UP)
        assert chat.text == "one"
        await chat.type(DOWN, DOWN, DOWN)

        assert chat.text == "draft"


async def test_after_deleting_an_old_entry_the_newest_comes() -> None:
    """Up in an input that was emptied begins with the newest entry."""
    async with typist() as chat:
        for text in ("one", "two", "three"):
            await chat.type(text, ENTER)
        await chat.type(UP, UP, "\x15", UP)

        assert chat.text == "three"


async def test_up_finds_what_begins_alike() -> None:
    """With a text before the cursor, Up finds the entries that begin with it."""
    async with typist() as chat:
        for text in ("say one", "tell two", "say three"):
            await chat.type(text, ENTER)
        await chat.type("say", UP, UP)

        assert chat.text == "say one"


async def test_an_entry_goes_before_what_is_there() -> None:
    """An entry that is put back stands before what was typed meanwhile."""
    async with typist() as chat:
        await chat.type("first", ENTER, "second")
        chat.editor.put(chat.sent[0])

        assert chat.text == "first\nsecond"


@pytest.mark.parametrize(
    "character",
    [
        "é",
        "e\u0301",
        "漢",
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "👍🏽",
        "1\ufe0f\u20e3",
        "한",
        "\u1112\u1161\u11ab",
        "नि",
    ],
)
async def test_one_character_is_deleted(character) -> None:
    """Backspace takes what people see as one character, however it is encoded."""
    async with typist() as chat:
        await chat.type("a", character, "b", LEFT, BACKSPACE)

        assert chat.text == "ab"


@pytest.mark.parametrize("character", ["e\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "\u1112\u1161\u11ab"])
async def test_the_cursor_passes_one_character(character) -> None:
    """The arrows and Delete take what people see as one character."""
    async with typist() as chat:
        await chat.type("a", character, "b", HOME, RIGHT, RIGHT, "|", LEFT, LEFT, DELETE)

        assert chat.text == "a|b"


async def test_flags_are_two_halves_each() -> None:
    """Of two flags that follow each other one is deleted."""
    async with typist() as chat:
        await chat.type("🇩🇪🇫🇷", BACKSPACE)

        assert chat.text == "🇩🇪"


async def test_a_paste_replaces_what_is_selected() -> None:
    """A paste takes the place of what was selected with Shift."""
    async with typist() as chat:
        await chat.type("abc", "\x1b[1;2D" * 2, pasted("X"))

        assert chat.text == "aX"


async def test_undo() -> None:
    """What was deleted comes back."""
    async with typist() as chat:
        await chat.type("one two", "\x17", UNDO)

        assert chat.text == "one two"


async def test_vi_keys() -> None:
    """With vi keys, Esc leaves typing at once, and the commands of vi edit."""
    async with typist(vi=True) as chat:
        await chat.type("one two")
        await chat.send(ESC)
        await chat.until(chat.is_commanding)
        await chat.type("bdwa2", ENTER)

        assert [entry.text for entry in chat.sent] == ["one 2"]


@pytest.mark.parametrize(
    ("keys", "text"), [('b"adw', "one "), ('0"aywwP', "one one two"), ('b"acwx', "one x")]
)
async def test_vi_commands_with_registers(keys, text) -> None:
    """The name of a register before a command of vi does no harm."""
    async with typist(vi=True) as chat:
        await chat.type("one two")
        await chat.send(ESC)
        await chat.until(chat.is_commanding)
        await chat.type(keys)

        assert chat.text == text


async def test_vi_sends_from_its_command_mode() -> None:
    """Enter sends from the command mode too, and the next message is typed."""
    async with typist(vi=True) as chat:
        await chat.type("one")
        await chat.send(ESC)
        await chat.until(lambda: chat.screen == ": one")
        await chat.type(ENTER, "two", ENTER)

        assert [entry.text for entry in chat.sent] == ["one", "two"]


async def test_a_pair_of_surrogates() -> None:
    """A character that arrives as a pair, as on Windows, is joined; half of one is replaced."""
    async with typist() as chat:
        chat.editor.buffer.insert_text("a\ud83d\udc3ab\ud83d")

        assert chat.text == "a🐺b\ufffd"


async def test_bytes_that_are_not_text() -> None:
    """A byte that is not UTF-8 becomes the mark of a missing character."""
    assert await typed("a\udcffb", ENTER) == ["a\ufffdb"]


async def test_characters_that_hide_are_shown() -> None:
    """What turns the direction of writing is shown by its number, and sent."""
    async with typist() as chat:
        await chat.type("a\u202eb")
        await chat.until(lambda: "a<U+202E>b" in chat.screen)

        assert chat.text == "a\u202eb"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👩\u200d👩\u200d👧", "👩👩👧"),
        ("👍\U0001f3fd", "👍"),
        ("❤\ufe0f\u200d🔥", "❤🔥"),
        ("👩\U0001f3fd\u200d💻", "👩💻"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("\U0001f3fd", "\U0001f3fd"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_emoji_are_shown_as_wide_as_they_are_counted(text, shown) -> None:
    """What joins or changes emoji is not shown, because terminals differ in it."""
    document = Document(text)
    line = TransformationInput(
        BufferControl(), document, 0, lambda at: at, [("", text)], width=80, height=1
    )
    found = Unfolding(Folds()).apply_transformation(line)

    assert "".join(fragment[1] for fragment in found.fragments) == shown
    assert found.source_to_display(len(text)) == len(shown)


async def test_every_line_is_shown() -> None:
    """The lines of the input stand below each other, after the prompt."""
    async with typist() as chat:
        await chat.type("one\\", ENTER, pasted("\ttwo"))
        await chat.until(lambda: "two" in chat.screen)

        assert chat.screen == "> one\n      two"


async def test_a_long_input_takes_a_third_of_the_screen() -> None:
    """More lines than a third of the rows scroll within the input."""
    async with typist() as chat:
        await chat.type(*(f"{number}\\\r" for number in range(20)), "last")
        await chat.until(lambda: "last" in chat.screen)

        assert len(chat.screen.splitlines()) == 8
