import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.terminal.escapes import LONGEST_SEQUENCE, EscapeFilter, without_escapes

SNIPPETS = st.sampled_from(
    [*"\x1b[\\P\x07\x9b\x9c\x9d\néx", "31m", "]0;title", "(B", "\x1b[", "\x1b]"]
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
