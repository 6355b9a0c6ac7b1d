"""Pastes into the input of the chat."""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.chat.screen.editing.folding import Folds
from ollama_cli.chat.screen.editing.receiving import Receiver
from ollama_cli.inputs.mentions import with_mentions
from prompt_toolkit.keys import Keys

from ._chat_input import BACKSPACE, ENTER, LEFT, UP, pasted, typist

UNDO = "\x1f"
LONG = "\n".join(f"line {number}" for number in range(12))
SHOWN = "[pasted 1: 12 lines, 85 bytes]"


async def entered(*keys: str) -> Entry:
    """Return what is sent when these keys are typed into an empty input."""
    async with typist() as chat:
        await chat.type(*keys)
        (entry,) = chat.sent
        return entry


async def test_a_small_paste_goes_in_as_it_is() -> None:
    """A few lines are inserted, and Enter alone sends them."""
    async with typist() as chat:
        await chat.type("See: ", pasted("one\n\ttwo\n"))
        assert not chat.sent
        await chat.type("three", ENTER)

        assert chat.sent == [Entry.of("See: one\n\ttwo\nthree")]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
async def test_line_endings_become_newlines(end) -> None:
    """A terminal may send any line ending."""
    assert (await entered(pasted(f"a{end}b{end}{end}c"), ENTER)).text == "a\nb\n\nc"


async def test_a_big_paste_is_folded() -> None:
    """A long paste stands as one line in the input, and is sent whole."""
    entry = await entered("Why? ", pasted(LONG), " Say.", ENTER)

    assert entry.shown == f"Why? {SHOWN} Say."
    assert entry.pieces == (Piece("Why? "), Piece(LONG, typed=False), Piece(" Say."))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("x" * 1001, "[pasted 1: 1 line, 1,001 bytes]"),
        ("ü" * 12_345, "[pasted 1: 1 line, 25 kB]"),
        ("ab\n" * 400_000, "[pasted 1: 400,000 lines, 1.2 MB]"),
    ],
)
async def test_the_label_says_how_much_it_is(text, label) -> None:
    """The label has the lines and the size."""
    entry = await entered(pasted(text), ENTER)

    assert entry.shown == label
    assert entry.text == text


async def test_the_label_is_on_the_screen() -> None:
    """The screen shows the label, and the text around it."""
    async with typist() as chat:
        await chat.type("a", pasted(LONG), "b")
        await chat.until(lambda: f"> a{SHOWN}b" in chat.screen)


async def test_a_fold_is_one_character() -> None:
    """Backspace deletes a whole paste, the cursor passes it, and undo brings it back."""
    async with typist() as chat:
        await chat.type("a", pasted(LONG), "b", LEFT, BACKSPACE)
        assert chat.text == "ab"
        await chat.type(UNDO)
        assert chat.text == f"a{LONG}b"
        await chat.type(LEFT, "c", ENTER)

        assert [entry.text for entry in chat.sent] == [f"ac{LONG}b"]


async def test_several_pastes_are_counted() -> None:
    """Each paste has a number of its own."""
    entry = await entered(pasted(LONG), " or ", pasted(LONG + "!"), ENTER)

    assert entry.shown == f"{SHOWN} or [pasted 2: 12 lines, 86 bytes]"
    assert entry.text == f"{LONG} or {LONG}!"


async def test_a_paste_in_quotes() -> None:
    """A big paste between three quotes is sent without them."""
    assert (await entered('"""', pasted(LONG), '"""', ENTER)).text == LONG


async def test_the_same_paste_twice() -> None:
    """Of two pastes with the same text one is deleted, and the other stays."""
    entry = await entered(pasted(LONG), pasted(LONG), BACKSPACE, ENTER)

    assert (entry.text, entry.shown) == (LONG, SHOWN)


