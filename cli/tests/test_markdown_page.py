"""A page of Markdown as it is seen on a terminal."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.terminal.markdown.looks import Look
from ollama_cli.terminal.markdown.page import MarkdownPage

from ._pages import page_of, shown, styled, styles

_BITS = [
    *("a", "word", "*", "**", "***", "_", "__", "`", "``", "```", "~~~", "\n", "\n\n", " ", "    "),
    *("\t", "#", "# ", "- ", "1. ", "2) ", "> ", ">", "|", "[", "](", "http://x.y", "]", ")", "!"),
    *(
        "$",
        "$$",
        "\\",
        "\\(",
        "\\)",
        "日",
        "本",
        "語。",
        "é",
        "👍🏽",
        "---",
        "=",
        "\n```py\n",
        "\n```\n",
    ),
    *("| a | b |\n|---|--:|\n| c | d |\n", "<br>", "x" * 50),
]
_TEXTS = st.lists(st.sampled_from(_BITS), max_size=40).map("".join)


@given(text=_TEXTS, columns=st.integers(20, 60), seed=st.randoms(use_true_random=False))
def test_pieces_make_no_difference(text: str, columns: int, seed: random.Random) -> None:
    """At once, in single characters, or cut anywhere: the same characters in the same styles."""
    cuts = sorted(seed.randint(0, len(text)) for _ in range(5))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = styles(page_of([text], columns))

    assert styles(page_of(text, columns)) == whole
    assert styles(page_of(pieces, columns)) == whole


@given(text=_TEXTS)
def test_no_word_is_lost(text: str) -> None:
    """Every letter is there, however broken the markup is."""
    seen = shown(text)

    for letter in "wordhtpx日本語é":
        assert seen.count(letter) >= text.replace("http://x.y](http://x.y", "").count(letter)


@given(text=_TEXTS)
def test_styles_end_with_each_piece(text: str) -> None:
    """After each piece the terminal is as before, so that an interrupt leaves nothing behind."""
    page = MarkdownPage(Look(), lambda: 30)
    for written in [*map(page.feed, text), page.end()]:
        assert written.rpartition("\x1b[")[2].startswith("0m") or "\x1b[" not in written


@given(text=_TEXTS)
def test_no_line_of_text_ends_in_a_space(text: str) -> None:
    """What is copied has no spaces at the ends of its lines."""
    text = text.replace("```", "").replace("~~~", "").replace("    ", "")
    for line in shown(text, 25).split("\n"):
        assert line == line.rstrip(" ")


def test_finished_text_is_never_touched() -> None:
    """No sequence but that for styles is written: the cursor only goes on."""
    assert "\x1b" not in shown("# a\n- b\n\n|a|\n|-|\n|b|\n\n```\nc\n```\n> d\n---\n")


def test_words_come_at_once() -> None:
    """A word is written when the next character shows that it is complete."""
    page = MarkdownPage(Look(), lambda: 80)

    assert [page.feed(piece) for piece in ("The", " sky", " is")] == ["", "The", " sky"]


def test_code_comes_at_once() -> None:
    """Within a line, too."""
    page = MarkdownPage(Look(color=False), lambda: 80)
    page.feed("```py\n")

    assert [page.feed(piece) for piece in ("print", "(1", ")\n")] == ["print", "(1", ")\n"]


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_text_is_wrapped_between_words(columns) -> None:
    """No line is wider than the terminal, and no word is cut."""
    text = "the quick brown fox jumps over the lazy dog " * 20
    seen = shown(text, columns)

    assert max(map(len, seen.splitlines())) <= columns
    assert seen.split() == text.split()


def test_list_items_hang() -> None:
    """The lines of an item begin below its text."""
    seen = shown("- one two three four five six\n  1. one two three four five", 20)

    assert seen == "• one two three four\n  five six\n  1. one two three\n     four five\n"


def test_long_word_is_left_to_the_terminal() -> None:
    """It begins a line and is not broken, so that an address can be copied."""
    address = "https://example.org/" + "a" * 60

    assert shown(f"see {address} now", 40) == f"see\n{address}\nnow\n"


def test_wide_characters_are_wrapped() -> None:
    """Each takes two columns; closing marks do not begin a line, and joined ones stay joined."""
    assert shown("日本語日本語日本語日", 20) == "日本語日本語日本語日\n"
    assert shown("日本語日本語日本語日。", 20) == "日本語日本語日本語\n日。\n"
    assert shown("a" * 19 + "👍🏽", 20) == "a" * 19 + "\n👍🏽\n"
    assert shown("👩\u200d👩\u200d👧" * 3, 20).count("\u200d\n") == 0


def test_combining_marks_take_no_column() -> None:
    """Twenty letters with accents of their own fill twenty columns."""
    assert shown("e\u0301" * 20 + " a", 20) == "e\u0301" * 20 + "\na\n"


def test_code_is_as_it_was() -> None:
    """Neither wrapped, indented, filled up nor trimmed: it can be copied."""
    code = "def f():\n\treturn  1   \n\n" + "x" * 200 + "\n"

    assert shown(f"1. a\n\n```py\n{code}```", 40) == f"1. a\n\n```py\n{code}```\n"


def test_blank_lines_are_one() -> None:
    """And none stands at the beginning or the end."""
    assert shown("\n\na\n\n\n\nb\n\n") == "a\n\nb\n"


def test_quotes_have_bars() -> None:
    """Each line of them has, wrapped ones too."""
    assert shown("> one two three four five\n>\n>> b", 20) == (
        "│ one two three four\n│ five\n│\n│ │ b\n"
    )


def test_headings_are_bold() -> None:
    """The first level is underlined, too."""
    assert styled("# a b\n## c") == [("a b", "1;4"), ("c", "1")]


def test_ascii_is_enough() -> None:
    """Without another encoding only ASCII is drawn."""
    seen = shown("- a\n\n> b\n\n---\n\n|a|\n|-|\n|b|", look=Look(is_ascii=True))

    assert seen.isascii()
    assert seen.startswith("- a\n\n| b\n\n---")


# Tables.


def test_table_is_aligned() -> None:
    """By widths as they are seen, and as its rule says."""
    seen = shown("|a|b|c|\n|-|-:|:-:|\n|日本|22|x|\n|`c`|1|yyy|")

    assert seen == "a      b   c\n────  ──  ───\n日本  22   x\nc      1  yyy\n"


def test_wide_table_is_wrapped() -> None:
    """Its widest column is made narrower."""
    seen = shown("|name|text|\n|-|-|\n|a|one two three four five six seven|\n|b|x|", 30)

    assert seen == (
        "name  text\n────  ────────────────────────\n"
        "a     one two three four five\n      six seven\nb     x\n"
    )


def test_table_without_room_is_a_list() -> None:
    """Each row becomes lines of a title and a value."""
    seen = shown("|one|two|three|\n|-|-|-|\n|aaaaaaaaaa|bbbbbbbbbb|cccccccccc|\n|d||e|", 20)

    assert seen == "one: aaaaaaaaaa\ntwo: bbbbbbbbbb\nthree: cccccccccc\n\none: d\nthree: e\n"


def test_formula_in_a_narrow_table_is_whole() -> None:
    """A word that is wider than its column is neither cut nor left out."""
    formula = "$\\\\{" + "-\\\\tfrac12," * 8 + "\\\\}$"
    seen = shown(f"|a|b|c|\n|-|-|-|\n|{formula}|{formula}|x|", 60)

    assert seen.count(formula) == 2


def test_rows_need_not_be_complete() -> None:
    """What is missing is empty, what is too much stays."""
    assert shown("|a|b|\n|-|-|\n|c|\n|d|e|f|") == "a  b\n─  ─────\nc\nd  e | f\n"


def test_breaks_in_cells_are_lines() -> None:
    """Models write them as HTML."""
    assert shown("|a|b|\n|-|-|\n|c<br>d|e|") == "a  b\n─  ─\nc  e\nd\n"


def test_long_table_is_shown_in_parts() -> None:
    """So that it neither waits nor is kept without end; no row is lost or repeated."""
    rows = "".join(f"|{number}|\n" for number in range(1000))
    seen = shown(f"|n|\n|-|\n{rows}").split()

    assert [int(row) for row in seen if row.isdigit()] == list(range(1000))


# Size.

_UNITS = [
    *("*a ", "**a `b ", "[a", "[a](", "`a ``b ", "$a ", "x", " ", "| a ", "#", "> ", "- "),
    *("```\na\n", "\n", "| a | b |\n", "\\(", "語", "_a_ **b** ", "one two\n"),
]


@pytest.mark.parametrize("unit", _UNITS)
def test_time_grows_with_the_length(unit) -> None:
    """A hostile text of 100 kB in small pieces takes seconds at most."""
    text = unit * (100_000 // len(unit))
    start = time.process_time()
    page_of(text[place : place + 4] for place in range(0, len(text), 4))

    assert time.process_time() - start < 10


def test_five_megabytes_are_shown() -> None:
    """All of it, in the time that it takes to read."""
    line = "The **quick** brown `fox` jumps over the lazy dog.\n"
    text = line * (5_000_000 // len(line))
    start = time.process_time()
    seen = shown(text)

    assert seen.count("quick") == text.count("quick")
    assert time.process_time() - start < 60
