from unicodedata import bidirectional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.terminal.escapes import (
    LONGEST_SEQUENCE,
    EscapeFilter,
    on_one_line,
    values_without_escapes,
    without_escapes,
)

SNIPPETS = st.sampled_from(
    [*"\x1b[\\P\x07\x9b\x9c\x9d\néx", "31m", "]0;title", "(B", "\x1b[", "\x1b]", "\u202e"]
)
TEXTS = st.lists(SNIPPETS | st.text(max_size=3), max_size=20).map("".join)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("a\x1b[1;31mred\x1b[0mb", "aredb", id="colour"),
        pytest.param("a\x1b[2J\x1b[Hb", "ab", id="clear-screen"),
        pytest.param("a\x1b]0;title\x07b", "ab", id="title-with-bell"),
        pytest.param("a\x1b]8;;http://x\x1b\\b", "ab", id="link-with-terminator"),
        pytest.param("a\x1b]52;c;aGk=\x9cb", "ab", id="clipboard-with-8-bit-terminator"),
        pytest.param("a\x1bP1$r0m\x1b\\b", "ab", id="device-control"),
        pytest.param("a\x1b(Bb", "ab", id="character-set"),
        pytest.param("a\x1bcb", "ab", id="reset"),
        pytest.param("a\x9b31mb", "ab", id="8-bit-colour"),
        pytest.param("a\x9d0;title\x07b", "ab", id="8-bit-title"),
        pytest.param("a\x1b\x1b[31mb", "ab", id="escape-twice"),
        pytest.param("a\x1b[3\x1b[1mb", "ab", id="escape-within-sequence"),
        pytest.param("a\x07\x08\rb\x7f", "ab", id="control-characters"),
        pytest.param("a\x1b", "a", id="escape-at-the-end"),
        pytest.param("a\x1bé", "aé", id="escape-before-a-letter-of-no-sequence"),
    ],
)
def test_terminal_control_is_dropped(written: str, shown: str) -> None:
    """What a terminal would obey is gone, and the text around it stays."""
    assert without_escapes(written) == shown


def test_text_is_left_alone() -> None:
    """Tabs, newlines, brackets and letters of every alphabet pass."""
    text = "a\tb\n[31m] naïve 日本語 🌍 \u00a0"

    assert without_escapes(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("👩\u200d👩\u200d👧 ❤\ufe0f", id="emoji"),
        pytest.param("می\u200cشود", id="persian"),
        pytest.param("क्\u200dष", id="devanagari"),
        pytest.param("葛\U000e0100", id="ideographic-variation"),
        pytest.param("\ufffc \ufffd", id="replacement-characters"),
        pytest.param("שלום\u200f! \u061c1\u200e", id="marks-of-direction"),
        pytest.param("Donau\xaddampf\u200bschiff\u2060fahrt\ufeff", id="places-for-breaks"),
    ],
)
def test_joiners_are_kept(text: str) -> None:
    """Emoji and scripts need characters that show nothing by themselves."""
    assert without_escapes(text) == text


@pytest.mark.parametrize(
    "hidden",
    [
        *map(chr, range(0x202A, 0x202F)),
        *map(chr, range(0x2066, 0x206A)),
        "".join(chr(0xE0000 + ord(letter)) for letter in "run rm"),
    ],
    ids=ascii,
)
def test_hidden_characters_are_dropped(hidden: str) -> None:
    """What turns the text around, or is text that nobody sees, is not shown."""
    assert without_escapes(f"pay {hidden}lla{hidden}") == "pay lla"


def test_every_control_of_direction_is_dropped() -> None:
    """Unicode marks them all by their bidirectional class."""
    marks = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    found = [chr(code) for code in range(0x110000) if bidirectional(chr(code)) in marks]

    assert len(found) == len(marks)
    assert without_escapes("".join(found)) == ""


def test_an_id_stays_on_its_line() -> None:
    """A line break in it would pass for another one."""
    assert on_one_line("org/one\norg/\x1b[31mtwo\tfree\u202e") == "org/one org/two free"


def test_values_are_cleaned_at_every_depth() -> None:
    """Lists and objects are, and what is not text stays as it is."""
    found = values_without_escapes({"a": ["\x1b[1mb", 1, None], "c": ({"d": "\u202ee"},)})

    assert found == {"a": ["b", 1, None], "c": [{"d": "e"}]}


def test_newline_ends_a_sequence() -> None:
    """An opening without end takes the rest of its line at most."""
    assert without_escapes("a\x1b]0;oops\nthe answer") == "a\nthe answer"


def test_sequence_ends_at_its_limit() -> None:
    """An opening without end takes no more than the limit, even of one endless line."""
    assert without_escapes("\x1b]" + "x" * (LONGEST_SEQUENCE + 7)) == "x" * 7


def test_limit_is_of_one_sequence() -> None:
    """Sequences that keep to the limit are all dropped, however many there are."""
    assert without_escapes(("\x1b]" + "x" * (LONGEST_SEQUENCE - 1) + "\x07") * 2) == ""


@given(TEXTS, st.data())
def test_cuts_change_nothing(text: str, data: st.DataObject) -> None:
    """However the text is cut, the same of it is shown."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    filtered = EscapeFilter()

    assert "".join(map(filtered.feed, pieces)) == without_escapes(text)


@given(TEXTS)
def test_no_control_passes(text: str) -> None:
    """Whatever is written, no control character but tab and newline is shown."""
    shown = without_escapes(text)

    assert not [char for char in shown if char < " " and char not in "\t\n"]
    assert not [char for char in shown if "\x7f" <= char <= "\x9f"]
