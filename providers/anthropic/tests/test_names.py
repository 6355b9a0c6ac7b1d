"""Gateways spell the names of models differently; what is known of a model stays the same."""

import pytest
from provider_anthropic._models import facts_of

from ._api import sent

SAME = {
    "claude-sonnet-4-0": [
        "claude-sonnet-4",
        "claude-sonnet-4-20250514",
        "claude-sonnet-4@20250514",
        "vertex_ai/claude-sonnet-4@default",
        "anthropic/claude-sonnet-4",
        "anthropic/claude-sonnet-4:beta",
        "anthropic/claude-4-sonnet-20250522",
        "us.anthropic.claude-sonnet-4-20250514-v1:0",
        "databricks-claude-sonnet-4",
        "anthropic--claude-4-sonnet",
        "claude-4-sonnet",
        "claude-4.0-sonnet",
        "claude-4-sonnet-thinking",
        "claude_sonnet_4",
        "Claude-Sonnet-4",
        "claude-sonnet4",
        "claude-sonnet-4[1m]",
    ],
    "claude-opus-4-0": ["claude-opus-4@20250514", "anthropic/claude-opus-4", "claude-4-opus"],
    "claude-opus-4-1": [
        "claude-opus-4.1",
        "claude-opus-41",
        "claude-4.1-opus",
        "databricks-claude-opus-4-1",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0",
    ],
    "claude-sonnet-4-5": ["claude-4.5-sonnet", "claude-sonnet-4-5@20250929"],
    "claude-opus-4-6": [
        "claude-opus-4.6",
        "claude-4.6-opus",
        "global.anthropic.claude-opus-4-6-v1",
    ],
    "claude-opus-5": ["claude-opus-5-1", "anthropic/claude-opus-5", "claude-5-opus"],
    "claude-3-7-sonnet": ["anthropic/claude-3.7-sonnet:thinking", "databricks-claude-3-7-sonnet"],
    "claude-3-5-haiku": ["claude-haiku-3.5", "anthropic.claude-3-5-sonnet-20241022-v2:0"],
    "claude-3-opus": ["claude-3-opus@20240229", "claude-2.1", "claude-v2:1", "claude-instant-v1"],
    "claude-opus-9": ["claude-sonnet-4-9", "claude-sonnet", "claude-later-1999"],
    "llama-3": ["gpt-4", "sonnet-4"],
}


@pytest.mark.parametrize(("name", "spelling"), [(n, s) for n in SAME for s in SAME[n]])
def test_spellings(name, spelling):
    """A model is known under every spelling of its name."""
    assert facts_of(spelling) == facts_of(name)


def test_generations_differ():
    """What is known of one generation is not what is known of another."""
    thinks = {name: facts_of(name).thinking for name in SAME}
    most = {name: facts_of(name).max_tokens for name in SAME}

    assert [n for n in thinks if thinks[n] == "none"] == ["claude-3-5-haiku", "claude-3-opus"]
    assert (most["claude-sonnet-4-0"], most["claude-opus-4-0"]) == (64000, 32000)
    assert thinks["claude-opus-9"] == thinks["claude-opus-5"] == "adaptive"


@pytest.mark.parametrize("name", ["claude-sonnet-4@20250514", "claude-4-opus"])
async def test_thinking_of_a_spelling(name):
    """A model of the fourth generation gets a budget under a gateway's name too."""
    body = await sent(model=name, reasoning_effort="low")

    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2048}
