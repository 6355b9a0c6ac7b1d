"""JSON is valid and ASCII, whatever was sent."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.terminal.json_text import to_json
from provider_sdk import ChatResponse, ModelInfo, ToolCall, Usage
from provider_sdk.testing import FakeProvider

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


def strict(text: str) -> object:
    """Parse JSON as strict parsers do."""
    assert text.isascii()
    json.dumps(parsed := json.loads(text, parse_constant=pytest.fail), ensure_ascii=False).encode()
    return parsed


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        pytest.param(10**400, 10**400, id="large"),
        pytest.param(10**5000, None, id="huge"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83c\udf0d", "\U0001f30d"),
        ({"\udc00": 1.5}, {"\ufffd": 1.5}),
        ((1, {2}), [1, [2]]),
        (b"x", "b'x'"),
    ],
)
def test_what_json_cannot_hold_is_replaced(value: object, written: object) -> None:
    """Numbers that are not finite become null, and half a surrogate pair becomes U+FFFD."""
    assert strict(to_json(value)) == written


def test_deep_value_is_cut() -> None:
    """A value that is nested too deeply is written as far as parsers read it."""
    value: list = []
    for _ in range(100_000):
        value = [value]

    strict(to_json(value))


@given(ANYTHING)
def test_everything_is_written_as_strict_json(value: object) -> None:
    """Whatever the value is, strict parsers accept what is written."""
    strict(to_json(value))


class Numbers(FakeProvider):
    async def describe_models(self):
        """Describe a model with numbers that no service should send."""
        return [ModelInfo("a", context_window=10**5000, input_price=10**400, output_price=math.inf)]


ODD = ChatResponse(
    text="a\ud800",
    tool_calls=[ToolCall("1", "f", {"a": math.inf, "b": 10**400}, "{}")],
    usage=Usage(10**5000, 10**400),
)


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
@pytest.mark.parametrize("flag", ["-v", "--no-stream"])
def test_odd_numbers_fail_nothing(invoke, fake, output_format, flag) -> None:
    """An answer with numbers beyond every limit is shown in every format."""
    fake(FakeProvider(ODD))

    result = invoke("--provider", "fake", "Why?", "--format", output_format, flag)

    assert result.exit_code == 0
    if output_format != "text":
        for line in result.stdout.splitlines():
            strict(line)


@pytest.mark.parametrize("arguments", [(), ("-v",), ("--format", "json")])
def test_odd_numbers_of_models_fail_nothing(invoke, fake, arguments) -> None:
    """Models with numbers beyond every limit are listed."""
    fake(Numbers)

    result = invoke("models", "--provider", "fake", *arguments)

    assert result.exit_code == 0
    assert result.stdout.startswith(("a\n", '{"provider"'))