async def test_completing_keeps_a_paste(tmp_path, monkeypatch) -> None:
    """What is completed after a paste does not change the paste."""
    (tmp_path / "file.txt").touch()
    monkeypatch.chdir(tmp_path)
    async with typist() as chat:
        await chat.type(pasted(LONG), " @f")
        await chat.until(lambda: chat.editor.buffer.complete_state)
        await chat.type("\t")
        await chat.until(lambda: chat.text.endswith("@file.txt"))
        await chat.type(ENTER)

        assert [entry.text for entry in chat.sent] == [f"{LONG} @file.txt"]


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        (("/help",), True),
        ((pasted("/help"),), True),
        ((pasted("/help\nmore"),), False),
        ((pasted("/help " * 300),), False),
        (('"""/help"""',), False),
        (("/file ", pasted(LONG)), True),
        (('"""', pasted("/help"), '"""'), False),
    ],
)
async def test_what_calls_a_command_was_typed(keys, typed) -> None:
    """A pasted line is as good as a typed one; longer pastes and quoted texts are messages."""
    assert (await entered(*keys, ENTER)).pieces[0].typed is typed


async def test_a_typed_label_is_text() -> None:
    """A label that somebody types stands for nothing."""
    entry = await entered(pasted(LONG), SHOWN, ENTER)

    assert entry.pieces == (Piece(LONG, typed=False), Piece(SHOWN))


@pytest.mark.parametrize("mark", ["\U00100000", "\U0010fff0", "\U0010ffff"])
async def test_a_character_that_is_used_as_a_mark(mark) -> None:
    """A private character that marks a fold elsewhere is sent as itself, typed or pasted."""
    assert (await entered("a", mark, pasted(LONG), pasted(mark), ENTER)).text == (
        f"a{mark}{LONG}{mark}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "@secret",
        "see @secret now",
        '@"a b"',
        "(@secret)",
        "@secret " * 200,
        "x\n@secret",
        "漢@a",
        "@@a",
    ],
)
async def test_a_paste_mentions_no_file(text) -> None:
    """An ``@path`` in a paste is text, and shown as it is unless the paste is big."""
    entry = await entered("Look: ", pasted(text), ENTER)

    assert entry.text == f"Look: {text}"
    assert mentioned(entry) == []
    assert (entry.shown == entry.text) == (len(text) <= 1000)


async def test_a_typed_mention_beside_a_paste_counts() -> None:
    """What was typed before and after a paste mentions files."""
    entry = await entered("@a ", pasted("@b"), " @c", ENTER)

    assert mentioned(entry) == ["a", "c"]


def mentioned(entry: Entry) -> list[str]:
    """Return the files that an entry mentions, as the chat finds them."""
    found = Mentioned()
    for piece in entry.pieces:
        if piece.typed:
            with_mentions(piece.text, found)
    return found.paths


class Mentioned:
    """Takes the paths that are mentioned."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def add_mentioned(self, path: str) -> bool:
        """Keep a path."""
        self.paths.append(path)
        return True


@pytest.mark.parametrize("text", ['"""Doc."""\nimport os', '"""', "C:\\dir\\", "\\"])
async def test_a_paste_is_not_what_the_keys_mean(text) -> None:
    """Quotes at the beginning and a backslash at the end of a paste are sent as they are."""
    assert (await entered(pasted(text), ENTER)).text == text


async def test_control_characters_are_shown_harmlessly() -> None:
    """What a terminal would obey is shown, and sent as it was."""
    text = "\x1b]0;title\x07\x1b[2J\x00\x9b31m"
    async with typist() as chat:
        await chat.type(pasted(text))
        await chat.until(lambda: "> ^[]0;title^G^[[2J^@<9b>31m" in chat.screen)
        await chat.type(ENTER)

        assert [entry.text for entry in chat.sent] == [text]


async def test_an_end_mark_in_a_paste_types_nothing() -> None:
    """A paste that holds the mark of its end cannot press Enter."""
    text = "echo harmless\x1b[201~\rrm -rf /\r"
    async with typist() as chat:
        await chat.type(pasted(text))

        assert not chat.sent
        assert chat.text == text.replace("\r", "\n")


async def test_two_pastes_at_once() -> None:
    """Two pastes that arrive together are two."""
    entry = await entered(pasted(LONG), "x", pasted("y"), ENTER)

    assert entry.text == f"{LONG}xy"


async def test_a_paste_without_an_end() -> None:
    """If the end of a paste never comes, Ctrl-C ends it, and nothing is lost."""
    async with typist() as chat:
        await chat.send("a\x1b[200~b\rc")
        await asyncio.sleep(0.1)
        assert chat.text == "a"
        await chat.send("\x03")
        await chat.until(lambda: chat.text == "ab\nc")
        await chat.type("d", ENTER)

        assert [entry.text for entry in chat.sent] == ["ab\ncd"]


