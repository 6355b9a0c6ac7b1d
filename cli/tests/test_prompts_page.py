"""What docs/prompts.md shows can be used as it stands."""

import re
from pathlib import Path

from ollama_cli.settings.prompt_file import parse_prompt

PAGE = (Path(__file__).parents[2] / "docs" / "prompts.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```markdown\n(?!--8<--)(.*?)```", PAGE, re.DOTALL)


def test_the_example_is_a_saved_prompt() -> None:
    """It has each key that the page explains, and is filled as the page says."""
    prompt = parse_prompt("review", Path("review.md"), EXAMPLE.encode())

    found = prompt.fill({"language": "Rust", "tone": "friendly"}, "diff")

    assert prompt.description == "Reviews a change."
    assert found.prompt == "In a friendly tone, review this change:\n\ndiff"
    assert found.system == "You review code in Rust.\nBe brief."
    assert (prompt.place.model, found.options) == ("claude/claude-opus-5", {"temperature": 0.2})
