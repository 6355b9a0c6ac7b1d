"""Templates of bulk runs: columns in braces, replaced once."""

import pytest
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.templates import RowProblem, Template


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("Translate: {text}", {"text": "Bonjour"}, "Translate: Bonjour"),
        ("{a}{b} and {a}", {"a": "x", "b": "y"}, "xy and x"),
        ("{{{a}}}", {"a": "x"}, "{x}"),
        ('{{"k": {a}}}', {"a": "x"}, '{"k": x}'),
        ("{a b}{é:x!r}", {"a b": "1", "é:x!r": "2"}, "12"),
        ("{a}", {"a": ""}, ""),
    ],
)
def test_columns_are_replaced(template, values, text):
    """Doubled braces are braces, and a name may hold any character but braces."""
    assert Template(template).fill(values) == text


@pytest.mark.parametrize(
    "value", ["{b}", "{{b}}", "}", "@secrets.txt", "$HOME", "`id`", "{0.__class__}", "\\1"]
)
def test_values_are_never_looked_through(value):
    """A value with braces, file names or anything else stays text."""
    assert Template("<{a}>{b}").fill({"a": value, "b": "B"}) == f"<{value}>B"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (0.5, "0.5"),
        (True, "true"),
        ([1, "a"], '[1,"a"]'),
        ({"k": "é"}, '{"k":"é"}'),
    ],
)
def test_other_values_are_compact_json(value, text):
    """A number, a list or an object is written as JSON without spaces, letters as they are."""
    assert Template("{a}").fill({"a": value}) == text


def test_columns_are_known():
    """Each name once, in order."""
    assert Template("{b}{a}{b}{{c}}").columns == ("b", "a")


def test_a_missing_column_names_the_nearest():
    """The message helps with a misspelling."""
    with pytest.raises(RowProblem, match="there is no column 'txet'; did you mean 'text'"):
        Template("{txet}").fill({"text": "x", "id": "1"})


def test_a_value_that_is_null():
    """It is refused rather than sent as the word null."""
    with pytest.raises(RowProblem, match="column 'a' is null, and the template needs a value"):
        Template("{a}").fill({"a": None})


@pytest.mark.parametrize(
    ("template", "position"),
    [
        ("{", 1),
        ("ab{c", 3),
        ("}", 1),
        ("a}b", 2),
        ("{}", 1),
        ("{a{b}", 1),
        ("{{{", 3),
        ('{"k":{x}', 1),
    ],
)
def test_a_brace_without_a_column(template, position):
    """The message names the character and how to write a brace."""
    with pytest.raises(BulkInputError) as caught:
        Template(template)

    assert f"at character {position}" in str(caught.value)
    assert "{{" in str(caught.value)


@pytest.mark.parametrize("template", ["", "Say hello.", "{{a}}"])
def test_a_template_without_columns(template):
    """It would ask every row the same."""
    with pytest.raises(BulkInputError, match="the template names no column"):
        Template(template)
