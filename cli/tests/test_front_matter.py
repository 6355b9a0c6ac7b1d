"""The front matter of Markdown files: the part of YAML that is read, and what is refused."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.settings.front_matter import FrontMatterError, Plain, split_front_matter


def read(text):
    """Return what the lines of a front matter say."""
    return split_front_matter(f"---\n{text}\n---\n")[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: b", {"a": "b"}),
        ("a:   b c  ", {"a": "b c"}),
        ("a: b: c", {"a": "b: c"}),
        ("a: http://x#y", {"a": "http://x#y"}),
        ("a: b # comment", {"a": "b"}),
        ("# comment\n\na: b", {"a": "b"}),
        ("a:", {"a": None}),
        ("a: # comment", {"a": None}),
        ('a: ""', {"a": ""}),
        ('a: "b # c: \\"d\\" \\u00e9" # comment', {"a": 'b # c: "d" é'}),
        ("a: 'it''s \\n'", {"a": "it's \\n"}),
        ("a: []", {"a": []}),
        ("a: [1, \"b\", null]", {"a": ["1", "b", "null"]}),
        ("a: [b, 'c, d' , e f] # comment", {"a": ["b", "c, d", "e f"]}),
        ("a: [[1], {\"b\": null}]", {"a": [[1], {"b": None}]}),
        ('a: {"b":\n  {"c": 1}\n  }', {"a": {"b": {"c": 1}}}),
        ("a:\n  b: c\n  d:\ne: f", {"a": {"b": "c", "d": None}, "e": "f"}),
        ("a:\n\tb: c", {"a": {"b": "c"}}),
        ("a:\n  b:\n    - c", {"a": {"b": ["c"]}}),
        ("a:\n  - b\n  # comment\n  - 'c'\n  - {\"d\": 1}", {"a": ["b", "c", {"d": 1}]}),
        ("a: |\n  one\n    two\n\n  # three\nb: c", {"a": "one\n  two\n\n# three", "b": "c"}),
        ("größe: x", {"größe": "x"}),
    ],
)  # fmt: skip
def test_what_is_read(text, found) -> None:
    """Each form has the value that YAML gives it."""
    assert read(text) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a b", "line 2: it is not 'key: value'"),
        ("a:b", "line 2: it is not 'key: value'"),
        ("- a", "line 2: it is not 'key: value'"),
        ("  a: b", "line 2: it is not 'key: value'"),
        ("a: b\na: c", "line 3: the key 'a' is there twice"),
        ("a: b\n  c", "line 3: text of several lines needs '|' after the key"),
        ("a:\n  b:\n    c: d", "line 4: it is nested too deeply"),
        ("a:\n    b: c\n  d: e", "line 3: it is not 'key: value'"),
        ("a:\n  - b\n  c", "line 4: it is not '- value'"),
        ('a: "b', "line 2: text in quotes does not end with its quote"),
        ("a: 'b' c", "line 2: text in quotes does not end with its quote"),
        ('a: "\\x"', "line 2: it is not JSON"),
        ("a: [b, c", "line 2: it is not JSON"),
        ("a: [b, [c]]", "line 2: it is not JSON"),
        ("a: [b: c]", "line 2: it is not JSON"),
        ("a: [b, -]", "line 2: it is not JSON"),
        ("a: [*b]", "line 2: it is not JSON"),
        ('a: {"b": 1,\n  x}', "line 3: it is not JSON"),
        ('a: {"b": 1, "b": 2}', "line 2: a key of a JSON object is there twice"),
        ("a: " + "[" * 100_000, "line 2: its values are nested too deeply"),
        ("a: &b", "line 2: text that begins with '&' needs quotes"),
        ("a: *b", "line 2: text that begins with '*' needs quotes"),
        ("a: !tag", "line 2: text that begins with '!' needs quotes"),
        ("a: > b", "line 2: text that begins with '>' needs quotes"),
        ("a: @b", "line 2: text that begins with '@' needs quotes"),
        ("a: |+", "line 2: text that begins with '|' needs quotes"),
    ],
)
def test_what_is_refused(text, problem) -> None:
    """The error names the line of the file."""
    with pytest.raises(FrontMatterError) as raised:
        read(text)

    assert str(raised.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("~", None),
        ("007", "007"),
        ("x", "x"),
    ],
)
def test_text_without_quotes_may_be_meant_as_json(text, value) -> None:
    """Whoever reads the key decides; as text, it stays as it was written."""
    found = read(f"a: {text}")["a"]

    assert isinstance(found, Plain)
    assert (found, found.typed()) == (text, value)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("no front matter\n---\n", "no front matter\n---\n"),
        ("", ""),
        ("---\na: b\n---\nbody\n---\nmore", "body\n---\nmore"),
        ("---\r\na: b\r\n---\r\nbody\r\n", "body\n"),
        ("--- \n---\t\nbody\u2028\x0b", "body\u2028\x0b"),
    ],
)
def test_the_body_follows(text, body) -> None:
    """It is what stands after the second line of dashes."""
    assert split_front_matter(text)[1] == body


def test_front_matter_without_an_end_is_refused() -> None:
    """Its text would otherwise be sent."""
    with pytest.raises(FrontMatterError, match="no other line is"):
        split_front_matter("---\nmodel: x\n\nbody")


@given(st.text(alphabet="a:-#, \t\n\"'[]{}|\\~é", max_size=60))
def test_any_text_is_read_or_refused(text) -> None:
    """No other error is raised."""
    with suppress(FrontMatterError):
        assert isinstance(read(text), dict)


@pytest.mark.parametrize(
    "line",
    [
        "a: " + " " * 500_000 + "x",
        "a: '" + "''" * 250_000,
        "a: " + " #" * 250_000,
        "a" * 500_000,
        "a: [" + "b, " * 150_000,
        "a: [" + "b, " * 150_000 + "]",
        "a: [" + " " * 500_000 + "]",
        "a: ['" + "''" * 250_000 + "]",
    ],
    ids=lambda line: line[:8],
)
def test_long_lines_take_no_time(line) -> None:
    """The work is linear in the text."""
    start = time.monotonic()
    with suppress(FrontMatterError):
        read(line)
    assert time.monotonic() - start < 2
