"""What messages about slash commands repeat of what somebody typed."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.chat.shown import looks_like_key, shown

PATIENCE_S = 60.0
LOOK = "import sys; from ollama_cli.chat.shown import shown; print(shown(sys.argv[1] * 500_000))"


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-abcdefghijkl",
        "-sk-ant-abcdefghijkl",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "abcdefghijklmnop0123456789ABCDEF",
        "x/abcdefghijklmnop0123456789ABCDEF",
    ],
)
def test_key_is_not_shown(text) -> None:
    """Also where something stands before it."""
    assert shown(text) == "'[redacted]'"


@pytest.mark.parametrize("text", ["gpt-5.4-mini-2026-03-17", "a" * 40, "eyJ", "qwen3:30b"])
def test_name_is_shown(text) -> None:
    """A name of a model is no key, and neither is a long word without digits."""
    assert shown(text) == repr(text)


@given(st.text("aZ_+=09-. ", max_size=60))
def test_long_word_with_a_digit_is_a_key_wherever_it_begins(text) -> None:
    """32 letters, digits and signs in a row, with a digit among them."""
    runs = "".join(char if char not in "-. " else " " for char in text).split()

    assert looks_like_key(text) == any(
        len(run) >= 32 and any(char in "09" for char in run) for run in runs
    )


@pytest.mark.parametrize("piece", ["a", "eyJ-", "sk-", "_1 ", "a="])
def test_megabyte_is_looked_at_once(piece) -> None:
    """The work is linear in the text; the child would be busy for hours otherwise."""
    child = subprocess.run(
        [sys.executable, "-c", LOOK, piece], timeout=PATIENCE_S, check=True, capture_output=True
    )

    assert child.stdout