async def test_a_big_paste_arrives_whole() -> None:
    """A megabyte that arrives in pieces is sent without a byte lost."""
    text = "".join(f"{number} ü 漢字 🎈\n" for number in range(50_000))
    async with typist() as chat:
        await chat.type(pasted(text.replace("\n", "\r")), ENTER)

        assert chat.sent[0].text == text


async def test_a_paste_comes_back_folded() -> None:
    """The history shows a paste as it stood in the input."""
    async with typist() as chat:
        await chat.type("Why? ", pasted(LONG), ENTER)
        await chat.type(UP)

        assert chat.shown == f"Why? {SHOWN}"
        await chat.type(ENTER)
        assert chat.sent[0] == chat.sent[1]


async def test_a_paste_in_the_search() -> None:
    """A paste while the history is searched is what is searched for."""
    async with typist() as chat:
        await chat.type("alpha", ENTER, "beta", ENTER)
        await chat.type("\x12", pasted("alp\rx\r"), ENTER)

        assert chat.text == "alpha"
        assert len(chat.sent) == 2


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x1b\x03")
TYPED = st.text(st.sampled_from("ab @\"'([{漢é👍"), max_size=12)
PASTED = st.one_of(
    st.text(CHARACTERS, max_size=40),
    st.text(st.sampled_from('@"\\ \n\tx\U00100000'), max_size=1500),
    st.integers(0, 30).map(lambda lines: "line @x\n" * lines),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(TYPED, PASTED), min_size=1, max_size=4))
@example([('"', '""x'), ("", "\\")])
@example([("@", "x"), ("", "@")])
@example([("", '"""a')])
@example([("", "/help\n"), ("", "@")])
@example([("", "\\\\")])
@example([("@", "\\\\")])
def test_what_is_sent_is_what_was_entered(parts) -> None:
    """However typing and pasting follow each other, all of it is sent."""
    keys = [key for typed, text in parts for key in (typed, pasted(text))]
    whole = "".join(typed + newlines(text) for typed, text in parts)
    if whole.startswith('"""') and parts[0][0]:
        return  # these quotes are not sent

    async def check() -> None:
        async with typist() as chat:
            await chat.type(*keys, "x", ENTER)
            assert [entry.text for entry in chat.sent] == [f"{whole}x"]
            chat.editor.put(chat.sent[0])
            await chat.type(ENTER)
            assert chat.sent[0].pieces == chat.sent[1].pieces

    asyncio.run(check())


@given(PASTED, PASTED)
def test_no_paste_mentions_a_file(one, other) -> None:
    """Whatever two pastes hold that follow each other, no ``@`` in them counts as typed."""
    folds = Folds()
    entry = folds.entry(folds.pasted(one) + folds.pasted(other))

    assert entry.text == newlines(one) + newlines(other)
    assert not any("@" in piece.text for piece in entry.pieces if piece.typed)


def newlines(text: str) -> str:
    """Return a text with newlines as line endings."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.lists(st.text(st.sampled_from("a\r\x1b[20~1;3u"), max_size=6), max_size=6), st.data())
def test_pieces_of_any_size_are_the_same(texts, data) -> None:
    """Where the terminal's bytes are cut does not change the pastes and the text."""
    sent = "".join(f"{pasted(text.replace(chr(27), ''))}k" for text in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    pieces = [sent[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]

    assert received(pieces) == received([sent])


def received(pieces: list[str]) -> list[tuple[Keys | str, str]]:
    """Return the keys of what arrived."""
    keys: list[tuple[Keys | str, str]] = []
    receiver = Receiver(lambda press: keys.append((press.key, press.data)))
    for piece in pieces:
        receiver.feed(piece)
    receiver.flush()
    return keys


def test_folds_are_forgotten_when_nothing_shows_them() -> None:
    """Pastes that are in no text any more do not fill the memory; the others stay."""
    folds = Folds()
    kept = folds.pasted("kept" * 1000)
    for number in range(70):
        folds.pasted(f"{number}" * (1 << 20))
    folds.forget_all_but([f"a{kept}b"])

    assert folds.whole(kept) == "kept" * 1000
    assert folds.held < 66 << 20
