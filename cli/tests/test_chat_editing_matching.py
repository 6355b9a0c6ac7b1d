"""How names are found by some of their letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.chat.screen.editing.matching import matching


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["openai/gpt-oss-120b", "meta/llama", "gpt-4", "my gpt"]),
        ("gpt", ["gpt-4", "my gpt", "openai/gpt-oss-120b"]),
        ("gpt120", ["openai/gpt-oss-120b"]),
        ("LLAMA", ["meta/llama"]),
        ("pt", ["gpt-4", "my gpt", "openai/gpt-oss-120b"]),
        ("zz", []),
    ],
)
def test_names_are_ranked(typed, names) -> None:
    """Names that begin with the letters come first, then parts that do, then the rest."""
    known = ["openai/gpt-oss-120b", "meta/llama", "gpt-4", "my gpt"]
    assert matching(known, typed) == names


@given(st.text(max_size=12), st.text(max_size=4))
def test_matching_finds_what_is_in_order(name, typed) -> None:
    """A name is found exactly if the letters occur in it, in this order."""
    letters = iter(name.casefold())
    occurs = all(letter in letters for letter in typed.casefold())

    assert (matching([name], typed) == [name]) == occurs
