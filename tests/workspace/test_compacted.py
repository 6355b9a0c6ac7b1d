"""A conversation with a summary in it reaches each service as it is meant."""

from __future__ import annotations

import pytest
from ollama_cli.conversation.context import Conversation, messages_of
from provider_sdk import Message, ToolCall

from ._conversation import TOOL, received, said, stations

NAMES = ["ollama", "claude", "gemini", "codex", "hf", "openai"]
CALLS = [ToolCall("c1", "look", {"at": "x"}), ToolCall("c2", "look", {})]


@pytest.mark.parametrize("name", NAMES)
async def test_summary_is_sent(name: str):
    """System prompt, summary, kept turns with their calls, and question arrive in order."""
    turn = [
        Message("user", "Look."),
        Message("assistant", "", tool_calls=CALLS),
        Message("tool", "seen", tool_call_id="c1"),
    ]
    conversation = Conversation("Be brief.", "They spoke.", [turn], [Message("user", "And now?")])
    messages = messages_of(conversation)
    with stations([name]) as (station,):
        await station.provider.chat(messages, tools=[TOOL])
        sent = station.last_messages()
        await station.provider.aclose()

    assert received(sent) == said(messages)
    roles = [message.role for message in sent if message.role in ("user", "assistant")]
    assert roles == ["user", "assistant"] * 2 + ["user"]
    assert "They spoke." in sent[1].text
