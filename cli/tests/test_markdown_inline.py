"""Styles within a paragraph."""

import pytest
from ollama_cli.terminal.markdown.inline import LONGEST_SPAN
from ollama_cli.terminal.markdown.looks import Look

from ._pages import page_of, shown, styled

BOLD, ITALIC, UNDERLINE, CODE = "1", "3", "4", "36"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a **b c** d", [("b c", BOLD)]),
        ("*a* _b_", [("a", ITALIC), ("b", ITALIC)]),
        ("***a***", [("a", "1;3")]),
        ("**a *b* c**", [("a", BOLD), ("b", "1;3"), (" c", BOLD)]),
        ("**a *b***", [("a", BOLD), ("b", "1;3")]),
        ("__a b__", [("a b", BOLD)]),
        ("这是**重点**内容", [("重点", BOLD)]),
        ("`a*b*c` *d*", [("a*b*c", CODE), ("d", ITALIC)]),
        ("``a`b``", [("a`b", CODE)]),
        ("` a `", [("a", CODE)]),
        ("**`a`**", [("a", "1;36")]),
        ("**a `**` b**", [("a", BOLD), ("**", "1;36"), (" b", BOLD)]),
        ("**a\nb**", [("a", BOLD), ("b", BOLD)]),
        ("[a](http://x.y/z)", [("http://x.y/z", UNDERLINE)]),
        ("**[a](b)**", [("a (", BOLD), ("b", "1;4"), (")", BOLD)]),
    ],
)
def test_spans_have_styles(text, parts) -> None:
    """Emphasis, code and links, also within each other."""
    assert styled(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 and 2*3*4",
        "snake_case_name, __init__ and _private",
        "*.py and *.js",
        "f(*args, **kwargs)",
        "char *a, *b",
        "https://x.y/_a_/b_c",
        "**open and `open and [open and $open",
        "a ** b ** c",
        "a ****",
        "[a] (b), [c][1], [d](no\nend)",
        "[x] and [ ]",
        "a!",
        "\\(a_1 * b_1 * c\\) and \\[x*y*z\\]",
        "$x*y*z$ and $$a*b*c$$",
        "costs $5, or $6*7*8",
        "<b>*</b> &amp; \\a \\\\",
        "* * a",
    ],
)
def test_other_characters_are_themselves(text) -> None:
    """Products, names, patterns, formulas, HTML, and what is never closed."""
    assert styled(text) == []
    assert shown(text).replace("•", "*") == f"{text}\n"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("[a](http://x.y)", "a (http://x.y)"),
        ("[http://x.y](http://x.y)", "http://x.y"),
        ("[http://good.com](http://evil.com)", "http://good.com (http://evil.com)"),
        ("![a cat](c.png)", "a cat (c.png)"),
        ("[![a](b)](c)", "a (b) (c)"),
        ('[a](b "title")', 'a (b "title")'),
        ("[a](<b c>)", "a (b c)"),
        ("[a](b(c)d)", "a (b(c)d)"),
        ("[](b)", "(b)"),
        ("[a]()", "a"),
        ("\\*a\\* \\_b\\_ \\`c\\`", "*a* _b_ `c`"),
        ("a\\\nb", "a\nb"),
    ],
)
def test_markup_becomes_what_it_means(text, seen) -> None:
    """Where a link goes is always there to read."""
    assert shown(text) == f"{seen}\n"


def test_code_keeps_its_backticks_without_color() -> None:
    """Otherwise nobody could tell it from the text."""
    assert shown("a `b` ``c`d``", look=Look(color=False)) == "a `b` ``c`d``\n"
    assert styled("a `b`", Look(color=False)) == []


@pytest.mark.parametrize("mark", ["*", "**", "`", "[", "$", "\\(", "_"])
def test_what_is_not_closed_soon_is_written(mark) -> None:
    """A mark holds back no more than some hundred characters after it."""
    text = f"{mark}a{' word' * LONGEST_SPAN}"
    whole = page_of([text])

    assert whole.replace("\n", " ").split() == text.split()
    assert page_of(text) == whole


def test_deep_nesting_ends() -> None:
    """Emphasis in emphasis without end is text at some depth."""
    text = "*a **b " * 50 + "c** d*" * 50

    assert shown(text, 10_000).count("c") == 50
