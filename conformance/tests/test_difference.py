"""A failure says where two values differ first, in a form that shows it."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_conformance import run
from provider_conformance.lab._difference import first_difference, same, visible
from provider_conformance.lab._failed import Failed
from provider_conformance.reports._causes import section
from provider_conformance.zoo import HARNESS, ReferenceProvider

LONG = "word " * 300


@pytest.mark.parametrize(
    ("expected", "actual", "said"),
    [
        (
            f"{LONG}schön",
            f"{LONG}scho\u0308n",
            "at character 1,504: expected …'d word word word schön' (U+00F6), "
            r"got …'d word word word scho\u0308n' (U+006F U+0308)",
        ),
        ("a\xa0b", "a b", r"at character 2: expected 'a\u00a0b' (U+00A0), got 'a b' (U+0020)"),
        ("ab", "a\u200bb", r"at character 2: expected 'ab' (U+0062), got 'a\u200bb' (U+200B)"),
        ("Grüße", "Gru\u0308ße", r"got 'Gru\u0308ße' (U+0075 U+0308)"),
        ("text\n", "text", r"expected 'text\n' (U+000A), got the end after 'text'"),
        ("a\r\nb", "a\nb", r"at character 2: expected 'a\r\nb' (U+000D), got 'a\nb' (U+000A)"),
        ("\r\n", "\n", r"expected '\r\n' (U+000D), got '\n' (U+000A)"),
        ("\tx", "        x", r"expected '\tx' (U+0009), got '        x' (U+0020)"),
        (
            f"def a():\n    print(1) #comment\n{LONG}",
            f"def a():\n    print(1) # comment\n{LONG}",
            r"expected …' a():\n    print(1) #comment\nword word wo'… (U+0063)",
        ),
        ("Stop", "stop", "at character 1: expected 'Stop' (U+0053), got 'stop' (U+0073)"),
        (LONG + "x", LONG, "at character 1,501: expected …'word word word word x' (U+0078)"),
    ],
)
def test_texts_show_their_first_difference(expected, actual, said):
    """Long or similar texts show position, surroundings and number of what differs."""
    found = first_difference(expected, actual)
    assert said in found
    assert found.startswith("at character ")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("stop", "length"), ("", "abc"), (1, 2), (None, "a"), (True, None), ([1], (1,))],
)
def test_plain_difference_is_not_told_again(expected, actual):
    """Nothing is said of short values that anybody can tell apart."""
    assert first_difference(expected, actual) == ""


@pytest.mark.parametrize(
    ("expected", "actual", "said"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "at ['a'][1]['b']: expected 2, got 3"),
        ({"a": 1, "b": 2}, {"a": 1}, "the key 'b' is missing"),
        ({"a": {}}, {"a": {"x": 1}}, "at ['a']: the key 'x' is too many"),
        ([1, 2, 3], [1, 2], "2 of 3 items; the first that is missing: 3"),
        ([1], [1, 2], "2 items, not 1; the first too many: 2"),
        (
            [{"n": 1}],
            [{"n": True}],
            "at [0]['n']: expected 1 of type int, got True of type bool",
        ),
        (
            [("id", {"t": LONG + "a"})],
            [("id", {"t": LONG + "b"})],
            "at [0][1]['t']: at character 1,501: expected …'word word word word a' (U+0061)",
        ),
        (
            dict.fromkeys(range(8), "a" * 50),
            {**dict.fromkeys(range(8), "a" * 50), 7: "short"},
            f"at [7]: expected {'a' * 50!r}, got 'short'",
        ),
        (["ab"], ["cd"], "at [0]: expected 'ab', got 'cd'"),
    ],
)
def test_containers_show_the_path(expected, actual, said):
    """Dicts and lists show the way to their first difference."""
    assert first_difference(expected, actual).startswith(said)


@pytest.mark.parametrize(
    ("expected", "actual", "said"),
    [
        (True, 1, "expected True of type bool, got 1 of type int"),
        (1, 1.0, "expected 1 of type int, got 1.0 of type float"),
        ("7", 7, "expected '7' of type str, got 7 of type int"),
    ],
)
def test_values_that_look_alike_show_their_types(expected, actual, said):
    """What differs only in type shows both types."""
    assert first_difference(expected, actual) == said


def test_invisible_characters_are_escapes():
    """What one cannot see, or takes for something else, is an escape."""
    assert visible("a\u200b\xa0e\u0301\t🙂") == r"a\u200b\u00a0e\u0301\t🙂"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_any_two_values_can_be_compared(expected, actual):
    """Whatever is compared, the difference is text, and equal values have none."""
    assert isinstance(first_difference(expected, actual), str)
    if same(expected, actual):
        assert first_difference(expected, actual) == ""


class Odd:
    """Cannot be shown, and compares as nothing."""

    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        return False

    __hash__ = None


def test_odd_objects_do_no_harm():
    """An object that refuses to be shown is told by its class."""
    assert "Odd" in first_difference([Odd()], [Odd()])


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("a" * 10**7 + "b", "a" * 10**7 + "c"),
        (list(range(10**6)), [*range(10**6 - 1), 0]),
        ({str(n): n for n in range(10**5)}, {str(n): n for n in range(1, 10**5)}),
    ],
)
def test_huge_values_are_compared_at_once(expected, actual):
    """The difference of huge values is short and found in linear time."""
    start = time.perf_counter()
    assert 0 < len(first_difference(expected, actual)) < 400
    assert time.perf_counter() - start < 5


def test_deep_values_end():
    """Values nested deeper than anybody reads do not end in a RecursionError."""
    ours, theirs = 1, 2
    for _ in range(300):
        ours, theirs = [ours], [theirs]
    assert first_difference(ours, theirs).endswith("[0][0]: it is deeper inside")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("two\nlines", "two\nlines"),
        ("a\xa0b", r"'a\xa0b'"),
        ("a\u200bb", r"'a\u200bb'"),
        ("a\tb", r"'a\tb'"),
        (" a", "' a'"),
        ("", "''"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_values_show_what_is_invisible(value, shown):
    """A value with invisible characters is shown with escapes, any other text as it is."""
    assert Failed("it", "x", value).actual == shown


class ComposesText(ReferenceProvider):
    """Changes the last space of a text for another one."""

    async def chat(self, *args, **options):
        """Change it."""
        response = await super().chat(*args, **options)
        return replace(response, text="\xa0".join(response.text.rsplit(" ", 1)))


def test_message_has_the_difference():
    """It stands in the message below what was expected and what came."""
    harness = replace(HARNESS, provider=ComposesText)
    (result,) = run(harness, seed=3, only=["PC-CHAT-001"]).results
    assert r"(U+0020), got" in section(result, "differs")
    assert r"(U+00A0)" in section(result, "differs")
