"""Summing up without a model."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.conversation.blocks import Entry
from ollama_cli.conversation.extract import extract, shortened
from ollama_cli.conversation.measure import pieces_of, text_tokens
from provider_sdk.testing import count_steps

TEXT = """Please mend `parse_it` in src/app/reader.py. It is too slow.
It was written long ago. Nobody knows why.

The deadline is Friday."""


def at_most(length: int):
    """Return a bound of so many characters."""
    return lambda text: len(text) <= length


def test_first_and_last_sentence() -> None:
    """An entry keeps its first and last sentence, and names from its text."""
    found = extract(
        "",
        [Entry("user", TEXT + " It uses load_all and FastReader.readIt too.\n\nThanks.")],
        at_most(500),
    )

    assert found == (
        "- user: Please mend `parse_it` in src/app/reader.py. […] Thanks. (load_all, readIt)"
    )


def test_one_sentence_stands_once() -> None:
    """A short text is kept whole."""
    assert extract("", [Entry("user", "\n\nWhy?\n")], at_most(500)) == "- user: Why?"


def test_other_scripts_have_sentences() -> None:
    """A full stop of Chinese ends one."""
    found = extract("", [Entry("user", "你好。我要一本书。谢谢。")], at_most(500))

    assert found == "- user: 你好。 […] 谢谢。"


def test_earlier_summary_stands_first() -> None:
    """It is kept, at least half as long as there is room."""
    entries = [Entry("user", f"Question {number}.") for number in range(100)]
    found = extract("The sky is blue.", entries, at_most(200))

    assert found.startswith("The sky is blue.\n(")
    assert found.endswith("- user: Question 99.")
    assert len(found) <= 200


def test_long_sentences_give_way_first() -> None:
    """Sentences are cut before an entry is left out."""
    entries = [Entry("user", f"Q{number} " + "x" * 500) for number in range(5)]
    found = extract("", entries, at_most(600))

    assert [f"Q{number}" in found for number in range(5)] == [True] * 5


def test_pieces_of_a_long_text_count_once() -> None:
    """Only the first piece is an entry."""
    entries = [Entry("user", "First."), Entry("user", "Second.", continued=True)]

    assert extract("", entries, at_most(100)) == "- user: First."


def test_huge_text_is_not_read_wholly() -> None:
    """What is long and has no sentence costs no more than what is short."""
    for text in (
        "x" * 5_000_000,
        " " * 5_000_000,
        "a/" * 2_000_000,
        "a_" * 2_000_000,
        "\n" * 5_000_000,
    ):
        assert len(extract("", [Entry("user", text)], at_most(600))) <= 600


@given(
    st.text(max_size=300),
    st.lists(st.builds(Entry, st.sampled_from(["user", "assistant"]), st.text(), st.booleans())),
    st.integers(0, 200),
)
def test_bound_holds(before: str, entries: list[Entry], length: int) -> None:
    """Whatever there is, the result fits, and is the same again."""
    found = extract(before, entries, at_most(length))

    assert len(found) <= length
    assert found == extract(before, entries, at_most(length))


@given(st.text(), st.integers(0, 50))
def test_shortened(text: str, length: int) -> None:
    """What fits is left alone; else beginning and end are kept."""
    found = shortened(text, at_most(length))

    assert len(found) <= length
    assert found == text or len(text) > length


def test_work_is_bounded() -> None:
    """Ten times as many entries do not take ten times as long once the room is full."""
    entries = [Entry("user", f"Question {number}.") for number in range(20_000)]
    few, many = (
        count_steps(partial(extract, "", entries[:count], at_most(2000)))
        for count in (2000, 20_000)
    )

    assert many < 5 * few


PIECES = st.sampled_from(
    ["word ", "漢字", "👩‍👩‍👧", "\n", "x_y(z)", "\ud800", " ", "Größe ", "a" * 40]
)


@given(st.lists(PIECES, max_size=200).map("".join), st.integers(1, 60))
def test_pieces(text: str, tokens: int) -> None:
    """Together they are the text, and each is short enough, if it has more than one character."""
    pieces = list(pieces_of(text, tokens))

    assert "".join(pieces) == text
    assert all(text_tokens(piece) <= tokens or len(piece) == 1 for piece in pieces)


def test_pieces_end_where_words_do() -> None:
    """A text is cut between lines or words."""
    pieces = list(pieces_of("some words in a row " * 50, 20))

    assert len(pieces) > 5
    assert all(piece.endswith(" ") for piece in pieces)
